// How the numbers of a weight are spread.
#include "runtime/program/Histogram.h"
#include "runtime/abi/ElementTypes.h"

#include <algorithm>
#include <cmath>

namespace tl::program {

static constexpr int64_t buckets = 30; // as many as TensorBoard shows

template <class Number> static std::optional<Histogram> histogramOf(int64_t count, const Number &number) {
  if (count == 0)
    return std::nullopt;
  Histogram found{number(0), number(0), 0, 0, count, {}};
  for (int64_t i = 0; i < count; ++i) {
    const double value = number(i);
    found.low = std::min(found.low, value);
    found.high = std::max(found.high, value);
    found.sum += value;
    found.squares += value * value;
  }
  if (!std::isfinite(found.squares)) // as it is where any of them is not
    return std::nullopt;
  const int64_t used = found.low < found.high ? buckets : 1;
  const double width = (found.high - found.low) / double(used);
  found.buckets.resize(size_t(used));
  for (int64_t i = 0; i < count; ++i) {
    const int64_t at = used == 1 ? 0 : int64_t((number(i) - found.low) / width);
    ++found.buckets[size_t(std::min(at, used - 1))];
  }
  return found;
}

std::optional<Histogram> histogramOf(const memory::Arena &variables, const abi::Variable &variable) {
  const int64_t count = memory::elementsOf(variable.shape);
  if (dtypeNamed(variable.dtype) == DType::F32) // Nearly all are: what is asked for each element is left out.
    return histogramOf(count, [numbers = reinterpret_cast<const float *>(variables.at(variable))](int64_t i) { return double(numbers[i]); });
  return histogramOf(count, [&](int64_t i) { return variables.number(variable, i); });
}

} // namespace tl::program
