// Orders of an epoch by a number that each record has.
#include "runtime/data/ByValue.h"
#include "runtime/data/Shuffle.h"
#include "runtime/io/Format.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <tuple>

namespace tl::data {

// "alik", "rank", "rise": no other draw with this seed uses these counter words
constexpr uint32_t ofBatches = 0x616c696b, ofEqualOnes = 0x72616e6b, ofOpenOnes = 0x72697365;

bool RecordValues::areEqual() const { return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end(); }

static std::vector<int64_t> upTo(int64_t count) {
  std::vector<int64_t> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// The places, those of the least values first, equal ones as they stand.
static void sortByValue(std::span<int64_t> places, const std::vector<float> &values) {
  std::vector<std::tuple<float, size_t, int64_t>> keyed;
  keyed.reserve(places.size());
  for (size_t i = 0; i < places.size(); ++i)
    keyed.emplace_back(values[size_t(places[i])], i, places[i]);
  std::sort(keyed.begin(), keyed.end());
  for (size_t i = 0; i < places.size(); ++i)
    places[i] = std::get<2>(keyed[i]);
}

Alike::Alike(RecordValues of, int64_t batch) : of(std::move(of)), batch(batch) {}

/// Each has two batches at least, where there are as many, as sorting one changes nothing, and a fourth of all at most, so that no epoch has the batches of another.
int64_t Alike::pieces() const { return std::max<int64_t>(1, batches() / std::clamp<int64_t>(batches() / 4, 2, 50)); }

std::vector<int64_t> Alike::order(uint64_t seed, uint32_t stream, int64_t epoch) const {
  std::vector<int64_t> places = upTo(std::ssize(of.values)), numbers = upTo(batches());
  shuffle(std::span(places), {seed, stream, epoch, shufflePurpose});
  for (int64_t piece = 0; piece < pieces(); ++piece) {
    const int64_t first = batches() * piece / pieces() * batch, end = batches() * (piece + 1) / pieces() * batch;
    sortByValue(std::span(places).subspan(size_t(first), size_t(end - first)), of.values);
  }
  shuffle(std::span(numbers), {seed, stream, epoch, ofBatches});
  std::vector<int64_t> all;
  all.reserve(places.size());
  for (int64_t number : numbers)
    for (int64_t place = number * batch; place < (number + 1) * batch; ++place)
      all.push_back(of.records[size_t(places[size_t(place)])]);
  for (int64_t place = batches() * batch; place < std::ssize(places); ++place)
    all.push_back(of.records[size_t(places[size_t(place)])]);
  return all;
}

std::string Alike::text() const {
  if (of.areEqual())
    return "all " + counted(std::ssize(of.values), "record") + " are alike in " + of.name + ": batches are drawn as ever";
  if (batches() < 2)
    return counted(std::ssize(of.values), "record") + " make no two batches of " + withCommas(batch) + ", so that none has others for what is alike in " + of.name;
  return "batches of records alike in " + of.name + ", sorted in pieces of " + withCommas(batches() / pieces()) + (batches() % pieces() ? " or " + withCommas(batches() / pieces() + 1) : "") + " batches";
}

Rising::Rising(RecordValues of, double from, double epochs) : of(std::move(of)), from(from), epochs(epochs) {}

int64_t Rising::open(int64_t epoch, int64_t place) const {
  const auto count = double(of.values.size());
  const double passed = std::min(1.0, (double(epoch) + double(place) / count) / epochs);
  return std::clamp<int64_t>(int64_t(std::ceil(count * (from + (1 - from) * passed))), 1, std::ssize(of.values));
}

std::vector<int64_t> Rising::order(uint64_t seed, uint32_t stream, int64_t epoch) const {
  std::vector<int64_t> ranked = upTo(std::ssize(of.values));
  shuffle(std::span(ranked), {seed, stream, 0, ofEqualOnes}); // else the first ones of the files were the easiest of equal ones; the same in all epochs
  sortByValue(ranked, of.values);
  std::vector<int64_t> left, all;
  all.reserve(ranked.size());
  const Draws draws{seed, stream, epoch, ofOpenOnes};
  for (int64_t known = 0, place = 0; place < std::ssize(ranked); ++place) {
    const int64_t opened = open(epoch, place);
    left.insert(left.end(), ranked.begin() + known, ranked.begin() + opened);
    known = opened;
    if (left.empty())
      left.assign(ranked.begin(), ranked.begin() + opened);
    std::swap(left[draws.at(uint64_t(place), left.size())], left.back());
    all.push_back(of.records[size_t(left.back())]);
    left.pop_back();
  }
  return all;
}

std::string Rising::text() const {
  if (of.areEqual())
    return "all " + counted(std::ssize(of.values), "record") + " are alike in " + of.name + ": none is easier than another, and which are drawn first is random";
  return "rises by " + of.name + ", from the least " + withCommas(open(0, 0)) + " of " + counted(std::ssize(of.values), "record") + " to all of them in " + format("%.3g", epochs) + (epochs == 1 ? " epoch" : " epochs");
}

} // namespace tl::data
