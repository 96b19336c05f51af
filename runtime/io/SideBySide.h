// Work on many things that do not depend on each other, on several threads.
#pragma once
#include "runtime/io/Threads.h"
#include <cstdint>

namespace tl::io {

/// Threads for reading: as many as there are cores, to a limit, as each holds what it works on.
int readingThreads();

/// Where what is made side by side is then gone through in order: how much of it is held for each thread.
constexpr int64_t blockOfThread = 4;

/// Does `work(i, thread)` for every i in [0, count), on `threads` threads, of which this is one; `thread` counts them from 0. Where it fails, it
/// is with the error of the least i, whatever threads there are.
void sideBySide(int64_t count, int threads, const std::function<void(int64_t i, int thread)> &work);

} // namespace tl::io
