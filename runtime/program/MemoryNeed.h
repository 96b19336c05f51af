// Says before the first step how much memory a program will take at most, and refuses what does not fit. `tlc explain` and
// the program print the same figure, from the same sizes.
#pragma once
#include "runtime/program/HoldingPlan.h"

namespace tl::program {

class Context;

/// Peak resident bytes of training `stages` one after the other and then running `tests`. Of data only the sizes are looked
/// at, and whether `holding` finds what was made of it. Features of a phase are kept where they take no more than `cacheBytes`.
int64_t predictPeakBytes(const abi::Program &program, const std::vector<const abi::Stage *> &stages,
                         const std::vector<const abi::Test *> &tests, const HoldingPlan &holding, int64_t cacheBytes);
/// The same for all stages and all tests.
int64_t predictPeakBytes(const abi::Program &program, const HoldingPlan &holding, int64_t cacheBytes);

/// What one more process that trains the stage takes beside the data, which it shares with this one; in a fold of the stage, where it has any, with the records that it has there.
int64_t bytesBesideData(const Context &context, const abi::Program &program, const abi::Stage &stage);

/// What features may take where nobody says: half of what a machine has left beside a program that needs `peakBytes`.
int64_t cacheBytesLeft(int64_t peakBytes);

/// Prints the need; a tl::Error with exit code 1 where it is more than the machine can give.
void checkMemory(int64_t peakBytes);

}  // namespace tl::program
