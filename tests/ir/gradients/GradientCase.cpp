// Building the functions of a case.
#include "tests/ir/gradients/GradientCase.h"
#include "mlir/Pass/PassManager.h"
#include "tests/ir/gradients/OpCases.h"
#include "tests/ir/gradients/Ties.h"

namespace tl::test {
using namespace mlir;

std::string GradientCase::name() const {
  return (kind == Kind::Composition ? "composition"
          : kind == Kind::Tie       ? op + " at ties"
                                    : op) +
         ", seed " +
         std::to_string(seed);
}

std::vector<const Maker::Field *> GradientCase::variables() const {
  std::vector<const Maker::Field *> found;
  for (const Maker::Field &field : fields)
    if (field.isVariable)
      found.push_back(&field);
  return found;
}

static Value draw(Maker &m, const GradientCase &one) {
  if (one.kind == Kind::Composition)
    return drawComposition(m, differentiableOps(*m.b.getContext()));
  return one.kind == Kind::Tie ? drawTie(m, one.op) : drawUse(m, one.op);
}

bool addFunction(ModuleOp module, const std::string &name, GradientCase &one, DType real, bool isGradient,
                 int64_t room) {
  OpBuilder b(module.getContext());
  b.setInsertionPointToEnd(module.getBody());
  Location loc = b.getUnknownLoc();
  auto stage = ir::StageOp::create(b, loc, name + " takes");
  auto function = func::FuncOp::create(b, loc, name, b.getFunctionType({}, {}));
  b.setInsertionPointToEnd(function.addEntryBlock());
  Maker m(b, loc, stage, one.seed, real);
  m.room = room;
  Value y = draw(m, one);
  if (!y)
    return false;
  TensorType type = ir::typeOf(y);
  one.weights.clear();
  for (int64_t i = 0; i < type.elements(); ++i)
    one.weights.push_back(double(float(m.between(0.5, 1.5))) * (m.below(2) ? -1 : 1));
  auto output = [&](const std::string &named, Value value) { ir::make(b, loc, Op::Output, {value}, {.name = named}); };
  if (isGradient) {
    SmallVector<Value> variables;
    for (ir::ReadOp read : function.getOps<ir::ReadOp>())
      variables.push_back(read.getOut());
    Value weighted = m.mul(y, m.input(type, one.weights));
    Value loss = m.reduceSum(weighted, ir::otherAxes({}, int64_t(type.shape.size())));
    auto gradient = ir::GradientOp::create(b, loc, ValueRange(variables).getTypes(), loss, variables);
    for (auto [i, grad] : llvm::enumerate(gradient.getGrads()))
      output("g" + std::to_string(i), grad);
  } else {
    output("y", y);
  }
  func::ReturnOp::create(b, loc);
  one.fields = m.fields;
  return true;
}

bool makeExplicit(ModuleOp module, bool isSimplified) {
  PassManager pm(module.getContext());
  if (isSimplified) {
    pm.addPass(createSimplify());
    pm.addPass(createPruneFrozen());
  } else {
    pm.addPass(createDifferentiate());
  }
  return succeeded(pm.run(module));
}

} // namespace tl::test
