// `tlc test`: checks the gradient of every layer, every function on tensors and every objective that files declare.
#pragma once
#include "compiler/sema/CheckedProgram.h"

namespace tl::layertest {

struct TestOptions {
  std::vector<std::string> files;
  CheckOptions checking;
};

/// Prints a line per declaration and a closing `N passed, N failed`. False where one failed; mistakes in the files are
/// in `diagnostics` and nothing is printed.
bool testLayers(const TestOptions &options, Diagnostics &diagnostics);

} // namespace tl::layertest
