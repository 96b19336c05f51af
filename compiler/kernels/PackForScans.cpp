// Lays out what the steps of a scan read again and again once, before the first.
#include "compiler/kernels/PackForScans.h"
#include "compiler/ir/Build.h"
#include "compiler/kernels/Calculus.h"
#include "compiler/kernels/Point.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace tl {
namespace {

using List = std::vector<int64_t>;

List listOf(ArrayRef<int64_t> values) { return values.vec(); }

/// Columns of a panel: two vectors, which leave registers for enough rows to keep the multipliers busy.
constexpr int64_t panelColumns = 2 * lanes;

class Packer {
public:
  explicit Packer(ir::ScanOp scan) : scan(scan), before(scan), outside{before, scan.getLoc()} {}
  void run();

private:
  bool isConstant(Value value) { return llvm::is_contained(scan.constantArguments(), value); }
  Value outer(Value constant) { return scan->getOperand(cast<BlockArgument>(constant).getArgNumber()); }
  Value give(Value value);
  void hoist(ir::TransposeOp transpose);
  void pack(ir::ContractOp contract);
  void splitAfter(ir::ReshapeOp joined);

  ir::ScanOp scan;
  OpBuilder before;
  ir::Build outside;
};

/// Makes a value from outside one more constant of the steps.
Value Packer::give(Value value) {
  scan.getConstantsMutable().append(value);
  return scan.getBody().addArgument(value.getType(), scan.getLoc());
}

/// A transpose of a constant is a constant.
void Packer::hoist(ir::TransposeOp transpose) {
  if (!isConstant(transpose.getX()))
    return;
  Value moved = give(outside.transpose(outer(transpose.getX()), listOf(transpose.getAxes())));
  transpose.getOut().replaceAllUsesWith(moved);
  transpose.erase();
}

/// a[.., k]·u[k, n] = a[.., k]·v[p, k, c] for v[p, k, c] = u[k, n], n = p · columns + c: where a step would copy panels
/// of u, or turn it, they lie there already.
void Packer::pack(ir::ContractOp contract) {
  List lhs = listOf(contract.getLhsIndices()), rhs = listOf(contract.getRhsIndices()),
       out = listOf(contract.getOutIndices());
  Value right = contract.getRhs();
  if (auto turned = right.getDefiningOp<ir::TransposeOp>(); turned && rhs.size() == 2) {
    right = turned.getX();
    std::swap(rhs[0], rhs[1]); // of two axes there is one transpose
  }
  if (rhs.size() != 2 || out.empty() || !isConstant(right) || !elementOf(right).isF32())
    return;
  int64_t column = out.back(), depth = rhs[0] == column ? rhs[1] : rhs[0];
  size_t place = rhs[0] == column ? 0 : 1;
  int64_t columns = shapeOf(right)[place];
  if (llvm::is_contained(lhs, column) || llvm::is_contained(out, depth) || columns % panelColumns ||
      columns == panelColumns)
    return;

  // u as [p, c, k] or [k, p, c], then [p, k, c]
  List split = listOf(shapeOf(right));
  split[place] = columns / panelColumns;
  split.insert(split.begin() + long(place) + 1, panelColumns);
  Value panels = outside.transpose(outside.reshape(outer(right), split), place == 0 ? List{0, 2, 1} : List{1, 0, 2});
  int64_t panel = 1 + std::max(*llvm::max_element(lhs), std::max(rhs[0], rhs[1]));
  out.insert(out.end() - 1, panel);
  OpBuilder b(contract);
  ir::Build inside{b, contract.getLoc()};
  Value product = inside.contract(contract.getLhs(), give(panels), lhs, {panel, depth, column}, out);
  auto joined = cast<ir::ReshapeOp>(inside.reshape(product, listOf(shapeOf(contract.getOut()))).getDefiningOp());
  contract.getOut().replaceAllUsesWith(joined.getOut());
  contract.erase();
  splitAfter(joined);
}

/// f(reshape x, y) = reshape f(x, reshape y): what is done to a product at once is done while its tile is at hand.
void Packer::splitAfter(ir::ReshapeOp joined) {
  Value value = joined.getOut();
  while (value.hasOneUse()) {
    Operation *f = *value.user_begin();
    if (!f->hasTrait<OpTrait::Elementwise>())
      return;
    for (Value operand : f->getOperands())
      if (operand != value && !isa<BlockArgument>(operand))
        return;
    OpBuilder b(f);
    ir::Build inside{b, f->getLoc()};
    List shape = listOf(shapeOf(joined.getX()));
    SmallVector<Value> operands;
    for (Value operand : f->getOperands())
      operands.push_back(operand == value ? joined.getX() : inside.reshape(operand, shape));
    tl::TensorType type = ir::typeOf(f->getResult(0));
    List old = std::exchange(type.shape, shape);
    auto after = cast<ir::ReshapeOp>(
        inside.reshape(inside.op(*ir::wordOf(f), operands, ir::attributesOf(f), type), old).getDefiningOp());
    f->getResult(0).replaceAllUsesWith(after.getOut());
    f->erase();
    joined.erase();
    joined = after;
    value = after.getOut();
  }
}

void Packer::run() {
  Block &body = scan.getBody().front();
  for (auto contract : llvm::make_early_inc_range(body.getOps<ir::ContractOp>()))
    pack(contract);
  for (Operation &op : llvm::make_early_inc_range(body))
    if (isOpTriviallyDead(&op))
      op.erase();
  for (auto transpose : llvm::make_early_inc_range(body.getOps<ir::TransposeOp>()))
    hoist(transpose);
}

} // namespace

void packForSteps(ir::ScanOp scan) { Packer(scan).run(); }

} // namespace tl
