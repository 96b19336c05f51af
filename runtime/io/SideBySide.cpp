// Threads that take the next number until none is left.
#include "runtime/io/SideBySide.h"
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

namespace tl::io {

int readingThreads() {
  constexpr int most = 16;
  return std::min(availableCores(), most);
}

namespace {

class Numbers {
public:
  Numbers(int64_t count, const std::function<void(int64_t, int)> &work) : end(count), work(work) {}

  /// Numbers are taken in order, so all before one that failed are done or under way.
  void run(int thread) {
    for (int64_t i; (i = next.fetch_add(1)) < end;)
      try {
        work(i, thread);
      } catch (...) {
        std::lock_guard lock(mutex);
        if (!failure || i < failed) {
          failure = std::current_exception();
          failed = i;
        }
        next = end;
      }
  }

  void check() const {
    if (failure)
      std::rethrow_exception(failure);
  }

private:
  const int64_t end;
  const std::function<void(int64_t, int)> &work;
  std::atomic<int64_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  int64_t failed = 0;
};

} // namespace

void sideBySide(int64_t count, int threads, const std::function<void(int64_t, int)> &work) {
  if (std::min<int64_t>(threads, count) <= 1) {
    for (int64_t i = 0; i < count; ++i)
      work(i, 0);
    return;
  }
  Numbers numbers(count, work);
  std::atomic<int> started = 0;
  onThreads(int(std::min<int64_t>(threads, count)), [&] { numbers.run(started++); });
  numbers.check();
}

} // namespace tl::io
