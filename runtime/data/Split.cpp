// Splits by the content of records, and by their position.
#include "runtime/data/Split.h"
#include "runtime/data/Condition.h"
#include "runtime/data/Philox.h"
#include "runtime/io/Error.h"
#include <cmath>
#include <cstdio>

namespace tl::data {

/// The key for splits: a constant, so that a split depends on nothing but the data and its bounds.
static constexpr std::array<uint32_t, 2> hashSeed = {0x73706c69, 0x74427948}; // "splitByH"

std::array<uint32_t, 4> splitWords(uint64_t digest) { return philox({uint32_t(digest), uint32_t(digest >> 32), 0, 0}, hashSeed); }

double splitPosition(uint64_t digest) { return splitWords(digest)[0] / 4294967296.0; }

static bool isWhole(const abi::Split &split) { return split.from <= 0 && split.to >= 1; }

bool holds(const abi::Split &split, uint64_t digest) {
  if (isWhole(split))
    return true;
  double position = splitPosition(digest);
  return position >= split.from && position < split.to;
}

Part partOf(int64_t count, const abi::Split &split) {
  auto cut = [&](double share) { return int64_t(std::floor(share * double(count) + 1e-6)); }; // 0.57 of 100 are 57
  return {cut(split.from), cut(split.to)};
}

int64_t expectedRecords(const abi::Source &source, const abi::Split &split) {
  if (split.kept >= 0)
    return split.kept;
  if (split.by != "position")
    return int64_t(std::llround(double(source.records) * (split.to - split.from)));
  Part part = partOf(source.records + source.window - 1, split);
  int64_t starts = part.to - part.from - source.window + 1;
  return starts <= 0 ? 0 : (starts - 1) / split.step + 1;
}

int64_t listBytes(int64_t sourceRecords, const abi::Split &split) {
  bool isRange = split.where.empty() && (split.by == "position" || isWhole(split));
  return isRange ? 0 : RecordList::bytes(sourceRecords);
}

static RecordList byPosition(const Dataset &dataset, const abi::Split &split) {
  Part part = partOf(dataset.records() + dataset.window() - 1, split);
  const int64_t starts = part.to - part.from - dataset.window() + 1;
  if (starts <= 0)
    throw badData("split `" + split.name + "` holds none of the records of source `" + split.source + "`: it has " +
                  std::to_string(part.to - part.from) + " entries, a record takes " + std::to_string(dataset.window()) +
                  "; give it a larger part");
  return RecordList::range(part.from, (starts - 1) / split.step + 1, split.step);
}

static RecordList allRecords(const Dataset &dataset, const abi::Split &split) {
  if (split.by == "position")
    return byPosition(dataset, split);
  Pieces::Window window;
  RecordList records = isWhole(split) ? RecordList::range(0, dataset.records()) : RecordList::of(dataset.records(), [&](int64_t record) { return holds(split, dataset.digest(record, window)); });
  if (records.empty()) {
    char bounds[64];
    std::snprintf(bounds, sizeof bounds, "[%g, %g)", split.from, split.to);
    throw badData("split `" + split.name + "` holds none of the " + std::to_string(dataset.records()) +
                  " records of source `" + split.source + "`: no record's hash falls in " + bounds +
                  "; give it a larger part");
  }
  return records;
}

RecordList splitRecords(const Dataset &dataset, const abi::Split &split) {
  const RecordList all = allRecords(dataset, split);
  if (split.where.empty())
    return all;
  Condition condition(dataset, split);
  RecordList records = all.keep([&](int64_t record) { return condition.holds(record); });
  if (records.empty())
    throw badData("split `" + split.name + "` holds none of its " + std::to_string(all.size()) + " records: none is where " + split.condition);
  return records;
}

} // namespace tl::data
