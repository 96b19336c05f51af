// A function of `tl` with its ops looked up once, run again and again on other numbers by the reference interpreter.
#pragma once
#include "compiler/ir/TlDialect.h"
#include "compiler/layertest/Field.h"
#include "compiler/layertest/Noise.h"
#include "compiler/reference/Evaluate.h"
#include <optional>

namespace tl::layertest {

class Interpreted {
public:
  explicit Interpreted(mlir::func::FuncOp function);
  /// The outputs, given what the fields hold. Where only the field `changed` holds other numbers than in the last run,
  /// what does not depend on it is kept from there.
  reference::Named run(const std::vector<Field> &fields, const std::string &changed = "");
  /// What the last run decided: comparisons, signs, which operand was larger. Two runs with the same `changed` that
  /// decided alike lie on one smooth piece of the function.
  uint64_t decisions() const { return decided; }
  /// Whether later runs take what `tl.stop_gradient` passed on in the last one: a stopped value counts as a constant.
  void holdStopped(bool isHeld) { this->isHeld = isHeld; }
  /// Makes later runs compute as badly as f32 may: see Noise.h.
  void disturb(uint64_t seed) { noise.emplace(seed); }

private:
  void decide(mlir::Operation *op, const std::vector<reference::Tensor> &x, const reference::Tensor &y);
  void note(double answer) { decided = (decided ^ uint64_t(int64_t(answer * 4))) * 0x100000001b3u + 1; }

  struct Step {
    mlir::Operation *op;
    std::vector<size_t> operands; // slots
    size_t result = 0;
    std::string name;  // of what is taken or given
    int64_t row = -1;  // without an op: this row of the operand, or, at -1, the operands stacked
  };
  using SlotOf = llvm::DenseMap<mlir::Value, size_t>;
  void add(mlir::Block &block, SlotOf &slotOf);
  /// Step by step, so that each decides for itself.
  void addScan(ir::ScanOp scan, SlotOf &slotOf);
  size_t slotCount = 0;
  std::vector<Step> steps;
  std::vector<reference::Tensor> slots;
  uint64_t decided = 0;
  bool isHeld = false;
  std::optional<Noise> noise;
};

} // namespace tl::layertest
