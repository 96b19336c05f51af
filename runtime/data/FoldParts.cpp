// In which part of folds a record is, where more than its content decides.
#include "runtime/data/FoldParts.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/data/Split.h"
#include "runtime/io/Error.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

namespace tl::data {

namespace {

/// In the order of a hash that nobody can know the records by, whatever their order in the file.
struct Known {
  uint32_t word;
  uint32_t place; // in the list
  uint64_t digest;
  int64_t number; // its class
  bool operator<(const Known &other) const { return std::tie(word, digest, number, place) < std::tie(other.word, other.digest, other.number, other.place); }
};

/// The part with the fewest, and of several the first.
size_t least(const std::vector<std::pair<int64_t, int64_t>> &counts) { return size_t(std::min_element(counts.begin(), counts.end()) - counts.begin()); }

} // namespace

std::vector<uint16_t> partsByClass(const Dataset &dataset, const RecordList &records, const abi::Field &field, int64_t parts) {
  const int index = dataset.findField(field.name);
  std::vector<char> value(size_t(dataset.bytesPerRecord(index)));
  const Dataset::Target target{index, value.data()};
  Pieces::Window window;
  std::vector<Known> all;
  all.reserve(records.size());
  for (int64_t record : records) {
    dataset.read(record, {&target, 1}, window);
    const uint64_t digest = dataset.digest(record, window);
    all.push_back({splitWords(digest)[1], uint32_t(all.size()), digest, int64_t(numberAt(DType::I32, value.data(), 0))});
  }
  std::sort(all.begin(), all.end());
  std::vector<uint16_t> partOf(all.size());
  std::vector<int64_t> sizes(static_cast<size_t>(parts));
  std::map<int64_t, std::vector<int64_t>> dealt; // by class: how many each part has
  std::map<int64_t, int64_t> met; // different records
  for (auto from = all.begin(); from != all.end();) {
    auto to = std::find_if(from, all.end(), [&](const Known &other) { return other.digest != from->digest; });
    const std::vector<int64_t> &own = dealt.try_emplace(from->number, size_t(parts), 0).first->second;
    std::vector<std::pair<int64_t, int64_t>> counts;
    for (size_t part = 0; part < own.size(); ++part)
      counts.emplace_back(own[part], sizes[part]);
    const size_t part = least(counts);
    sizes[part] += to - from;
    for (auto before = to; from != to; before = from++) { // equal ones stay together, and some readers know records without their classes
      partOf[from->place] = uint16_t(part);
      ++dealt.try_emplace(from->number, size_t(parts), 0).first->second[part];
      met[from->number] += before == to || before->number != from->number;
    }
  }
  for (const auto &[number, count] : met)
    if (count < parts) {
      const std::string name = size_t(number) < field.classNames.size() ? field.classNames[size_t(number)] : std::to_string(number);
      throw badData("class `" + name + "` of `" + field.name + "` has " + counted(count, "different record") + " among the " + withCommas(std::ssize(records)) + " that folds share out, fewer than the " +
                    std::to_string(parts) + " parts: not each could have one; write fewer `parts`, bring more of its records, or leave `by " + field.name + "` out");
    }
  return partOf;
}

std::vector<uint16_t> partsByGroup(const Dataset &dataset, const RecordList &records, int64_t parts) {
  const int index = dataset.findField(abi::groupField);
  std::vector<char> value(size_t(dataset.bytesPerRecord(index)));
  const Dataset::Target target{index, value.data()};
  Pieces::Window window;
  std::vector<std::pair<uint64_t, uint32_t>> all; // the group, and the place in the list
  all.reserve(records.size());
  for (int64_t record : records) {
    dataset.read(record, {&target, 1}, window);
    uint64_t group = 0;
    std::memcpy(&group, value.data(), sizeof group);
    all.emplace_back(group, uint32_t(all.size()));
  }
  std::sort(all.begin(), all.end());
  auto isNew = [&](size_t i) { return i == 0 || all[i].first != all[i - 1].first; };
  int64_t groups = 0;
  for (size_t i = 0; i < all.size(); ++i)
    groups += isNew(i);
  if (groups < parts)
    throw badData("`" + std::string(abi::groupField) + "` has " + counted(groups, "different value") + " in the " + withCommas(std::ssize(records)) + " records that folds share out, fewer than the " + std::to_string(parts) +
                  " parts: not each could have one; write fewer `parts`");
  struct Sized {
    int64_t size;
    uint32_t word, from; // where it begins in `all`
    bool operator<(const Sized &other) const { return std::tuple(-size, word, from) < std::tuple(-other.size, other.word, other.from); }
  };
  std::vector<Sized> order; // the largest first, then by a hash
  order.reserve(size_t(groups));
  for (size_t i = 0; i < all.size(); ++i)
    if (isNew(i))
      order.push_back({1, splitWords(all[i].first)[1], uint32_t(i)});
    else
      ++order.back().size;
  std::sort(order.begin(), order.end());
  std::vector<std::pair<int64_t, int64_t>> counts(static_cast<size_t>(parts)); // of records, and of groups
  std::vector<uint16_t> partOf(all.size());
  for (const Sized &group : order) {
    const size_t part = least(counts);
    counts[part].first += group.size;
    ++counts[part].second;
    for (size_t i = 0; i < size_t(group.size); ++i)
      partOf[all[group.from + i].second] = uint16_t(part);
  }
  return partOf;
}

} // namespace tl::data
