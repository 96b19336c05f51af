// Running passes, and leaving a file that shows what failed when one does.
#include "compiler/driver/Walk.h"
#include "compiler/codegen/LowerToLlvm.h"
#include "compiler/ir/TlDialect.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/passes/Flops.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

namespace tl {

void Stopwatch::lap(const char *room) {
  auto now = std::chrono::steady_clock::now();
  if (isOn)
    llvm::errs() << llvm::format("%-9s %8.1f ms\n", room,
                                 std::chrono::duration<double, std::milli>(now - last).count());
  last = now;
}

TemporaryFile::TemporaryFile(llvm::StringRef prefix, llvm::StringRef suffix, llvm::StringRef bytes) {
  int descriptor = -1;
  llvm::SmallString<128> path;
  if (std::error_code error = llvm::sys::fs::createTemporaryFile(prefix, suffix, descriptor, path))
    throw badData("cannot write a temporary file: " + error.message());
  name = path.str().str();
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  stream << bytes;
  stream.close();
  if (std::error_code error = stream.error()) {
    stream.clear_error();
    (void)llvm::sys::fs::remove(name);
    throw badData("cannot write `" + name + "`: " + error.message());
  }
}

TemporaryFile::~TemporaryFile() { (void)llvm::sys::fs::remove(name); }

static mlir::DialectRegistry dialects() {
  mlir::DialectRegistry registry;
  registry.insert<ir::TlDialect>();
  registerKernelDialects(registry);
  registerLlvmDialects(registry);
  return registry;
}

Walk::Walk(const std::string &script, Stopwatch &stopwatch)
    : script(script), stopwatch(stopwatch), context(dialects(), mlir::MLIRContext::Threading::DISABLED) {
  context.loadAllAvailableDialects();
  context.getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) {
    llvm::raw_string_ostream stream(messages);
    stream << diagnostic.getLocation() << ": " << diagnostic << "\n";
    for (mlir::Diagnostic &note : diagnostic.getNotes())
      stream << "  " << note << "\n";
  });
}

void Walk::start(const char *room, llvm::function_ref<mlir::OwningOpRef<mlir::ModuleOp>(mlir::MLIRContext &)> emit) {
  held = emit(context);
  if (!held || failed(mlir::verify(*held)))
    fail(room, "the module that was emitted is not valid");
  stopwatch.lap(room);
}

void Walk::room(const char *room, llvm::function_ref<void(mlir::OpPassManager &)> addPasses) {
  mlir::PassManager pm(&context);
  pm.enableVerifier(true);
  pm.enableCrashReproducerGeneration(reproducer());
  addPasses(pm);
  if (failed(pm.run(*held)))
    throw Error(exitInternal, "internal error: `" + script + "` failed on the way to `" + room + "`\n" + messages +
                                  "a file that shows it is `" + reproducer() + "`; please report it with the script");
  stopwatch.lap(room);
}

std::map<std::string, int64_t> Walk::flops() {
  std::map<std::string, int64_t> byName;
  for (auto function : held->getOps<mlir::func::FuncOp>())
    byName[function.getName().str()] = flopsOf(function.front());
  return byName;
}

std::map<std::string, int64_t> Walk::flopsOfTiles() {
  std::map<std::string, int64_t> byName;
  for (auto function : held->getOps<mlir::func::FuncOp>())
    if (auto change = function->getAttrOfType<mlir::IntegerAttr>("tl.flops_of_tiles"))
      byName[function.getName().str()] = change.getInt();
  return byName;
}

Plan Walk::planOf(const std::string &function) {
  auto op = held->lookupSymbol<mlir::func::FuncOp>(function);
  if (!op)
    fail("kernels", "the function `" + function + "` is gone");
  auto bytes = op->getAttrOfType<mlir::IntegerAttr>("tl.work_bytes");
  auto parallel = op->getAttrOfType<mlir::BoolAttr>("tl.parallel");
  if (!bytes || !parallel)
    fail("kernels", "the function `" + function + "` does not say what it needs");
  Plan plan{bytes.getInt(), parallel.getValue(), {}, {}};
  if (auto onPath = op->getAttrOfType<mlir::ArrayAttr>("tl.gradient_path"))
    for (auto variable : onPath.getAsRange<mlir::SymbolRefAttr>())
      plan.frozenOnPath.push_back(variable.getLeafReference().str());
  if (auto tables = op->getAttrOfType<mlir::ArrayAttr>("tl.tables"))
    for (auto table : tables.getAsRange<mlir::DictionaryAttr>())
      plan.tables.push_back({table.getAs<mlir::SymbolRefAttr>("name").getLeafReference().str(), table.getAs<mlir::IntegerAttr>("rows").getInt(),
                             table.getAs<mlir::IntegerAttr>("named").getInt(), table.getAs<mlir::StringAttr>("why").str()});
  return plan;
}

std::string Walk::text() {
  std::string text;
  llvm::raw_string_ostream stream(text);
  held->print(stream);
  stream << "\n";
  return text;
}

std::string Walk::reproducer() const {
  llvm::SmallString<128> path;
  llvm::sys::path::system_temp_directory(/*erasedOnReboot=*/true, path);
  llvm::sys::path::append(path, "tlc-" + llvm::sys::path::stem(script) + "-" +
                                    std::to_string(llvm::sys::Process::getProcessId()) + ".mlir");
  return path.str().str();
}

void Walk::fail(const char *room, const std::string &why) {
  std::string path = reproducer();
  std::error_code error;
  llvm::raw_fd_ostream stream(path, error);
  if (held)
    held->print(stream, mlir::OpPrintingFlags().printGenericOpForm());
  throw Error(exitInternal, "internal error: `" + script + "` failed on the way to `" + room + "`: " + why + "\n" +
                                messages + "a file that shows it is `" + path + "`; please report it with the script");
}

} // namespace tl
