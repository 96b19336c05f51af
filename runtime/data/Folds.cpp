// Folds of records by their content, and what words a part of the records knows.
#include "runtime/data/Folds.h"
#include "runtime/data/FoldParts.h"
#include "runtime/data/GroupField.h"
#include "runtime/data/Philox.h"
#include "runtime/data/Split.h"
#include "runtime/io/Error.h"

namespace tl::data {

int64_t foldOf(uint64_t digest, int64_t parts) {
  // Another word than that which says in which split the record is: of one split the parts are then as large as of another.
  return int64_t(uint64_t(splitWords(digest)[1]) * uint64_t(parts) >> 32);
}

static std::vector<uint16_t> byContent(const Dataset &dataset, const RecordList &all, int64_t parts) {
  std::vector<uint16_t> partOf;
  partOf.reserve(all.size());
  Pieces::Window window;
  for (int64_t record : all)
    partOf.push_back(uint16_t(foldOf(dataset.digest(record, window), parts)));
  return partOf;
}

Folds::Folds(const Dataset &dataset, const RecordList &train, const RecordList &val, int64_t parts, const abi::Field *by)
    : all(RecordList::of(dataset.records(), [&](int64_t record) { return train.contains(record) || val.contains(record); })) {
  const std::vector<uint16_t> partOf = !by ? byContent(dataset, all, parts) : isGroup(*by) ? partsByGroup(dataset, all, parts)
                                                                                           : partsByClass(dataset, all, *by, parts);
  for (int64_t part = 0; part < parts; ++part) {
    auto at = partOf.begin();
    this->parts.push_back(all.keep([&](int64_t) { return *at++ == part; }));
    if (this->parts.back().empty())
      throw badData("part " + std::to_string(part + 1) + " of " + std::to_string(parts) + " holds none of the " + std::to_string(all.size()) + " records that folds share out; write fewer `parts`");
  }
}

RecordList Folds::without(size_t part) const {
  return all.keep([&](int64_t record) { return !parts[part].contains(record); });
}

int64_t Folds::bytes(int64_t sourceRecords, const abi::Folds &about) {
  return (about.parts + 2) * RecordList::bytes(sourceRecords) + sourceRecords * (int64_t(sizeof(uint16_t)) + (about.by.empty() ? 0 : partingBytes));
}

std::vector<int32_t> knownEntries(const Dataset &dataset, const RecordList &records, const abi::Field &field, int64_t least) {
  std::vector<int64_t> counts(field.vocabulary.size());
  const int index = dataset.findField(field.name);
  std::vector<int32_t> numbers(size_t(dataset.bytesPerRecord(index)) / sizeof(int32_t));
  const Dataset::Target target{index, reinterpret_cast<char *>(numbers.data())};
  Pieces::Window window;
  for (int64_t record : records) {
    dataset.read(record, {&target, 1}, window);
    for (int32_t number : numbers)
      ++counts[size_t(number)];
  }
  auto unknown = int32_t(field.tokens == "categories" ? 0 : field.special.at("unknown"));
  std::vector<int32_t> known;
  for (int32_t entry = 0; entry < std::ssize(counts); ++entry) {
    const bool isSpecial = abi::isSpecial(field, entry);
    if (isSpecial && field.tokens == "categories")
      unknown = entry; // the values of its column follow
    known.push_back(isSpecial || counts[size_t(entry)] >= least ? entry : unknown);
  }
  return known;
}

} // namespace tl::data
