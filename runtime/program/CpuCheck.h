// Checks that this machine has the instructions that the program was compiled to use.
#pragma once
#include <string>
#include <vector>

namespace tl::program {

/// A tl::Error naming what is missing, with exit code 3. Names are LLVM's; one not known here is not checked.
void checkCpu(const std::string &compiledFor, const std::vector<std::string> &features);

}  // namespace tl::program
