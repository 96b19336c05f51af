// Splits by the content of records.
#include "runtime/data/Split.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/Philox.h"
#include "runtime/io/Error.h"
#include <cstdio>

namespace tl::data {

/// The key for splits: a constant, so that a split depends on nothing but the data and its bounds.
static constexpr std::array<uint32_t, 2> hashSeed = {0x73706c69, 0x74427948}; // "splitByH"

double splitPosition(const Dataset &dataset, int64_t record) {
  uint64_t digest = fnvStart;
  for (size_t field = 0; field < dataset.fields().size(); ++field)
    digest = fnv({dataset.values(int(field), record), size_t(dataset.bytesPerRecord(int(field)))}, digest);
  return philox({uint32_t(digest), uint32_t(digest >> 32), 0, 0}, hashSeed)[0] / 4294967296.0;
}

std::vector<int64_t> splitRecords(const Dataset &dataset, const abi::Split &split) {
  std::vector<int64_t> records;
  bool whole = split.from <= 0 && split.to >= 1;
  for (int64_t record = 0; record < dataset.records(); ++record) {
    double position = whole ? 0.5 : splitPosition(dataset, record);
    if (whole || (position >= split.from && position < split.to))
      records.push_back(record);
  }
  if (records.empty()) {
    char bounds[64];
    std::snprintf(bounds, sizeof bounds, "[%g, %g)", split.from, split.to);
    throw badData("split `" + split.name + "` holds none of the " + std::to_string(dataset.records()) +
                  " records of source `" + split.source + "`: no record's hash falls in " + bounds +
                  "; give it a larger part");
  }
  return records;
}

} // namespace tl::data
