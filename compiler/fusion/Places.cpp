// Where tensors between kernels live, read off what memory planning wrote down.
#include "compiler/fusion/Places.h"
#include "compiler/fusion/Calculus.h"
#include "compiler/fusion/KernelDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tl {

const char *nameOf(Arena arena) {
  static const char *const names[] = {"variables", "work", "input", "output", "scalars"};
  return names[int(arena)];
}

int64_t scratchBytes(kernel::RunOp kernel) {
  int64_t bytes = 0;
  for (Operation &op : kernel.getBody().front())
    if (isKind(&op, Op::ArgSort))
      bytes = bytesOf(op.getResult(0));
    else if (isKind(&op, Op::First))
      bytes = bytesOf(DType::I32) * int64_t(llvm::PowerOf2Ceil(uint64_t(2 * elementsOf(op.getResult(0)))));
  return bytes;
}

int64_t slotOf(Value state) { return (bytesOf(state) + 63) / 64 * 64; }

/// Two integers, or four.
static Place placeFrom(Attribute attribute) {
  int64_t numbers[4] = {};
  for (auto [number, item] : llvm::zip(numbers, cast<ArrayAttr>(attribute)))
    number = cast<IntegerAttr>(item).getInt();
  return {Arena(numbers[0]), numbers[1], numbers[2], numbers[3]};
}

/// Row by row of a tensor at `place`.
static Place rowsAt(Place place, ir::ScanOp scan, Value row) {
  place.step = bytesOf(row);
  if (scan.getReverse()) {
    place.offset += place.step * (scan.steps() - 1);
    place.step = -place.step;
  }
  return place;
}

Place Places::ofArgument(BlockArgument argument) {
  auto scan = cast<ir::ScanOp>(argument.getOwner()->getParentOp());
  size_t number = argument.getArgNumber(), states = scan.getInit().size();
  Place place = of(scan->getOperand(unsigned(number)));
  if (number < states)
    place.flip = slotOf(argument);
  return number >= states && number < states + scan.getXs().size() ? rowsAt(place, scan, argument) : place;
}

Place Places::ofYield(ir::ScanOp scan, size_t i) {
  Value value = scan.yield().getValues()[i];
  if (i >= scan.getInit().size())
    return rowsAt(of(scan.getResult(unsigned(i))), scan, value);
  Place place = of(scan.getInit()[i]);
  return {place.arena, place.offset + slotOf(value), 0, -slotOf(value)};
}

Place Places::ofVariable(Operation *user, SymbolRefAttr name) {
  return {Arena::Variables, int64_t(*symbols.lookupNearestSymbolFrom<ir::VariableOp>(user, name).getOffset())};
}

Place Places::wantedBy(Operation *effect) {
  if (auto write = dyn_cast<ir::WriteOp>(effect))
    return ofVariable(write, write.getVariable());
  return {Arena::Output, int64_t(*cast<ir::OutputOp>(effect).getOffset())};
}

Place Places::of(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return ofArgument(argument);
  Operation *op = value.getDefiningOp();
  size_t number = cast<OpResult>(value).getResultNumber();
  if (auto run = dyn_cast<kernel::RunOp>(op))
    return placeFrom((*run.getPlaces())[number]);
  if (auto scan = dyn_cast<ir::ScanOp>(op)) {
    size_t states = scan.getInit().size();
    if (number >= states)
      return placeFrom(cast<ArrayAttr>(scan->getAttr("kernel.places"))[number - states]);
    Place place = of(scan.getInit()[number]);
    place.offset += scan.steps() % 2 * slotOf(value);
    return place;
  }
  switch (*kindOf(op)) {
  case Op::Input: return {Arena::Input, int64_t(*cast<ir::InputOp>(op).getOffset())};
  case Op::Read: return ofVariable(op, cast<ir::ReadOp>(op).getVariable());
  case Op::Scalar: {
    auto scalar = symbols.lookupNearestSymbolFrom<ir::RuntimeScalarOp>(op, cast<ir::ScalarOp>(op).getScalarAttr());
    return {Arena::Scalars, 8 * int64_t(*scalar.getIndex())};
  }
  case Op::Reshape: return of(op->getOperand(0));
  default: llvm_unreachable("not a tensor between kernels");
  }
}

} // namespace tl
