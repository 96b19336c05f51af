// Reads off each kernel where it comes from and what it takes.
#include "compiler/kernels/DescribeKernels.h"
#include "compiler/fusion/Calculus.h"
#include "compiler/fusion/KernelDialect.h"
#include "compiler/fusion/RunAgain.h"
#include "compiler/fusion/Squares.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Path.h"
#include <map>

using namespace mlir;

namespace tl {
namespace {

std::string textOf(FileLineColLoc place) {
  return place ? llvm::sys::path::filename(place.getFilename()).str() + ":" + std::to_string(place.getLine()) : "";
}

/// Numbers of texts, each once.
class Places {
public:
  explicit Places(std::vector<std::string> &texts) : texts(texts) {}
  int64_t operator[](const std::string &text) {
    auto [known, isNew] = numbers.try_emplace(text, int64_t(texts.size()));
    if (isNew)
      texts.push_back(text);
    return known->second;
  }

private:
  std::vector<std::string> &texts;
  std::map<std::string, int64_t> numbers;
};

/// A call's is that of what is called.
std::string placeOf(kernel::RunOp run) { return textOf(run.getLoc()->findInstanceOf<FileLineColLoc>()); }

std::string askedOf(kernel::RunOp run) {
  auto call = run.getLoc()->findInstanceOf<CallSiteLoc>();
  return call ? textOf(call.getCaller()->findInstanceOf<FileLineColLoc>()) : placeOf(run);
}

abi::Kernel described(kernel::RunOp run, Places &places) {
  abi::Kernel about{places[askedOf(run)], places[placeOf(run)], flopsOfKernel(run)};
  for (auto values : {ValueRange(run.getInputs()), ValueRange(run.getResults())})
    for (Value value : values)
      about.bytes += bytesOf(value);
  if (auto scan = dyn_cast<ir::ScanOp>(run->getParentOp()))
    about.runs = scan.steps();
  return about;
}

} // namespace

void describeKernels(ModuleOp planned, abi::Program &program) {
  Places places(program.places);
  for (abi::Function &function : program.functions)
    planned.lookupSymbol<func::FuncOp>(function.name).walk<WalkOrder::PreOrder>([&](kernel::RunOp run) {
      function.kernels.push_back(described(run, places));
    });
}

std::map<std::string, std::map<std::string, int64_t>> computedAgain(ModuleOp planned) {
  std::map<std::string, std::map<std::string, int64_t>> again;
  for (auto function : planned.getOps<func::FuncOp>())
    for (auto run : function.getOps<kernel::RunOp>())
      if (isAgain(run))
        again[function.getName().str()][askedOf(run)] += flopsOfKernel(run);
  return again;
}

} // namespace tl
