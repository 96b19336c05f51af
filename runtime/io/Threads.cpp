// Starts threads, and waits for them.
#include "runtime/io/Threads.h"
#include <algorithm>
#include <csignal>
#include <sched.h>
#include <system_error>
#include <thread>
#include <vector>

namespace tl::io {

int availableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return 1;
  return std::max(1, CPU_COUNT(&set));
}

int encodingThreads() {
  constexpr int most = 4;
  return std::min(availableCores(), most);
}

void onThreads(int threads, const std::function<void()> &work) {
  std::vector<std::thread> others;
  // Signals stay with the main thread, which saves and leaves.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    for (int i = 1; i < threads; ++i)
      others.emplace_back(work);
  } catch (const std::system_error &) { // NOLINT(bugprone-empty-catch)
    // Those that there are do it.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  work();
  for (std::thread &other : others)
    other.join();
}

} // namespace tl::io
