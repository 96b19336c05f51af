// Intervals of what a test measures. Every draw is a function of the seed and its number alone, so that neither threads nor their order matter.
#include "runtime/program/Resampling.h"
#include "runtime/data/Philox.h"
#include "runtime/io/SideBySide.h"
#include "runtime/program/Metrics.h"
#include "runtime/program/Signals.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tl::program {

std::vector<int64_t> drawnRecords(uint64_t seed, int64_t draw, int64_t records) {
  constexpr uint32_t purpose = 0x626f6f74; // "boot": no other draw with this seed uses this counter word
  const std::array<uint32_t, 2> key = {uint32_t(seed), uint32_t(seed >> 32)};
  std::vector<int64_t> numbers(static_cast<size_t>(records));
  auto placed = [&](uint32_t low, uint32_t high) {
    return int64_t((static_cast<unsigned __int128>(uint64_t{high} << 32 | low) * uint64_t(records)) >> 64);
  };
  for (size_t i = 0; i < numbers.size(); i += 2) {
    auto bits = data::philox({uint32_t(i / 2), uint32_t(draw), 0, purpose}, key);
    numbers[i] = placed(bits[0], bits[1]);
    if (i + 1 < numbers.size())
      numbers[i + 1] = placed(bits[2], bits[3]);
  }
  return numbers;
}

// The names of the outputs that hold what each record adds to the sums of a metric.
static std::vector<std::string> rowsOf(const abi::Metric &metric) {
  std::vector<std::string> names;
  if (metric.function.empty()) {
    names.push_back(metric.name + ".sum.rows");
    if (metric.counted)
      names.push_back(metric.name + ".count.rows");
  }
  for (size_t i = 0; i < metric.parts.size(); ++i)
    if (metric.parts[i] == "sum")
      names.push_back(metric.name + "." + std::to_string(i) + ".rows");
  return names;
}

static size_t numbersOf(const abi::Port &port) { return size_t(memory::elementsOf(port.shape) / port.shape.at(0)); }

Resampling::Resampling(const abi::Test &test, const Callable &measured, int64_t records) : test(test), records(records) {
  for (const abi::Metric &metric : test.metrics) {
    if (!abi::hasInterval(metric))
      continue;
    Kept &each = kept.emplace_back(Kept{&metric, {}});
    for (const std::string &name : rowsOf(metric)) {
      const abi::Port *from = measured.output(name);
      if (!from)
        throw Error(exitInternal, "function `" + measured.about->name + "` has no output `" + name + "`");
      each.parts.push_back({from, numbersOf(*from), std::vector<float>(size_t(records) * numbersOf(*from))});
      width += numbersOf(*from);
    }
  }
}

void Resampling::add(const memory::Arena &output, int64_t count) {
  for (Kept &each : kept)
    for (Part &part : each.parts)
      for (size_t i = 0; i < size_t(count) * part.width; ++i)
        part.rows[size_t(added) * part.width + i] = float(output.number(*part.from, int64_t(i)));
  added += count;
}

Resampling::Totals Resampling::drawn(const std::vector<int64_t> &numbers) const {
  Totals totals(width);
  size_t at = 0;
  for (const Kept &each : kept)
    for (const Part &part : each.parts) {
      for (int64_t number : numbers)
        for (size_t i = 0; i < part.width; ++i)
          totals[at + i] += double(part.rows[size_t(number) * part.width + i]);
      at += part.width;
    }
  return totals;
}

// Quantiles lie between two values in proportion, as those of NumPy do. Where a metric has no value, such as a share of none, nothing is known of the draw.
Bounds Resampling::boundsOf(std::vector<double> values) const {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty())
    return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN(), 0};
  std::sort(values.begin(), values.end());
  auto quantile = [&](double share) {
    double place = share * double(values.size() - 1);
    auto below = size_t(place);
    size_t above = std::min(below + 1, values.size() - 1);
    double part = place - double(below);
    return part == 0 ? values[below] : values[below] + part * (values[above] - values[below]);
  };
  double beyond = (1 - test.interval) / 2;
  return {quantile(beyond), quantile(1 - beyond), std::ssize(values)};
}

std::optional<std::map<std::string, Bounds>> Resampling::bounds(const Context &context, std::deque<Overall> &overall) const {
  const uint64_t seed = context.options.seed;
  std::vector<Totals> totals(size_t(test.draws));
  io::sideBySide(test.draws, context.team.size(), [&](int64_t draw, int) {
    if (!stopSignal())
      totals[size_t(draw)] = drawn(drawnRecords(seed, draw, records));
  });
  std::map<std::string, Bounds> found;
  size_t at = 0;
  for (const Kept &each : kept) {
    const abi::Metric &metric = *each.metric;
    auto own = std::find_if(overall.begin(), overall.end(), [&](const Overall &other) { return other.metric.name == metric.name; });
    std::vector<double> values;
    for (int64_t draw = 0; draw < test.draws; ++draw) {
      if (stopSignal())
        return std::nullopt;
      const double *sums = totals[size_t(draw)].data() + at;
      values.push_back(own != overall.end() ? own->valueOf(drawnRecords(seed, draw, records), sums)
                                            : finished(metric, sums[0], metric.counted ? sums[1] : 0));
    }
    for (const Part &part : each.parts)
      at += part.width;
    found[metric.name] = boundsOf(std::move(values));
  }
  return found;
}

int64_t Resampling::bytesOfRecord(const abi::Program &program, const abi::Test &test) {
  int64_t numbers = 0;
  const abi::Function &function = Context::about(program, test.function);
  for (const abi::Metric &metric : test.metrics)
    for (const std::string &name : test.interval > 0 && abi::hasInterval(metric) ? rowsOf(metric) : std::vector<std::string>())
      for (const abi::Port &port : function.outputs)
        if (port.name == name)
          numbers += int64_t(numbersOf(port));
  return numbers * int64_t(sizeof(float));
}

int64_t Resampling::bytes(const abi::Program &program, const abi::Test &test, int64_t records) {
  if (test.interval <= 0)
    return 0;
  const int64_t ofRecord = bytesOfRecord(program, test), ofNumbers = int64_t(sizeof(int64_t)) * records * io::availableCores();
  return ofRecord * records + 2 * ofRecord * test.draws + ofNumbers + Overall::bytes(program, test.metrics);
}

} // namespace tl::program
