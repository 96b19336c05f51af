// What the process holds and may still take.
#pragma once
#include <cstdint>

namespace tl::program {

/// Bytes of memory that this process holds now, and the most it ever held.
int64_t residentBytes();
int64_t peakResidentBytes();

/// Bytes that the machine, or the group that this process belongs to, can still give; -1 where that is not known.
int64_t availableBytes();

}  // namespace tl::program
