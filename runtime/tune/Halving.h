// Which trial trains on, and how far: all to their end, or those that did best so far.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <memory>
#include <optional>

namespace tl::tune {

/// A trial trains from the end of one epoch to that of another.
struct Job {
  static constexpr int64_t end = -1; // of its training
  int64_t trial = 0, rung = 0, from = 0, to = end; // rung: how often trials are looked at before
  bool operator==(const Job &) const = default;
};

/// Decides from scores alone (what is made small, +inf where training diverged), in the order in which it is told of them.
class Halving {
public:
  virtual ~Halving() = default;
  /// What may be done now: a new trial, with the next number, or one that goes on. None: all depends on jobs under way, or nothing is left.
  virtual std::optional<Job> next() = 0;
  virtual void take(const Job &job, double score) = 0;

  /// `epochs`: of a whole trial; where none is stopped early it does not matter.
  static std::unique_ptr<Halving> of(const abi::Search &search, int64_t trials, int64_t epochs);
};

/// After how many epochs trials are looked at: `least`, and `eta` times as many each time, as long as twice as many are left to the end.
std::vector<int64_t> rungsOf(int64_t least, int64_t eta, int64_t epochs);

} // namespace tl::tune
