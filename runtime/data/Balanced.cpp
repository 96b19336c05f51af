// Which records an epoch takes where all classes are to be equally frequent.
#include "runtime/data/Balanced.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/data/Shuffle.h"
#include "runtime/io/Error.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <numeric>

namespace tl::data {

Balanced::Balanced(const Dataset &dataset, const abi::Field &field, int64_t count, const RecordList &all, const std::string &split)
    : field(field.name), names(field.classNames), classes(static_cast<size_t>(count)), records(std::ssize(all)) {
  int index = dataset.findField(field.name);
  std::vector<char> value(size_t(dataset.bytesPerRecord(index)));
  Dataset::Target target{index, value.data()};
  Pieces::Window window;
  for (int64_t record : all) {
    dataset.read(record, {&target, 1}, window);
    classes.at(size_t(numberAt(DType::I32, value.data(), 0))).push_back(record);
  }
  names.resize(std::min(names.size(), classes.size()));
  for (size_t number = names.size(); number < classes.size(); ++number)
    names.push_back(std::to_string(number));
  for (size_t number = 0; number < classes.size(); ++number)
    if (classes[number].empty())
      throw badData("`sample by " + field.name + "` draws all " + std::to_string(classes.size()) + " classes equally often, and none of the " +
                    counted(records, "record") + " of `" + split + "` is of class `" + names[number] + "`");
}

/// The first `count` items become `count` of them at random, in random order: of a place and those behind it one changes to it. They take draws from `first` on.
static void drawFirst(std::vector<int64_t> &items, int64_t count, const Draws &draws, int64_t first = 0) {
  for (int64_t i = 0; i < count; ++i)
    std::swap(items[size_t(i)], items[size_t(i) + draws.at(uint64_t(first + i), items.size() - size_t(i))]);
}

std::vector<int64_t> Balanced::order(uint64_t seed, uint32_t stream, int64_t epoch) const {
  constexpr uint32_t ofClasses = 0x636c6173, ofRecords = 0x73616d70; // "clas", "samp": no other draw with this seed uses these counter words
  const int64_t each = records / std::ssize(classes), rest = records % std::ssize(classes);
  std::vector<int64_t> order(classes.size());
  std::iota(order.begin(), order.end(), 0);
  drawFirst(order, rest, {seed, stream, epoch, ofClasses});
  std::vector<bool> hasMore(classes.size());
  for (int64_t i = 0; i < rest; ++i)
    hasMore[size_t(order[size_t(i)])] = true;
  std::vector<int64_t> all;
  all.reserve(size_t(records));
  for (size_t number = 0; number < classes.size(); ++number) {
    std::vector<int64_t> own = classes[number];
    const int64_t count = each + (hasMore[number] ? 1 : 0), last = count % std::ssize(own);
    for (int64_t round = 0; round < count / std::ssize(own); ++round)
      all.insert(all.end(), own.begin(), own.end());
    drawFirst(own, last, {seed, stream, epoch, ofRecords}, std::ssize(all)); // places in the epoch tell classes apart
    all.insert(all.end(), own.begin(), own.begin() + last);
  }
  shuffle(std::span(all), {seed, stream, epoch, shufflePurpose});
  return all;
}

// "15", "15 or 16"
static std::string orOneMore(int64_t all, int64_t parts) { return withCommas(all / parts) + (all % parts ? " or " + withCommas(all / parts + 1) : ""); }

std::string Balanced::text() const {
  const int64_t most = (records + std::ssize(classes) - 1) / std::ssize(classes);
  auto rarest = std::min_element(classes.begin(), classes.end(), [](const auto &a, const auto &b) { return a.size() < b.size(); });
  std::string said = "draws " + counted(records, "record") + " an epoch, " + orOneMore(records, std::ssize(classes)) + " of each of " + std::to_string(classes.size()) + " classes of `" + field + "`";
  if (std::ssize(*rarest) < most)
    said += "; `" + names[size_t(rarest - classes.begin())] + "` has " + counted(std::ssize(*rarest), "record") + ", each drawn " + orOneMore(most, std::ssize(*rarest)) + " times";
  return said;
}

} // namespace tl::data
