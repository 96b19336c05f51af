// How a built-in takes its arguments, and who adds which of them.
#pragma once
#include "compiler/evaluate/BodyEvaluator.h"

namespace tl {

void addElementwise(BuiltinTable &table);
void addReductions(BuiltinTable &table);
void addFitted(BuiltinTable &table);
void addLayout(BuiltinTable &table);
void addOrder(BuiltinTable &table);
void addPlaces(BuiltinTable &table);
void addTokens(BuiltinTable &table);
void addDecoding(BuiltinTable &table);
void addScan(BuiltinTable &table);
void addOverall(BuiltinTable &table);
void addPublished(BuiltinTable &table);
void addSubwords(BuiltinTable &table);
void addPictures(BuiltinTable &table);
void addStarts(BuiltinTable &table);

/// Arguments of a built-in in the order of `names`, positional or named; a name ending in "?" may be missing.
std::vector<std::optional<Arg>> take(BodyEvaluator &in, const Args &args, const char *callee,
                                     std::initializer_list<const char *> names, ast::Span span);
/// The axes that `axis` names, or all but those that `except` names; all where neither is given.
std::vector<int64_t> axesOf(BodyEvaluator &in, const std::optional<Arg> &axis, const TensorValue &x, ast::Span span,
                            const std::optional<Arg> &except = std::nullopt);
int64_t axisNumber(BodyEvaluator &in, const Value &axis, const TensorValue &x, ast::Span span);
/// The axes of x in another order.
TensorValue permuted(BodyEvaluator &in, const TensorValue &x, const std::vector<int64_t> &order, ast::Span span);
/// Of each row of x along an axis the elements at `places`, i32 with the other axes of x; NaN where there is no such place.
TensorValue takenAlong(BodyEvaluator &in, const TensorValue &x, const TensorValue &places, int64_t axis, ast::Span span);
bool flag(BodyEvaluator &in, const std::optional<Arg> &arg);

} // namespace tl
