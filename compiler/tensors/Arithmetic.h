// Operators on values: numbers fold, params are computed with in double, tensors meet by NumPy's rules.
#pragma once
#include "compiler/tensors/Tensors.h"

namespace tl {

class Arithmetic : public Tensors {
public:
  using Tensors::Tensors;

  bool isTensorLike(const Value &value) const;
  /// Params and ratios become tensors; numbers become constants of `dtype`.
  TensorValue toTensor(const Value &value, ast::Span span, DType dtype = DType::F32);
  TensorValue asF32(const Value &value, ast::Span span);

  Value arithmetic(const std::string &op, const Value &lhs, const Value &rhs, ast::Span span);
  Value power(const Value &lhs, const Value &rhs, ast::Span span);
  Value compare(const std::string &op, const Value &lhs, const Value &rhs, ast::Span span);
  Value logical(const std::string &op, const Value &lhs, const Value &rhs, ast::Span span);
  Value remainder(const Value &lhs, const Value &rhs, ast::Span span);
  Value negate(const Value &value, ast::Span span);
  Value unary(Op op, const Value &value, ast::Span span);
  /// Tensors as they meet in `what`: one dtype, one shape.
  void meet(std::vector<Value> &values, const std::string &what, ast::Span span, std::vector<TensorValue> &out);
  /// Each number that `ids` may hold is one of `places`, or it is an error where the script gave their number.
  void needPlaces(const TensorValue &ids, const Range &places, ast::Span span);
};

} // namespace tl
