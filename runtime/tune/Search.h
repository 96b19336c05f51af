// A search as it goes on: which jobs there are, in an order that no clock, thread or kill has a say in.
#pragma once
#include "runtime/tune/Halving.h"
#include "runtime/tune/Proposals.h"
#include <functional>

namespace tl::tune {

/// A job, and the settings of its trial.
struct Order {
  Job job;
  std::vector<double> values; // in the order of abi::Search::settings
};

/// Note [Virtual time]
/// Decisions depend on which results are known, and which are known first depends on the machine. So time is counted in epochs: as many workers as the script
/// says take jobs, a job of n epochs takes n, and results are told in the order in which these workers would have them. Jobs that are decided on run whenever there
/// is room, side by side; what is decided next waits for the result that is next in virtual time.
class Search {
public:
  /// `epochs`: of a whole trial with these settings, or with those of the command line where there are none.
  Search(const abi::Program &program, const abi::Search &search, uint64_t seed, int64_t trials, std::function<int64_t(const std::vector<double> &)> epochs);

  /// The next job that is decided on, in order; none where that takes the result of `awaited()`.
  std::optional<Order> next();
  /// The job whose result is next; none where the search is over.
  std::optional<Job> awaited() const;
  /// The result of the awaited job.
  void take(double score);

  const std::vector<Seen> &trials() const { return seen; }
  /// The trial with the least score of those that were trained to their end, of equal ones the first; none: all have diverged.
  std::optional<int64_t> winner() const;

  const Space space;

private:
  struct Running {
    int64_t end, number; // in virtual time, in order of decision
    Job job;
  };

  const abi::Search &search;
  const uint64_t seed;
  const int64_t workers;
  std::function<int64_t(const std::vector<double> &)> epochs;
  std::vector<Seen> seen;
  std::unique_ptr<Halving> halving;
  std::vector<Running> running;
  std::vector<int64_t> finished; // trials
  int64_t time = 0, decided = 0;
};

} // namespace tl::tune
