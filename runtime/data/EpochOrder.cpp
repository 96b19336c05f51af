// Shuffles the records of an epoch.
#include "runtime/data/EpochOrder.h"
#include "runtime/data/Philox.h"
#include "runtime/data/Sampling.h"
#include <algorithm>
#include <array>
#include <numeric>
#include <span>

namespace tl::data {

// "shuf", "mixd": no other draw with this seed uses these counter words
constexpr uint32_t ofRecords = 0x73687566, ofGroups = 0x6d697864;

EpochOrder::EpochOrder(RecordList given, const Way &way) : records(std::move(given)), way(way) {}

/// Fisher–Yates: from the last item to the second, each changes places with one of those up to it; draw i is that of place `first` + i of the epoch.
template <class Item> static void shuffle(std::span<Item> items, const EpochOrder::Way &way, int64_t epoch, uint32_t purpose, int64_t first = 0) {
  const std::array<uint32_t, 2> key = {uint32_t(way.seed), uint32_t(way.seed >> 32)};
  auto drawn = [&](uint64_t i) {
    auto bits = philox({uint32_t(uint64_t(first) + i), uint32_t(epoch), way.stream, purpose}, key);
    uint64_t uniform = uint64_t{bits[1]} << 32 | bits[0];
    return uint64_t((static_cast<unsigned __int128>(uniform) * (i + 1)) >> 64); // in [0, i]; bias below 2^-32
  };
  std::array<uint64_t, 16> others; // of the next swaps, asked for ahead: millions of records lie in memory, not in a cache
  for (uint64_t i = items.size() - 1; i > 0;) {
    const uint64_t count = std::min<uint64_t>(i, others.size());
    for (uint64_t k = 0; k < count; ++k)
      __builtin_prefetch(&items[others[k] = drawn(i - k)], 1);
    for (uint64_t k = 0; k < count; ++k, --i)
      std::swap(items[i], items[others[k]]);
  }
}

void EpochOrder::arrange(int64_t next) {
  if (!way.shuffle || next == epoch)
    return;
  epoch = next;
  const int64_t count = isMixed() ? blocks() : size();
  if (way.sampling || (!isMixed() && count > int64_t{UINT32_MAX})) {
    numbers = {}; // before there are others
    numbers = way.sampling ? way.sampling->drawn(way.seed, way.stream, epoch) : records.numbers();
    return shuffle(std::span(numbers), way, epoch, ofRecords);
  }
  places.resize(size_t(count));
  std::iota(places.begin(), places.end(), 0);
  shuffle(std::span(places), way, epoch, ofRecords);
  lastAt = std::find(places.begin(), places.end(), uint32_t(count - 1)) - places.begin();
}

int64_t EpochOrder::operator[](int64_t place) const {
  if (!way.shuffle)
    return records[size_t(place)];
  return numbers.empty() ? records[places[size_t(place)]] : numbers[size_t(place)];
}

int64_t EpochOrder::startOf(int64_t block) const { return block * way.inBlock - (block > lastAt ? blocks() * way.inBlock - size() : 0); }

void EpochOrder::take(int64_t place, Group &into) const {
  int64_t block = place / way.inBlock; // or the next one, where a shorter one lies before it
  block += startOf(block + 1) <= place;
  block -= block % blocksMixed;
  const int64_t end = std::min(block + blocksMixed, blocks());
  into.epoch = epoch;
  into.first = startOf(block);
  into.records.clear();
  for (; block < end; ++block) {
    const int64_t first = int64_t(places[size_t(block)]) * way.inBlock;
    std::copy(records.from(first), records.from(std::min(first + way.inBlock, size())), std::back_inserter(into.records));
  }
  std::vector<uint32_t> order(into.records.size());
  std::iota(order.begin(), order.end(), 0);
  shuffle(std::span(order), way, epoch, ofGroups, into.first);
  into.rows.resize(order.size());
  for (size_t row = 0; row < order.size(); ++row)
    into.rows[order[row]] = uint32_t(row);
}

int64_t EpochOrder::bytes(int64_t records, const Way &way) {
  if (!way.shuffle)
    return 0;
  if (way.sampling || way.inBlock == 1)
    return records * int64_t(way.sampling || records > int64_t{UINT32_MAX} ? sizeof(int64_t) : sizeof(uint32_t));
  return records / way.inBlock * int64_t(sizeof(uint32_t)) + std::min(records, blocksMixed * way.inBlock) * int64_t(sizeof(int64_t) + 2 * sizeof(uint32_t));
}

} // namespace tl::data
