// What one thread of this machine can do at the most, measured.
#pragma once
#include <string>
#include <vector>

namespace tl::profile {

struct Ceilings {
  double flops = 0;  // a second: multiply-adds of registers, each two operations, in the widest vectors of `features`; 0: not known
  double roundedFlops = 0;  // the same of products with factors of bf16, by instructions for them where `features` have any that are faster
  double bytes = 0;  // a second: read from memory, one behind the other
};

/// Takes a tenth of a second. `features`: LLVM's names of what the program's code uses, as "avx512f".
Ceilings measureCeilings(const std::vector<std::string> &features);

/// `flops`, or `roundedFlops`, alone, in a fiftieth.
double measureFlops(const std::vector<std::string> &features, bool areRounded = false);

} // namespace tl::profile
