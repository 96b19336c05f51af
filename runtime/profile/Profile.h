// Where the time of compiled functions goes, by line of the script.
#pragma once
#include "runtime/abi/Descriptor.h"
#include "runtime/profile/Ceilings.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace tl::profile {

/// Looks at what each thread is at, about a thousand times a second, from a thread of its own. Compiled code is the same with and without.
class Profile {
public:
  /// `at`: what a thread is at; see `TlFunction`.
  Profile(const abi::Program &program, int threads, std::function<const int32_t &(int thread)> at);
  ~Profile();
  Profile(const Profile &) = delete;

  /// Around each call of a compiled function. `threads`: how many run it.
  void begin(const abi::Function &function, int threads);
  void end();

  void stop();

  /// What it holds to tell of later.
  int64_t bytes() const { return int64_t(slices.size() * sizeof(Slice)); }

  /// What was seen, once it is stopped: for each function that ran its lines, beside what the machine can do.
  std::string table(const Ceilings &ceilings) const;
  /// The first two minutes as events that Perfetto and chrome://tracing open.
  std::string trace() const;

private:
  struct Slice {
    float begin, end;           // seconds from the first look on
    int32_t function, kernel;   // function: -1 where none runs; kernel: as `at` says
    int32_t thread;
  };
  void look();
  void note(int thread, int64_t function, int32_t kernel, double begin, double end);

  const abi::Program &program;
  const int threads;
  const std::function<const int32_t &(int thread)> at;
  std::atomic<int64_t> running{-1};  // which function
  std::atomic<int> runningThreads{0};
  std::vector<int64_t> calls;                                 // by function
  std::map<int64_t, std::map<int32_t, double>> seconds;       // by function and kernel, of all threads
  double elsewhere = 0;                                       // seconds of the first thread in no compiled function
  std::deque<Slice> slices;                                   // for the trace: what is seen in a row is one; none is ever copied to a larger place
  std::vector<size_t> latest;                                 // by thread: its last slice
  std::atomic<bool> isStopped{false};
  std::thread looking;
};

} // namespace tl::profile
