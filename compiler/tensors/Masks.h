// Which elements belong to real records and which are tokens, and reductions that count no others. Its parts, by file:
// Records · Tokens · Contraction.
#pragma once
#include "compiler/tensors/Arithmetic.h"
#include <map>

namespace tl {

class Masks : public Arithmetic {
public:
  using Arithmetic::Arithmetic;

  /// x with `neutral` in place of what belongs to padding along `axes`.
  TensorValue masked(TensorValue x, const std::vector<int64_t> &axes, ast::Span span, double neutral = 0);
  /// The number of elements along axes: a Number, or an f32[] that skips padding records.
  Value count(const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span);
  TensorValue matmul(const Value &lhs, const Value &rhs, ast::Span span);

  // Records.cpp.
  void carryRecords(const TensorValue &x, std::vector<Axis> &axes);
  bool overBatch(const TensorValue &x, const std::vector<int64_t> &axes) const;
  void noteStatistics(ast::Span span);
  /// Where `sum` is one of x over `axes` that the records lie along. `from`: how far to the left the axes of its operand have moved.
  void noteSum(const TensorValue &sum, const TensorValue &x, const std::vector<int64_t> &axes, int64_t from = 0);
  bool isTraining() const;

  // Tokens.cpp: the same of padding.
  void requireTokens(const TensorValue &x, const std::string &what, ast::Span span, Notes notes = {});
  std::vector<int64_t> tokenAxes(const TensorValue &x, const std::vector<int64_t> &axes) const;
  TensorValue lengthsOf(const Axis &axis, ast::Span span);
  size_t recordAxis(const TensorValue &x, size_t axis, ast::Span span);
  TensorValue areTokens(const Axis &records, const Axis &axis, bool isTurned, ast::Span span);

  Instance *instance = nullptr; // whose forward runs
  /// Where the records lay that were summed over: along that axis of the sum's first operand. Along several, they can no longer be told apart.
  struct Summed {
    int64_t axis = 0;
    Records records;
  };
  std::map<NodeId, Summed> batchSums; // what was summed over the records of a batch

private:
  TensorValue validOf(const Axis &axis, ast::Span span);
  TensorValue validAlong(const TensorValue &x, size_t axis, ast::Span span);
  void carryTokens(const Axis &axis, int64_t from, std::vector<Axis> &axes);
  TensorValue tokensAlong(const TensorValue &x, size_t axis, ast::Span span);
  TensorValue countTokens(const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span);
};

} // namespace tl
