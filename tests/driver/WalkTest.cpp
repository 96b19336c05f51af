// A room that fails or crashes leaves as an internal error whose message names a file that shows it.
#include "compiler/driver/Walk.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include <cstdlib>
#include <gtest/gtest.h>

namespace {

struct Failing : mlir::PassWrapper<Failing, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Failing)
  mlir::StringRef getArgument() const override { return "failing"; }
  void runOnOperation() override {
    getOperation().emitError("a rule is missing");
    signalPassFailure();
  }
};

struct Crashing : mlir::PassWrapper<Crashing, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Crashing)
  mlir::StringRef getArgument() const override { return "crashing"; }
  void runOnOperation() override { std::abort(); }
};

template <class Pass> tl::Error errorOf() {
  tl::Stopwatch stopwatch(false);
  tl::Walk walk("script.tl", stopwatch);
  walk.start("tl", [](mlir::MLIRContext &context) {
    return mlir::OwningOpRef<mlir::ModuleOp>(mlir::ModuleOp::create(mlir::UnknownLoc::get(&context)));
  });
  try {
    walk.room("pruned", [](mlir::OpPassManager &pm) { pm.addPass(std::make_unique<Pass>()); });
  } catch (const tl::Error &error) {
    return error;
  }
  return tl::Error(0, "no error");
}

/// The file that the message names, which must be there; removed.
void expectReproducer(const std::string &message) {
  size_t from = message.find("a file that shows it is `");
  ASSERT_NE(from, std::string::npos) << message;
  from = message.find('`', from) + 1;
  std::string path = message.substr(from, message.find('`', from) - from);
  EXPECT_TRUE(llvm::sys::fs::exists(path)) << path;
  llvm::sys::fs::remove(path);
}

TEST(Walk, FailingPassIsInternalErrorWithReproducer) {
  tl::Error error = errorOf<Failing>();
  EXPECT_EQ(error.exitCode, 70);
  EXPECT_NE(error.message.find("internal error: `script.tl` failed on the way to `pruned`"), std::string::npos);
  EXPECT_NE(error.message.find("a rule is missing"), std::string::npos);
  expectReproducer(error.message);
}

TEST(Walk, CrashingPassIsInternalErrorWithReproducer) {
  tl::Error error = errorOf<Crashing>();
  EXPECT_EQ(error.exitCode, 70);
  expectReproducer(error.message);
}

} // namespace
