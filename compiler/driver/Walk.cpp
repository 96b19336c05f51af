// Running passes, and leaving a file that shows what failed when one does.
#include "compiler/driver/Walk.h"
#include "compiler/codegen/LowerToLlvm.h"
#include "compiler/ir/TlDialect.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/passes/Flops.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
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

void Walk::room(const char *room, llvm::function_ref<void(mlir::OpPassManager &)> addPasses, bool isShared) {
  context.enableMultithreading(isShared);
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

int64_t Walk::workBytesOf(const std::string &function) {
  auto op = held->lookupSymbol<mlir::func::FuncOp>(function);
  auto bytes = op ? op->getAttrOfType<mlir::IntegerAttr>("tl.work_bytes") : nullptr;
  if (!bytes)
    fail("planned", "the function `" + function + "` does not say what it needs");
  return bytes.getInt();
}

/// What the kernel that has most on its stack has there.
static int64_t stackBytesOf(mlir::func::FuncOp function) {
  llvm::DenseSet<mlir::Operation *> kernels;
  auto module = function->getParentOfType<mlir::ModuleOp>();
  function.walk([&](mlir::func::CallOp call) {
    if (mlir::Operation *kernel = module.lookupSymbol(call.getCallee()))
      kernels.insert(kernel);
  });
  int64_t most = 0;
  for (mlir::Operation *kernel : kernels) {
    int64_t bytes = 0;
    kernel->walk([&](mlir::memref::AllocaOp place) { bytes += place.getType().getNumElements() * place.getType().getElementTypeBitWidth() / 8; });
    most = std::max(most, bytes);
  }
  return most;
}

Plan Walk::planOf(const std::string &function) {
  auto op = held->lookupSymbol<mlir::func::FuncOp>(function);
  if (!op)
    fail("kernels", "the function `" + function + "` is gone");
  auto parallel = op->getAttrOfType<mlir::BoolAttr>("tl.parallel");
  if (!parallel)
    fail("kernels", "the function `" + function + "` does not say whether threads share it");
  Plan plan{parallel.getValue(), stackBytesOf(op), {}, {}};
  if (auto budget = op->getAttrOfType<mlir::IntegerAttr>("tl.budget")) {
    plan.budget = budget.getInt();
    plan.workBytesKept = op->getAttrOfType<mlir::IntegerAttr>("tl.work_bytes_kept").getInt();
  }
  if (auto onPath = op->getAttrOfType<mlir::ArrayAttr>("tl.gradient_path"))
    for (auto variable : onPath.getAsRange<mlir::SymbolRefAttr>())
      plan.frozenOnPath.push_back(variable.getLeafReference().str());
  if (auto tables = op->getAttrOfType<mlir::ArrayAttr>("tl.tables"))
    for (auto table : tables.getAsRange<mlir::DictionaryAttr>())
      plan.tables.push_back({table.getAs<mlir::SymbolRefAttr>("name").getLeafReference().str(), table.getAs<mlir::IntegerAttr>("rows").getInt(),
                             table.getAs<mlir::IntegerAttr>("named").getInt(), table.getAs<mlir::StringAttr>("why").str()});
  if (auto tiles = op->getAttrOfType<mlir::DenseI64ArrayAttr>("tl.winograd"))
    plan.tilesOfFour = tiles[0], plan.tilesOfTwo = tiles[1];
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
