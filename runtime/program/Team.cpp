// The threads that run compiled functions together: one barrier, bounded spinning, then sleep.
#include "runtime/program/Team.h"
#include "runtime/io/Threads.h"

#include <algorithm>
#include <climits>
#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tl::program {

void flushDenormals() {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040);  // flush-to-zero and denormals-are-zero
#elif defined(__aarch64__)
  uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  asm volatile("msr fpcr, %0" : : "r"(control | (uint64_t{1} << 24)));
#endif
}

}  // namespace tl::program

using tl::program::CallArguments;

static void pauseBriefly() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

static void futex(std::atomic<uint32_t> &word, int operation, uint32_t value) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), operation, value, nullptr, nullptr, 0);
}

TlTeam::TlTeam(int threads) : threads(std::max(1, threads)) { start(); }

void TlTeam::resize(int count) {
  if (count == threads)
    return;
  stop();
  threads = std::max(1, count);
  start();
}

void TlTeam::start() {
  places.resize(std::max(places.size(), size_t(threads))); // a profile may look at them, so none goes away
  // With more threads than cores, the one waited for may need this very core: sleep at once.
  mostSpins = this->threads > tl::io::availableCores() ? 1 : 4000;
  spins = mostSpins;
  tl::program::flushDenormals();
  // Workers inherit this mask: signals belong to the main thread, whose loop looks at them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (int i = 1; i < this->threads; ++i)
    workers.emplace_back([this, i] { work(i); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TlTeam::~TlTeam() { stop(); }

void TlTeam::stop() {
  job = nullptr;
  if (threads > 1)
    barrier();
  for (std::thread &worker : workers)
    worker.join();
  workers.clear();
}

// True once the generation is no longer `left`. On a busy machine the thread waited for often is not running at all, and
// spinning only keeps it from that: after failures spin less, and try the full length again now and then.
bool TlTeam::spinUntil(uint32_t left) {
  int limit = spins.load(std::memory_order_relaxed);
  bool isProbe = limit < mostSpins && failures.load(std::memory_order_relaxed) % 64 == 63;
  if (isProbe)
    limit = mostSpins;
  for (int i = 0; i < limit; ++i) {
    if (generation.load(std::memory_order_acquire) != left) {
      if (isProbe) {
        spins.store(mostSpins, std::memory_order_relaxed);
        failures.store(0, std::memory_order_relaxed);
      }
      return true;
    }
    pauseBriefly();
  }
  failures.fetch_add(1, std::memory_order_relaxed);
  if (!isProbe)
    spins.store(std::max(1, limit / 2), std::memory_order_relaxed);
  return false;
}

void TlTeam::barrier() {
  uint32_t now = generation.load(std::memory_order_relaxed);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) == threads - 1) {
    arrived.store(0, std::memory_order_relaxed);
    // Sequentially consistent with the sleeper's increment: either it sees the new generation or we see the sleeper.
    generation.store(now + 1);
    if (sleepers.load() > 0)
      futex(generation, FUTEX_WAKE_PRIVATE, INT_MAX);
    return;
  }
  if (spinUntil(now))
    return;
  sleepers.fetch_add(1);
  while (generation.load() == now)
    futex(generation, FUTEX_WAIT_PRIVATE, now);
  sleepers.fetch_sub(1);
}

void TlTeam::runTogether(TlFunction function, const CallArguments &args) {
  job = function;
  jobArgs = args;
  barrier();
  function(args.variables, args.work, args.input, args.output, args.scalars, args.counters, &places[0].at, 0, threads, this);
  barrier();
}

void TlTeam::work(int thread) {
  tl::program::flushDenormals();
  while (true) {
    barrier();
    if (!job)
      return;
    const CallArguments &a = jobArgs;
    job(a.variables, a.work, a.input, a.output, a.scalars, a.counters, &places[size_t(thread)].at, thread, threads, this);
    barrier();
  }
}

extern "C" void tlBarrier(TlTeam *team) {
  if (team)
    team->barrier();
}
