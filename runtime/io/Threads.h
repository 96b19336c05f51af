// Work that several threads do at once, beside a program's team, which steps have.
#pragma once
#include <functional>

namespace tl::io {

/// The cores that this process may use, at least one.
int availableCores();

/// As many as it is worth having to encode texts: more wait for what is read and written, and each holds some of it.
int encodingThreads();

/// Has up to so many threads run `work` at once, the caller's among them, and returns when all are through. Signals stay with the caller; where no more
/// threads can be made, it is those that there are, so `work` takes its share from what is left of the whole. It must not throw.
void onThreads(int threads, const std::function<void()> &work);

} // namespace tl::io
