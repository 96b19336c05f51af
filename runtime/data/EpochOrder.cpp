// Shuffles the records of an epoch.
#include "runtime/data/EpochOrder.h"
#include "runtime/data/Sampling.h"
#include "runtime/data/Shuffle.h"
#include <algorithm>
#include <numeric>

namespace tl::data {

constexpr uint32_t ofGroups = 0x6d697864; // "mixd"

EpochOrder::EpochOrder(RecordList given, const Way &way) : records(std::move(given)), way(way) {}

void EpochOrder::arrange(int64_t next) {
  if (!way.shuffle || next == epoch)
    return;
  epoch = next;
  const int64_t count = isMixed() ? blocks() : size();
  const Draws draws{way.seed, way.stream, epoch, shufflePurpose};
  if (way.sampling || (!isMixed() && count > int64_t{UINT32_MAX})) {
    numbers = std::vector<int64_t>(); // before there are others; `{}` would keep their memory
    numbers = way.sampling ? way.sampling->order(way.seed, way.stream, epoch) : records.numbers();
    if (!way.sampling)
      shuffle(std::span(numbers), draws);
    return;
  }
  places.resize(size_t(count));
  std::iota(places.begin(), places.end(), 0);
  shuffle(std::span(places), draws);
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
  shuffle(std::span(order), {way.seed, way.stream, epoch, ofGroups}, into.first);
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
