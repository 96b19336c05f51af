// The threads that run compiled functions together, started once per program.
#pragma once
#include "runtime/abi/Program.h"

#include <atomic>
#include <thread>
#include <vector>

namespace tl::program {

/// What every thread of a team passes to a compiled function.
struct CallArguments {
  char *variables = nullptr, *work = nullptr;
  const char *input = nullptr;
  char *output = nullptr;
  const double *scalars = nullptr;
  const uint32_t *counters = nullptr;
};

/// Makes denormal numbers zero in the calling thread: they cost up to a hundred times a normal one.
void flushDenormals();

}  // namespace tl::program

struct TlTeam {
  explicit TlTeam(int threads);
  ~TlTeam();
  TlTeam(const TlTeam &) = delete;
  TlTeam &operator=(const TlTeam &) = delete;

  int size() const { return threads; }
  /// What a thread of the team is at; see `TlFunction`.
  const int32_t &at(int thread) const { return places[size_t(thread)].at; }
  /// Has another number of threads from here on, while none calls a function. With one there is no thread but the caller's, so that a process may fork.
  void resize(int count);

  /// Calls `function` on all threads of the team, or on this one alone, and returns when all have returned.
  void run(TlFunction function, bool parallel, const tl::program::CallArguments &args) {
    if (threads == 1 || !parallel)
      function(args.variables, args.work, args.input, args.output, args.scalars, args.counters, &places[0].at, 0, 1, nullptr);
    else
      runTogether(function, args);
  }

  void barrier();

private:
  void runTogether(TlFunction function, const tl::program::CallArguments &args);
  void work(int thread);
  void start();
  void stop();

  bool spinUntil(uint32_t left);

  int threads;
  int mostSpins;
  TlFunction job = nullptr;
  tl::program::CallArguments jobArgs;
  // Each on its own cache line: arriving threads write one while waiting threads read the other.
  alignas(64) std::atomic<int> arrived{0};
  alignas(64) std::atomic<uint32_t> generation{0};
  alignas(64) std::atomic<int> sleepers{0};
  // How long to spin before sleeping, learned from how it went; any thread may change them.
  std::atomic<int> spins{0}, failures{0};
  std::vector<std::thread> workers;
  struct alignas(64) Place {
    int32_t at = -1;
  };
  std::vector<Place> places; // of each thread
};
