// What is known of each word of the calculus: the columns of Ops.def. Who wants to treat words alike asks for these; a list of ops
// elsewhere would be one that a new word is missing from.
#pragma once
#include "compiler/calculus/Graph.h"
#include <span>

namespace tl {

/// Where the elements of a result come from.
enum class Form {
  Given,     // they lie in memory when the function is called
  Renamed,   // they are the operand's bytes, in another shape
  View,      // their index tells which elements of the operands they are, or which number
  Pointwise, // each is computed from the operands' elements at its own place
  Apart,     // each is computed by itself, from whatever is needed
  Whole,     // they are made together, by loops of the op's own
  Effect,    // there is no result: operands leave the function, or the step of a scan
  Replaced,  // by other ops, before anything is computed
};

/// What there is to compute; nothing is said of moving numbers, except where they cannot be moved in order.
enum class Cost {
  Nothing,
  Lookup,      // numbers are found, or go, where other numbers say
  Instruction, // one, which nothing waits for, for each element of the result
  Several,     // or one that takes as long
  Series,      // a polynomial or more
  Terms,       // one instruction for each element of the last operand
  Products,    // two for each product that is summed
  Steps,       // what the body takes, step by step
};

/// Whether a real result is what exact arithmetic gives: the numbers themselves where it is elementwise, else their sum.
enum class Rounding { Exact, Rounds };

struct Facts {
  const char *name;
  int operands;  // -1: any
  Form form;
  Cost cost;
  Rounding rounding;
  const char *whyNoDerivative;  // a clause; null: there is a rule
};
const Facts &factsOf(Op word);

/// One elementwise word on numbers, in double. Whoever keeps the value rounds it to `result`, which for + - · / √ of f32 gives the
/// correctly rounded result. Numbers of scripts and constants that *simplify* folds are both this; the reference and the
/// kernels, which are held against each other, have formulas of their own.
double valueOf(Op word, std::span<const double> x, DType result);

/// Worth keeping for the way back rather than computing again: all but arithmetic of elements and layout.
inline bool isCostly(Cost cost) {
  return cost == Cost::Lookup || cost == Cost::Series || cost == Cost::Terms || cost == Cost::Products;
}

}  // namespace tl
