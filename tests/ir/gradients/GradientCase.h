// One case: a function y = f(x…) drawn from a seed, and the function that computes the gradients of Σ y·r.
#pragma once
#include "compiler/passes/Passes.h"
#include "tests/ir/gradients/Maker.h"

namespace tl::test {

enum class Kind { Use, Composition, Tie };

struct GradientCase {
  uint64_t seed = 0;
  Kind kind = Kind::Use;
  std::string op;                  // of a use or a tie
  std::vector<Maker::Field> fields; // what both functions take
  std::vector<double> weights;     // r
  std::string name() const;        // "tl.exp, seed 17"
  std::vector<const Maker::Field *> variables() const;
};

/// Adds to the module the function NAME that outputs y, where `!isGradient`, or the gradients "g0", "g1", … of its
/// variables as one `tl.gradient`. False: no such op can be drawn.
bool addFunction(mlir::ModuleOp module, const std::string &name, GradientCase &one, DType real, bool isGradient,
                 int64_t room = 40);

/// Makes gradients explicit; `isSimplified`: and applies the algebra. False where a pass fails.
bool makeExplicit(mlir::ModuleOp module, bool isSimplified);

} // namespace tl::test
