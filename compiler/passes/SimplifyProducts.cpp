// Simplify: products of three, in the order that takes the fewest multiplications. The equation stands above its pattern.
#include "compiler/passes/SimplifyPatterns.h"
#include <numeric>
#include <set>

namespace tl {
namespace {
using namespace mlir;
using namespace tl::ir;

using Loops = SmallVector<int64_t>;

/// A tensor and the loop of each of its axes.
struct Operand {
  Value value;
  Loops loops;
};

/// Multiplications of a product of two.
double costOf(const Loops &a, const Loops &b, const std::map<int64_t, int64_t> &sizes) {
  std::set<int64_t> all(a.begin(), a.end());
  all.insert(b.begin(), b.end());
  return std::accumulate(all.begin(), all.end(), 1.0, [&](double cost, int64_t loop) { return cost * double(sizes.at(loop)); });
}

/// A product that is an operand of another, perhaps times a number.
struct Inner {
  ContractOp product;
  double factor = 1;
  Value scaled; // what the outer product reads

  static std::optional<Inner> of(Value value) {
    if (auto product = value.getDefiningOp<ContractOp>())
      return Inner{product, 1, value};
    auto mul = value.getDefiningOp<MulOp>();
    for (auto [number, other] : mul ? SmallVector<std::pair<Value, Value>>{{mul.getLhs(), mul.getRhs()}, {mul.getRhs(), mul.getLhs()}}
                                    : SmallVector<std::pair<Value, Value>>{})
      if (auto product = other.getDefiningOp<ContractOp>(); product && constantOf(number))
        return Inner{product, *constantOf(number), value};
    return std::nullopt;
  }
};

/// An outer product as one of three tensors, and both ways to begin with another two of them.
struct Three {
  Operand x, y, z;
  Loops out;
  std::map<int64_t, int64_t> sizes;
  double inner = 0, outer = 0; // as it is

  Three(Inner of, ContractOp op) {
    bool isLeft = op.getLhs() == of.scaled;
    ArrayRef<int64_t> mine = isLeft ? op.getLhsIndices() : op.getRhsIndices(), others = isLeft ? op.getRhsIndices() : op.getLhsIndices();
    std::map<int64_t, int64_t> renamed; // loops of the outer product that are loops of the inner one
    for (auto [axis, loop] : llvm::enumerate(mine))
      renamed[loop] = of.product.getOutIndices()[axis];
    auto rename = [&](ArrayRef<int64_t> loops) {
      Loops all;
      for (int64_t loop : loops)
        all.push_back(renamed.count(loop) ? renamed[loop] : loop + beyond);
      return all;
    };
    x = {of.product.getLhs(), Loops(of.product.getLhsIndices())};
    y = {of.product.getRhs(), Loops(of.product.getRhsIndices())};
    z = {isLeft ? op.getRhs() : op.getLhs(), rename(others)};
    out = rename(op.getOutIndices());
    for (const Operand *each : {&x, &y, &z})
      for (auto [axis, loop] : llvm::enumerate(each->loops))
        sizes[loop] = typeOf(each->value).shape[axis];
    inner = costOf(x.loops, y.loops, sizes);
    outer = costOf(rename(mine), z.loops, sizes);
  }

  /// What of a · b is read by a product with `rest`.
  Loops between(const Operand &a, const Operand &b, const Operand &rest) const {
    Loops kept;
    for (const Operand *each : {&a, &b})
      for (int64_t loop : each->loops)
        if (!llvm::is_contained(kept, loop) && (llvm::is_contained(rest.loops, loop) || llvm::is_contained(out, loop)))
          kept.push_back(loop);
    return kept;
  }
  double costOfFirst(const Operand &a, const Operand &rest) const {
    return costOf(a.loops, z.loops, sizes) + costOf(rest.loops, between(a, z, rest), sizes);
  }
  bool beginsWithX() const { return costOfFirst(x, y) < costOfFirst(y, x); }
  double best() const { return std::min(costOfFirst(x, y), costOfFirst(y, x)); }

  Value build(Build m) const {
    const Operand &first = beginsWithX() ? x : y, &rest = beginsWithX() ? y : x;
    Loops middle = between(first, z, rest);
    Value made = m.contract(first.value, z.value, numbered(first.loops), numbered(z.loops), numbered(middle));
    return m.contract(rest.value, made, numbered(rest.loops), numbered(middle), numbered(out));
  }

private:
  static constexpr int64_t beyond = 1000; // more than a product has loops
  /// Loops from 0 on, the same for both products.
  std::vector<int64_t> numbered(const Loops &loops) const {
    std::vector<int64_t> all;
    for (int64_t loop : loops)
      all.push_back(std::distance(sizes.begin(), sizes.find(loop)));
    return all;
  }
};

/// (x·y)·z → x·(y·z) or (x·z)·y, where with all that is made of x·y it takes at most half the multiplications
/// So the derivatives of a low-rank product A·B are made without that of its value, which is as large as the weight.
struct BeginElsewhere : ValuePattern<ContractOp> {
  using ValuePattern::ValuePattern;
  Value equal(ContractOp op, Build m) const override {
    for (Value operand : {op.getLhs(), op.getRhs()}) {
      std::optional<Inner> inner = Inner::of(operand);
      if (!inner || op.getLhs() == op.getRhs() || inner->product->getBlock() != op->getBlock() || !op.getType().getElementType().isF32())
        continue;
      double before = 0, after = 0;
      if (!weigh(*inner, before, after) || 2 * after > before)
        continue;
      Value made = Three(*inner, op).build(m);
      return inner->factor == 1 ? made : m.mul(made, m.fill(inner->factor, made));
    }
    return {};
  }

  /// The multiplications of the inner product and of all that reads it, as they are and begun elsewhere; false where something else reads it, too.
  static bool weigh(Inner inner, double &before, double &after) {
    SmallVector<Inner> read = {{inner.product, 1, inner.product.getOut()}};
    for (size_t i = 0; i < read.size(); ++i)
      for (Operation *user : read[i].scaled.getUsers()) {
        if (auto mul = dyn_cast<MulOp>(user)) {
          std::optional<Inner> scaled = Inner::of(mul.getOut());
          if (i > 0 || !scaled || scaled->product != inner.product)
            return false;
          read.push_back(*scaled);
          continue;
        }
        auto product = dyn_cast<ContractOp>(user);
        if (!product || product->getBlock() != inner.product->getBlock() || product.getLhs() == product.getRhs())
          return false;
        Three three(read[i], product);
        before = (before == 0 ? three.inner : before) + three.outer;
        after += three.best();
      }
    return before > 0;
  }
};

} // namespace

void addProductPatterns(RewritePatternSet &patterns) { patterns.add<BeginElsewhere>(patterns.getContext()); }

} // namespace tl
