// Convolutions of three by three taps by fewer products: tiles of an image, taps and results go through Winograd's short transforms, between which one product
// of matrices stands for each of a tile's places. Tiles overlap by two places; each makes as many results along both axes as the transforms have.
#include "compiler/fusion/Fusion.h"
#include "compiler/fusion/Borders.h"
#include "compiler/fusion/Calculus.h"
#include "compiler/fusion/Target.h"
#include "compiler/fusion/WinogradTransforms.h"
#include "compiler/ir/Build.h"
#include "compiler/passes/Flops.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;

namespace tl {
#define GEN_PASS_DEF_WINOGRAD
#include "compiler/fusion/Passes.h.inc"

namespace {

using Transforms = WinogradTransforms;
using Sizes = std::vector<int64_t>;

constexpr int64_t taps = Transforms::taps;

/// One side of a contraction: its tensor, and the number of the loop that runs along each axis.
struct Side {
  Value tensor;
  Sizes loops;
  bool has(int64_t loop) const { return llvm::is_contained(loops, loop); }
  int64_t axisOf(int64_t loop) const { return llvm::find(loops, loop) - loops.begin(); }
  int64_t sizeOf(int64_t loop) const { return ir::typeOf(tensor).shape[size_t(axisOf(loop))]; }
};

/// An axis along which an image is read in windows: the loops of windows and of places within one, and whether these are counted from the end.
struct Windows {
  int64_t outer, inner, count;
  bool isTurned;
  int64_t tiles(int64_t tile) const { return (count + tile - 1) / tile; } // of which the last may reach beyond
};

/// Ops as they are made. Marked ones are taken for no others, which would keep what a step has at its beginning to its end.
struct Made : OpBuilder::Listener {
  SmallVector<Operation *> ops;
  bool marks = false;
  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    ops.push_back(op);
    if (marks)
      op->setAttr("tl.again", UnitAttr::get(op->getContext()));
  }
};

class Convolution {
public:
  explicit Convolution(ir::ContractOp op) : op(op), b(op, &made), m{b, op.getLoc()} {}
  /// What takes the place of the contraction; null: it is none, or not faster so.
  Value byFewerProducts();
  /// Results that each tile then makes along an axis.
  int64_t results = 0;

private:
  bool findWindows(Value tensor, ArrayRef<int64_t> loops);
  void countAsAll();
  double vectorsOf(Value tensor) const;
  double costOfProducts();
  double costOfAll();
  double cost(const Transforms &transforms);
  Value tiles(Value image, const Transforms &transforms);
  Value withLast(Value x, Sizes &loops, int64_t last);
  Value inMemory(Value x);
  Value lengthened(Value x, int64_t axis, int64_t size);
  Value joined(ArrayRef<Value> parts, int64_t axis);
  Value combined(const Transforms::Row &factors, llvm::function_ref<Value(int64_t)> part);
  Value transformTiles(Value x, int64_t axis, const Transforms::Matrix &matrix, int64_t tile, int64_t count);
  Value transformAxis(Value x, int64_t axis, int64_t to, const Transforms::Matrix &matrix, bool isTurned = false);
  Value resultsOf(const Transforms &transforms);
  Value gradientOfTaps(const Transforms &transforms);

  ir::ContractOp op;
  const Target target = Target::of(op);
  Made made;
  OpBuilder b;
  ir::Build m;
  Side image, other; // the image without its windows: an axis has the loop of its windows
  Sizes out;
  SmallVector<Windows, 2> windows;
};

/// An image in two windows of three places, one behind the other along two axes.
bool Convolution::findWindows(Value tensor, ArrayRef<int64_t> loops) {
  Sizes left(loops.begin(), loops.end());
  windows.clear();
  while (auto window = tensor.getDefiningOp<ir::WindowOp>()) {
    int64_t axis = window.getAxis(), dilation = window.getDilation();
    if (window.getSize() != taps || window.getStride() != 1 || std::abs(dilation) != 1)
      return false;
    windows.push_back({left[size_t(axis)], left[size_t(axis) + 1], ir::typeOf(window.getOut()).shape[size_t(axis)], dilation < 0});
    left.erase(left.begin() + axis + 1);
    tensor = window.getX();
  }
  image = {tensor, left};
  return windows.size() == 2 && windows[0].outer != windows[1].outer && image.has(windows[0].outer) && image.has(windows[1].outer);
}

/// Σᵢ factors[i] · part(i)
Value Convolution::combined(const Transforms::Row &factors, llvm::function_ref<Value(int64_t)> part) {
  Value sum;
  for (auto [i, factor] : llvm::enumerate(factors)) {
    if (factor == 0)
      continue;
    Value term = part(int64_t(i));
    if (std::abs(factor) != 1)
      term = m.mul(term, m.fill(std::abs(factor), term));
    sum = !sum ? (factor < 0 ? m.neg(term) : term) : factor < 0 ? m.sub(sum, term)
                                                                : m.add(sum, term);
  }
  return sum;
}

Value Convolution::joined(ArrayRef<Value> parts, int64_t axis) {
  Attributes attributes;
  attributes.axis = axis;
  return m.op(Op::Concat, parts, attributes);
}

/// With zeros behind it, where an axis has less than `size` elements.
Value Convolution::lengthened(Value x, int64_t axis, int64_t size) {
  Sizes shape = ir::typeOf(x).shape, before(shape.size()), after(shape.size());
  if (shape[size_t(axis)] >= size)
    return x;
  after[size_t(axis)] = size - shape[size_t(axis)];
  if (auto pad = x.getDefiningOp<ir::PadOp>()) {
    x = pad.getX();
    for (size_t each = 0; each < shape.size(); ++each)
      before[each] += pad.getStarts()[each], after[each] += pad.getLimits()[each];
  }
  return m.pad(x, before, after);
}

/// `count` tiles along an axis, a `tile` apart, each made the rows of `matrix`, which become the first axis.
Value Convolution::transformTiles(Value x, int64_t axis, const Transforms::Matrix &matrix, int64_t tile, int64_t count) {
  Sizes shape = ir::typeOf(x).shape;
  shape.insert(shape.begin(), 1);
  x = m.reshape(x, shape);
  auto place = [&](int64_t i) {
    Sizes starts(shape.size()), limits = shape, strides(shape.size(), 1);
    starts[size_t(axis) + 1] = i, limits[size_t(axis) + 1] = i + (count - 1) * tile + 1, strides[size_t(axis) + 1] = tile;
    return m.slice(x, starts, limits, strides);
  };
  SmallVector<Value> parts;
  for (const Transforms::Row &row : matrix)
    parts.push_back(combined(row, place));
  return joined(parts, 0);
}

/// What stands along an axis made the rows of `matrix`, along an axis at `to`.
Value Convolution::transformAxis(Value x, int64_t axis, int64_t to, const Transforms::Matrix &matrix, bool isTurned) {
  Sizes shape = ir::typeOf(x).shape, order;
  for (int64_t i = 0; i < std::ssize(shape); ++i)
    if (i != axis)
      order.push_back(i);
  order.insert(order.begin() + to, axis);
  auto place = [&](int64_t i) {
    Sizes starts(shape.size()), limits = shape;
    starts[size_t(axis)] = isTurned ? shape[size_t(axis)] - 1 - i : i;
    limits[size_t(axis)] = starts[size_t(axis)] + 1;
    return m.transpose(m.slice(x, starts, limits), order);
  };
  SmallVector<Value> parts;
  for (const Transforms::Row &row : matrix)
    parts.push_back(combined(row, place));
  return joined(parts, to);
}

Sizes without(Sizes loops, ArrayRef<int64_t> gone) {
  llvm::erase_if(loops, [&](int64_t loop) { return llvm::is_contained(gone, loop); });
  return loops;
}

Sizes behind(ArrayRef<int64_t> first, Sizes loops) {
  loops.insert(loops.begin(), first.begin(), first.end());
  return loops;
}

/// A tensor whose last axis is that of a loop, if it has it.
Value Convolution::withLast(Value x, Sizes &loops, int64_t last) {
  if (loops.back() == last || !llvm::is_contained(loops, last))
    return x;
  Sizes order, turned;
  for (int64_t axis = 0; axis < std::ssize(loops); ++axis)
    if (loops[size_t(axis)] != last)
      order.push_back(axis);
  order.push_back(llvm::find(loops, last) - loops.begin());
  for (int64_t axis : order)
    turned.push_back(loops[size_t(axis)]);
  loops = turned;
  return inMemory(m.transpose(x, order));
}

/// What has another name is stored.
Value Convolution::inMemory(Value x) { return m.reshape(m.reshape(x, {elementsOf(x)}), ir::typeOf(x).shape); }

/// B d along both axes, whose places become the first two.
Value Convolution::tiles(Value x, const Transforms &by) {
  for (const Windows &window : windows)
    x = lengthened(x, image.axisOf(window.outer), window.tiles(by.results) * by.results + taps - 1);
  for (auto [number, window] : llvm::enumerate(windows))
    x = transformTiles(x, image.axisOf(window.outer) + int64_t(number), by.ofTile, by.results, window.tiles(by.results));
  return x;
}

// Loops of the new product: those of the old one, and two for the places of a tile. Loops of windows have become those of tiles.

Value Convolution::resultsOf(const Transforms &by) {
  const int64_t first = 1 + *llvm::max_element(behind(image.loops, other.loops)), second = first + 1, numbers[] = {first, second};
  Sizes loops = other.loops;
  // Once for all places of a tile, that is, before there are more of them.
  Value weights = withLast(other.tensor, loops, out.back());
  for (const Windows &window : windows) {
    weights = transformAxis(weights, llvm::find(loops, window.inner) - loops.begin(), 0, by.ofTaps, window.isTurned);
    loops = behind({-1}, without(loops, {window.inner}));
  }
  loops[0] = second, loops[1] = first;
  Value y = m.contract(tiles(image.tensor, by), weights, behind({second, first}, image.loops), loops, behind({second, first}, out));
  Sizes left = behind({second, first}, out);
  for (auto [loop, window] : llvm::zip(numbers, windows)) {
    int64_t from = llvm::find(left, loop) - left.begin();
    left = without(left, {loop});
    int64_t at = llvm::find(left, window.outer) - left.begin();
    y = transformAxis(y, from, at + 1, by.toResults);
    Sizes shape = ir::typeOf(y).shape;
    shape[size_t(at)] *= by.results;
    shape.erase(shape.begin() + at + 1);
    y = m.reshape(y, shape);
    if (shape[size_t(at)] > window.count) {
      shape[size_t(at)] = window.count;
      y = m.slice(y, Sizes(shape.size()), shape);
    }
  }
  return y;
}

Value Convolution::gradientOfTaps(const Transforms &by) {
  const int64_t first = 1 + *llvm::max_element(behind(image.loops, other.loops)), second = first + 1, numbers[] = {first, second};
  Value derivatives = other.tensor;
  for (const Windows &window : windows)
    derivatives = lengthened(derivatives, other.axisOf(window.outer), window.tiles(by.results) * by.results);
  for (auto [number, window] : llvm::enumerate(windows))
    derivatives = transformTiles(derivatives, other.axisOf(window.outer) + int64_t(number), Transforms::transposed(by.toResults), by.results, window.tiles(by.results));
  Sizes left = behind({second, first}, without(out, {windows[0].inner, windows[1].inner}));
  made.marks = true;
  Value places = tiles(image.tensor, by);
  made.marks = false;
  Value y = m.contract(places, derivatives, behind({second, first}, image.loops), behind({second, first}, other.loops), left);
  for (auto [loop, window] : llvm::zip(numbers, windows)) {
    // To where the result has the places of these windows, behind those of its axes that are there already.
    int64_t from = llvm::find(left, loop) - left.begin();
    left = without(left, {loop});
    int64_t to = 0;
    for (int64_t each : out) {
      if (each == window.inner)
        break;
      to = llvm::is_contained(left, each) ? llvm::find(left, each) - left.begin() + 1 : to;
    }
    Transforms::Matrix matrix = Transforms::transposed(by.ofTaps);
    if (window.isTurned)
      std::reverse(matrix.begin(), matrix.end());
    if (loop == first) // the places of the second axis stand in front still
      to = std::max<int64_t>(to, 1);
    y = transformAxis(y, from, to, matrix);
    left.insert(left.begin() + to, window.inner);
  }
  return y;
}

Value Convolution::byFewerProducts() {
  out.assign(op.getOutIndices().begin(), op.getOutIndices().end());
  Side sides[2] = {{op.getLhs(), {op.getLhsIndices().begin(), op.getLhsIndices().end()}}, {op.getRhs(), {op.getRhsIndices().begin(), op.getRhsIndices().end()}}};
  for (int side : {0, 1}) {
    other = sides[1 - side];
    if (!findWindows(sides[side].tensor, sides[side].loops))
      continue;
    auto are = [&](auto test) { return llvm::all_of(windows, test); };
    auto isOut = [&](int64_t loop) { return llvm::is_contained(out, loop); };
    const bool isOfTaps = are([&](const Windows &w) { return isOut(w.outer) && !other.has(w.outer) && !isOut(w.inner) && other.has(w.inner); });
    const bool isOfWindows = are([&](const Windows &w) { return isOut(w.inner) && !other.has(w.inner) && !isOut(w.outer) && other.has(w.outer); });
    // Transforms move vectors of what the last axes have, such as channels.
    auto isLast = [&](const Windows &w) { return llvm::is_contained({image.loops.back(), other.loops.back(), out.back()}, w.outer) || llvm::is_contained({other.loops.back(), out.back()}, w.inner); };
    if ((!isOfTaps && !isOfWindows) || llvm::any_of(windows, isLast))
      continue;
    double least = costOfAll();
    std::optional<Transforms> best;
    for (int64_t tile : {4, 2})
      if (Transforms by(tile); cost(by) < least)
        least = cost(by), best = by;
    if (!best)
      continue;
    results = best->results;
    Value result = isOfTaps ? resultsOf(*best) : gradientOfTaps(*best);
    countAsAll();
    return result;
  }
  return {};
}

/// What the new product does stands for all of the old one, however many fewer it multiplies.
void Convolution::countAsAll() {
  int64_t flops = flopsOf(op);
  Operation *product = nullptr;
  for (Operation *each : made.ops)
    if (isa<ir::ContractOp>(each))
      product = each;
    else
      flops -= flopsOf(each);
  product->setAttr(standsFor, b.getI64IntegerAttr(std::max<int64_t>(0, flops)));
}

double Convolution::vectorsOf(Value tensor) const { return double(elementsOf(tensor)) / double(target.lanes); }

/// Cycles of all products, those beyond borders among them.
double Convolution::costOfProducts() {
  double cycles = vectorsOf(op.getOut()) / double(target.vectorsACycle);
  Sizes all = behind(image.loops, other.loops);
  for (int64_t loop : llvm::SmallSetVector<int64_t, 8>(all.begin(), all.end()))
    if (!llvm::is_contained(out, loop))
      cycles *= double(other.has(loop) ? other.sizeOf(loop) : image.sizeOf(loop));
  return cycles;
}

double Convolution::costOfAll() {
  double cycles = costOfProducts() / 0.85; // what is read in windows is read with less ease
  for (const Border &border : bordersOf(op))
    cycles *= border.share();
  return cycles;
}

/// The same, of tiles. What transforms move counts, too: it is written and read, from memory where the second cache does not hold it.
double Convolution::cost(const Transforms &by) {
  const double t = double(by.results + taps - 1), m = double(by.results), places = t * t / (m * m), ofTaps = t * t / (taps * taps);
  double cycles = costOfProducts() * places / (taps * taps), more = 1;
  for (const Windows &window : windows)
    more *= double(window.tiles(by.results) * by.results) / double(window.count);
  Value whole = op.getOut(), weights = other.tensor;
  if (!llvm::is_contained(out, windows[0].outer))
    std::swap(whole, weights);
  double moved = (vectorsOf(image.tensor) + vectorsOf(whole)) * (places + t / m) * more + vectorsOf(weights) * (ofTaps + t / taps);
  bool isNear = moved * double(target.lanes * 4) <= double(target.secondCache);
  return cycles * more + moved * (isNear ? 8 : 10);
}

struct Winograd : impl::WinogradBase<Winograd> {
  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
      if (!function.isDeclaration())
        replaceIn(function);
  }

  void replaceIn(func::FuncOp function) {
    int64_t ofFour = 0, ofTwo = 0;
    for (ir::ContractOp product : llvm::make_early_inc_range(function.front().getOps<ir::ContractOp>())) {
      if (!product.getType().getElementType().isF32() || !product.getLhs().getType().getElementType().isF32())
        continue;
      Convolution convolution(product);
      Value fewer = convolution.byFewerProducts();
      if (!fewer)
        continue;
      (convolution.results == 4 ? ofFour : ofTwo) += 1;
      product.replaceAllUsesWith(fewer);
      product.erase();
    }
    if (ofFour + ofTwo)
      function->setAttr("tl.winograd", DenseI64ArrayAttr::get(&getContext(), {ofFour, ofTwo}));
  }
};

} // namespace
} // namespace tl
