// Runs a word's compiled kernel over its arguments and finds the worst error.
#pragma once
#include "compiler/codegen/LoadedObject.h"
#include "tests/accuracy/Words.h"

namespace tl::accuracy {

/// Programs take numbers below the least normal one, 2^-126 (f64: 2^-1022), for 0: arguments leave them out, and where the
/// true value is one of them both 0 and that least number are right.
struct Worst {
  double error = 0; // in units of the last place
  Arguments at{};
  uint64_t wrong = 0; // NaN where there is a value, the other way round, or neither of those two
  Arguments wrongAt{};
  uint64_t count = 0;

  void add(const Worst &other);
};

/// The kernels of some rows, compiled together.
class Sweep {
public:
  explicit Sweep(std::vector<Row> rows);
  const std::vector<Row> &rows() const { return all; }
  /// Of every `step`th argument of a row.
  Worst measure(size_t row, uint64_t step, unsigned threads) const;

private:
  Worst measureChunk(size_t row, uint64_t first, uint64_t step, uint64_t last) const;

  std::vector<Row> all;
  LoadedObject loaded;
  std::vector<int64_t> workBytes;
};

} // namespace tl::accuracy
