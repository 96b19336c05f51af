// `@`: a contraction of the calculus.
#include "compiler/tensors/Masks.h"
#include <algorithm>

namespace tl {

/// x [.., m, k] · w [.., k, n] → [.., m, n]; a vector on either side has no m or n.
TensorValue Masks::matmul(const Value &left, const Value &right, ast::Span span) {
  TensorValue lhs = asF32(left, span), rhs = asF32(right, span);
  if (lhs.axes.empty() || rhs.axes.empty())
    fail(Diag::ValueKind, span,
         "cannot multiply " + describe(lhs) + " by " + describe(rhs) + " with `@`: both need an axis to sum over",
         "`*` multiplies by a scalar");
  bool isVector = rhs.axes.size() == 1;
  const Axis &columns = lhs.axes.back();
  const Axis &rows = rhs.axes[isVector ? 0 : rhs.axes.size() - 2];
  if (columns.size != rows.size)
    fail(Diag::MatmulSizes, span,
         "cannot multiply " + describe(lhs) + " by " + describe(rhs) + ": inner sizes differ, the left side has " +
             std::to_string(columns.size) + " columns, the right side " + std::to_string(rows.size) + " rows",
         !isVector && rhs.axes.back().size == columns.size                        ? "`x @ transpose(w)` turns the right side round"
         : lhs.axes.size() > 1 && lhs.axes[lhs.axes.size() - 2].size == rows.size ? "`transpose(x) @ w` turns the left side round"
                                                                                  : "");
  // Leading axes meet from the right; an axis of one element that repeats is dropped from its side.
  size_t lhsLead = lhs.axes.size() - std::min<size_t>(lhs.axes.size(), 2), rhsLead = isVector ? 0 : rhs.axes.size() - 2;
  size_t lead = std::max(lhsLead, rhsLead);
  TensorValue lhsBatch{-1, DType::F32, {lhs.axes.begin(), lhs.axes.begin() + lhsLead}};
  TensorValue rhsBatch{-1, DType::F32, {rhs.axes.begin(), rhs.axes.begin() + rhsLead}};
  std::vector<Axis> axes = rhsLead ? broadcastAxes(lhsBatch, rhsBatch, "multiply", span) : lhsBatch.axes;
  Attributes attributes;
  attributes.indices.resize(3);
  auto placeLead = [&](TensorValue &side, size_t count, int which) {
    std::vector<Axis> kept;
    for (size_t i = 0; i < side.axes.size(); ++i) {
      bool isRepeated = i < count && side.axes[i].size == 1 && axes[lead - count + i].size != 1;
      if (i < count && !isRepeated)
        attributes.indices[which].push_back(int64_t(lead - count + i));
      if (!isRepeated)
        kept.push_back(side.axes[i]);
    }
    side = reshape(side, kept, span);
  };
  TensorValue l = masked(lhs, {int64_t(lhs.axes.size()) - 1}, span), r = rhs;
  if (!lhs.axes.back().records)
    r = masked(rhs, {int64_t(isVector ? 0 : rhs.axes.size() - 2)}, span);
  placeLead(l, lhsLead, 0);
  placeLead(r, rhsLead, 1);
  for (size_t i = 0; i < lead; ++i)
    attributes.indices[2].push_back(int64_t(i));
  int64_t m = int64_t(lead), n = m + 1, k = m + 2;
  if (lhs.axes.size() > 1) {
    attributes.indices[0].push_back(m);
    attributes.indices[2].push_back(m);
    axes.push_back(lhs.axes[lhs.axes.size() - 2]);
  }
  attributes.indices[0].push_back(k);
  attributes.indices[1].push_back(k);
  if (!isVector) {
    attributes.indices[1].push_back(n);
    attributes.indices[2].push_back(n);
    axes.push_back(rhs.axes.back());
  }
  TensorValue product = node(Op::Contract, {l, r}, attributes, DType::F32, axes, span);
  noteSum(product, lhs, {int64_t(lhs.axes.size()) - 1}, std::ssize(lhs.axes) - std::ssize(l.axes));
  return product;
}

} // namespace tl
