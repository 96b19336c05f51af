// Says before the first step how much memory a command will take at most, and refuses what does not fit.
#pragma once
#include "runtime/program/Context.h"

namespace tl::program {

/// Peak resident bytes of training `stages` one after the other and then running `tests`, from sizes alone: nothing is
/// read. What the process holds already is part of it.
int64_t predictPeakBytes(const Context &context, const std::vector<const abi::Stage *> &stages,
                         const std::vector<const abi::Test *> &tests);

/// Prints the need; a tl::Error with exit code 1 where it is more than the machine can give.
void checkMemory(int64_t peakBytes);

}  // namespace tl::program
