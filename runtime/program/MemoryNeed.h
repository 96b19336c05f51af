// Says before the first step how much memory a program will take at most, and refuses what does not fit. `tlc explain` and
// the program print the same figure, from the same sizes.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl::program {

/// Peak resident bytes of training `stages` one after the other and then running `tests`. Of data only the sizes are looked
/// at: nothing is read. `scriptFolder`: where data files are looked for, as by data::findFile.
int64_t predictPeakBytes(const abi::Program &program, const std::vector<const abi::Stage *> &stages,
                         const std::vector<const abi::Test *> &tests, const std::string &scriptFolder);
/// The same for all stages and all tests.
int64_t predictPeakBytes(const abi::Program &program, const std::string &scriptFolder);

/// Prints the need; a tl::Error with exit code 1 where it is more than the machine can give.
void checkMemory(int64_t peakBytes);

}  // namespace tl::program
