// Metrics of all records at once: what batches give for them is kept until the last one, then a function of its own is called.
#pragma once
#include "runtime/program/Session.h"

namespace tl::program {

class Overall {
public:
  /// Keeps memory for the inputs of the metric's function. `measured` puts out its parts.
  Overall(Context &context, Session &session, const abi::Metric &metric, const Callable &measured);

  void clear();
  /// Of a batch, whose first `records` rows are real.
  void add(const memory::Arena &output, int64_t records);
  /// Of all that was added, row-major.
  std::vector<double> values();

  const abi::Metric &metric;

  /// The functions that a session calls for these metrics, and what is kept for them besides.
  static std::vector<std::string> functions(const std::vector<abi::Metric> &metrics);
  static int64_t bytes(const abi::Program &program, const std::vector<abi::Metric> &metrics);

private:
  struct Part {
    const abi::Port *from, *into; // into: null where the function does not look at it
    bool areRows;
    std::vector<double> sums; // where they are no rows
  };
  Session &session;
  Callable function;
  memory::Arenas arenas;
  memory::Arena input;
  std::vector<Part> parts;
  int64_t records = 0;
};

} // namespace tl::program
