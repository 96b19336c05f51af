// Which elements are tokens and which padding, wherever their axis went: reductions in objectives and metrics skip padding.
#include "compiler/tensors/Masks.h"
#include <algorithm>

namespace tl {

/// The tokens along one axis of which elements lie `from` apart: another axis has them where it is the same one.
void Masks::carryTokens(const Axis &axis, int64_t from, std::vector<Axis> &axes) {
  int64_t stride = 1;
  for (size_t k = axes.size(); axis.tokens.isSaid() && k-- > 0; stride *= axes[k].size) {
    bool isSame = stride == from && axes[k].size == axis.size;
    if (isSame || std::max(from, stride) < std::min(from * axis.size, stride * axes[k].size))
      axes[k].tokens = axes[k].tokens.with(isSame ? axis.tokens : axis.tokens.mixed());
  }
}

/// The axes of x whose padding a reduction over `axes` must skip: those it goes over, and with the batch all. A layer
/// treats all places alike, so nothing is skipped within one.
std::vector<int64_t> Masks::tokenAxes(const TensorValue &x, const std::vector<int64_t> &axes) const {
  std::vector<int64_t> found;
  for (size_t i = 0; i < x.axes.size() && building.maskBatch && !instance; ++i)
    if (x.axes[i].tokens && (overBatch(x, axes) || std::find(axes.begin(), axes.end(), int64_t(i)) != axes.end()))
      found.push_back(int64_t(i));
  return found;
}

/// An error where nobody said which elements of x are padding: they would all count as tokens.
void Masks::requireTokens(const TensorValue &x, const std::string &what, ast::Span span, Notes notes) {
  if (std::none_of(x.axes.begin(), x.axes.end(), [](const Axis &axis) { return axis.tokens.isSaid(); }))
    fail(Diag::PaddingUnsaid, span, what + " is " + describe(x) + ", and nothing says which of its numbers are padding",
         "say it in the data, `ids = tokens(ids, padding = 0)`, or that there is none, `padding = none`", std::move(notes));
}

/// Lengths of the tokens along an axis: i32[batch], from 0 to its size.
TensorValue Masks::lengthsOf(const Axis &axis, ast::Span span) {
  int64_t batch = into.nodes.at(size_t(axis.tokens.lengths)).type.shape.at(0);
  TensorValue lengths{axis.tokens.lengths, DType::I32, {{batch, "", {batch, 1}}}};
  auto number = [&](int64_t value) { return constant(double(value), DType::I32, lengths.axes, span); };
  TensorValue left = axis.tokens.shift == 0 ? lengths : elementwise(Op::Sub, lengths, number(axis.tokens.shift), span);
  return elementwise(Op::Max, elementwise(Op::Min, left, number(axis.size), span), number(0), span);
}

/// The axis of x that tells the records of the tokens along `axis` apart.
size_t Masks::recordAxis(const TensorValue &x, size_t axis, ast::Span span) {
  const Tokens &tokens = x.axes[axis].tokens;
  int64_t batch = into.nodes.at(size_t(tokens.lengths)).type.shape.at(0);
  for (size_t i = 0; i < x.axes.size() && !tokens.isMixed; ++i)
    if (x.axes[i].records == Records{batch, 1})
      return i;
  fail(Diag::TokensMixed, span,
       "this goes over an axis of " + std::to_string(x.axes[axis].size) +
           " elements in which tokens can no longer be told from padding",
       "reduce over the tokens before they are joined, padded in front, or read in another shape");
}

/// i1 in the shape [records, elements of the axis], or turned round: whether each is a token.
TensorValue Masks::areTokens(const Axis &records, const Axis &axis, bool isTurned, ast::Span span) {
  std::vector<Axis> axes = isTurned ? std::vector{axis, records} : std::vector{records, axis};
  Attributes place, ofRecord;
  place.axis = isTurned ? 0 : 1;
  ofRecord.axes = {isTurned ? 1 : 0};
  TensorValue lengths = node(Op::Broadcast, {lengthsOf(axis, span)}, ofRecord, DType::I32, axes, span);
  return elementwise(Op::Lt, node(Op::Iota, {}, place, DType::I32, axes, span), lengths, span);
}

/// 1 for a token, 0 for padding, in the shape of x.
TensorValue Masks::tokensAlong(const TensorValue &x, size_t axis, ast::Span span) {
  size_t record = recordAxis(x, axis, span);
  TensorValue tokens = cast(areTokens(x.axes[record], x.axes[axis], axis < record, span), DType::F32, span);
  Attributes attributes;
  attributes.axes = {int64_t(std::min(record, axis)), int64_t(std::max(record, axis))};
  return x.axes.size() == 2 ? tokens : node(Op::Broadcast, {tokens}, attributes, DType::F32, x.axes, span);
}

/// The tokens along `axes`, in the shape that a sum over them has: counted where their axes and records are, then repeated.
TensorValue Masks::countTokens(const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span) {
  std::set<int64_t> counted;
  for (int64_t axis : axes)
    if (x.axes[axis].records)
      counted.insert(axis);
  for (int64_t axis : tokenAxes(x, axes)) {
    counted.insert(axis);
    counted.insert(int64_t(recordAxis(x, size_t(axis), span)));
  }
  std::vector<Axis> own, kept;
  std::vector<int64_t> summed;
  Attributes spread;
  double others = 1;
  for (size_t i = 0; i < x.axes.size(); ++i) {
    bool isCounted = counted.count(int64_t(i)) > 0, isSummed = std::find(axes.begin(), axes.end(), int64_t(i)) != axes.end();
    if (isCounted && isSummed)
      summed.push_back(int64_t(own.size()));
    if (isCounted)
      own.push_back(x.axes[i]);
    else if (isSummed)
      others *= double(x.axes[i].size);
    if (!isSummed) {
      if (isCounted)
        spread.axes.push_back(int64_t(kept.size()));
      kept.push_back(x.axes[i]);
    }
  }
  TensorValue ones = constant(1, DType::F32, own, span);
  TensorValue total = reduce(Op::ReduceSum, masked(ones, summed, span), summed, span);
  noteSum(total, ones, summed);
  total = std::get<TensorValue>(arithmetic("*", total, Number{others, true}, span));
  return kept.size() == total.axes.size() ? total : node(Op::Broadcast, {total}, spread, DType::F32, kept, span);
}

} // namespace tl
