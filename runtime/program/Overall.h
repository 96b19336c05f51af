// Metrics of all records at once: what batches give for them is kept until the last one, then a function of its own is called.
#pragma once
#include "runtime/program/Session.h"

namespace tl::program {

class Overall {
public:
  /// Keeps memory for the inputs of the metric's function, twice where others are made of its rows. `measured` puts out its parts.
  Overall(Context &context, Session &session, const abi::Metric &metric, const Callable &measured, bool isDrawnFrom = false);

  void clear();
  /// Of a batch, whose first `records` rows are real.
  void add(const memory::Arena &output, int64_t records);
  /// Of all that was added, row-major.
  std::vector<double> values();
  /// The one value of the records of these numbers, of all that was added, where its sums, one behind the other, are these.
  double valueOf(const std::vector<int64_t> &numbers, const double *sums);

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
  std::vector<double> called(memory::Arena input);

  Session &session;
  Callable function;
  memory::Arenas arenas;
  memory::Arena input, drawn;
  std::vector<Part> parts;
  int64_t records = 0;
};

} // namespace tl::program
