// The columns of Ops.def as tables.
#include "compiler/calculus/Facts.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace tl {
namespace {

constexpr const char *rule = nullptr;
constexpr Facts facts[] = {
#define OP(Id, name, operands, form, cost, rounding, derivative, meaning) \
  {name, operands, Form::form, Cost::cost, Rounding::rounding, derivative},
#include "compiler/calculus/Ops.def"
};

}  // namespace

const Facts &factsOf(Op word) { return facts[int(word)]; }
const char *nameOf(Op op) { return factsOf(op).name; }
int operandCount(Op op) { return factsOf(op).operands; }
bool isElementwise(Op op) { return factsOf(op).form == Form::Pointwise; }

double valueOf(Op word, std::span<const double> x, DType to) {
  double a = x[0], b = x.size() > 1 ? x[1] : 0, c = x.size() > 2 ? x[2] : 0;
  switch (word) {
#define OP(Id, name, ...)
#define ELEMENTWISE(Id, name, operands, cost, rounding, derivative, meaning, value) \
  case Op::Id: return value;
#include "compiler/calculus/Ops.def"
  default: std::abort(); // the caller has asked for a value of what is not elementwise
  }
}

}  // namespace tl
