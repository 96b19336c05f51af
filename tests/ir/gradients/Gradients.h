// Checking cases: rules interpreted against differences, and compiled code against the interpreter.
#pragma once
#include "tests/ir/gradients/GradientCase.h"
#include <map>

namespace tl::test {

/// What a number of cases came to. `counts` are the figures of the report, by their plain names.
struct Tally {
  std::map<std::string, int64_t> counts;
  std::vector<std::string> failures; // each with the seed that makes it again
  void add(const Tally &other);
};

/// As printf, into a text.
std::string text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// The op and kind of the n-th case of a run: every op comes round.
GradientCase nthCase(mlir::MLIRContext &context, uint64_t seed, int64_t n);

/// One case in double, before and after the algebra of the calculus.
void checkRule(mlir::MLIRContext &context, GradientCase one, Tally &tally);

/// Compiles the gradients of cases in f32, all in one module, and compares them with the interpreter, on 1 to 3 threads.
void checkCompiled(mlir::MLIRContext &context, std::vector<GradientCase> cases, Tally &tally);

} // namespace tl::test
