// Looks at threads, and adds up what it sees.
#include "runtime/profile/Profile.h"

#include <chrono>
#include <signal.h>

namespace tl::profile {

namespace {
constexpr double traced = 120;  // seconds
constexpr auto apart = std::chrono::microseconds(1000);

double secondsNow() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
}  // namespace

Profile::Profile(const abi::Program &program, int threads, std::function<const int32_t &(int thread)> at)
    : program(program), threads(threads), at(std::move(at)), calls(program.functions.size()), latest(size_t(threads), SIZE_MAX),
      looking([this] { look(); }) {}

Profile::~Profile() { stop(); }

void Profile::stop() {
  isStopped = true;
  if (looking.joinable())
    looking.join();
}

void Profile::begin(const abi::Function &function, int threadCount) {
  int64_t number = &function - program.functions.data();
  ++calls[size_t(number)];
  runningThreads.store(threadCount, std::memory_order_relaxed);
  running.store(number, std::memory_order_release);
}

void Profile::end() { running.store(-1, std::memory_order_release); }

/// Wakes up a little sooner or later each time, so as not to keep in step with what it looks at.
void Profile::look() {
  sigset_t all; // signals belong to the main thread, whose loop looks at them
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  double start = secondsNow(), before = 0;
  for (uint32_t turn = 1; !isStopped; turn = turn * 1664525 + 1013904223) {
    std::this_thread::sleep_for(apart / 2 + apart * (turn >> 22) / 1024);
    double now = secondsNow() - start;
    int64_t function = running.load(std::memory_order_acquire);
    int count = function < 0 ? 1 : runningThreads.load(std::memory_order_relaxed);
    for (int thread = 0; thread < count; ++thread) {
      int32_t kernel = static_cast<const volatile int32_t &>(at(thread));
      bool isOfIt = function < 0 || kernel < std::ssize(program.functions[size_t(function)].kernels); // another may have run in between
      if (isOfIt && running.load(std::memory_order_acquire) == function)
        note(thread, function, function < 0 ? -1 : kernel, before, now);
    }
    before = now;
  }
}

void Profile::note(int thread, int64_t function, int32_t kernel, double begin, double end) {
  (function < 0 ? elsewhere : seconds[function][kernel]) += end - begin;
  size_t &mine = latest[size_t(thread)];
  if (mine < slices.size() && slices[mine].function == function && slices[mine].kernel == kernel) {
    slices[mine].end = float(end);
  } else if (begin < traced) {
    mine = slices.size();
    slices.push_back({float(begin), float(end), int32_t(function), kernel, thread});
  }
}

} // namespace tl::profile
