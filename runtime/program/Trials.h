// Trials of a search as processes: each is a fork of this one, which has read the data, with settings and a folder of its own.
#pragma once
#include "runtime/program/RunFolder.h"
#include "runtime/tune/Search.h"

#include <map>

namespace tl::program {

class Trials {
public:
  /// At most `places` side by side, with `threads` each. The process has no thread but this one, as long as this object lives.
  Trials(Context &context, RunFolder &run, const abi::Stage &stage, const abi::Search &search, int places, int threads);
  /// Those under way are ended; what they have saved stays.
  ~Trials();

  void begin(const tune::Order &order) { waiting.push_back(order); }
  /// What the trial has come to behind the job, which is waited for: the value of the search's goal at the checkpoint that it would leave; NaN where training diverged.
  /// Throws what went wrong otherwise, and Stopped after a signal, when all have saved.
  double valueAfter(const tune::Job &job);

  /// The trial's folder, below that of the run.
  std::string folder(int64_t trial) const;
  /// The epochs of a whole trial with these settings; of those of the command line where there are none.
  int64_t epochs(const std::vector<double> &values);

private:
  struct Running {
    tune::Job job;
    double start;
  };

  void fill();
  void reap();
  void stop();
  bool isDone(const tune::Order &order) const;
  double valueOf(int64_t trial) const;
  std::vector<double> paramsWith(const std::vector<double> &values) const;
  [[noreturn]] void work(const tune::Order &order);
  void train(const tune::Order &order);
  std::string lastWords(int64_t trial) const;

  Context &context;
  RunFolder &run;
  const abi::Stage &stage;
  const abi::Search &search;
  const int places, threads;
  const int threadsBefore;
  std::vector<tune::Order> waiting;     // in the order of their decision
  std::map<int, Running> running;       // by process
  std::vector<std::pair<tune::Job, bool>> ended; // and whether they diverged
};

} // namespace tl::program
