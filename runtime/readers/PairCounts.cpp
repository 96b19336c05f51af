// A hash table of sums by a hash that no two pairs share; each time that it is full it becomes a sorted run on disk, and the runs are merged.
#include "runtime/readers/PairCounts.h"
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <numeric>
#include <queue>
#include <unistd.h>

namespace tl::data {

constexpr size_t fewestSlots = 1 << 12, blockSums = 1 << 12;

PairCounts::PairCounts(const Way &way) : way(way), table(std::min(way.slots, fewestSlots)) {
  for (int64_t distance = 1; distance <= way.reach; ++distance)
    unit = std::lcm(unit, uint64_t(distance));
  for (int64_t distance = 0; distance <= way.reach; ++distance)
    weights.push_back(distance ? unit / uint64_t(distance) : 0);
}

// MurmurHash3's last steps, each of which can be taken back: the inverse of an odd factor modulo 2^64 comes of five rounds of Newton's.
constexpr uint64_t factors[] = {0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53};

constexpr uint64_t inverse(uint64_t factor) {
  uint64_t found = factor; // right in three bits, and in twice as many after each round
  for (int round = 0; round < 5; ++round)
    found *= 2 - factor * found;
  return found;
}

static uint64_t keyOf(int32_t first, int32_t second) {
  uint64_t key = uint64_t(uint32_t(first)) << 32 | uint32_t(second);
  for (uint64_t factor : factors)
    key = (key ^ key >> 33) * factor;
  return key ^ key >> 33;
}

/// Both words.
static uint64_t wordsOf(uint64_t key) {
  constexpr uint64_t inverses[] = {inverse(factors[1]), inverse(factors[0])};
  static_assert(factors[0] * inverses[1] == 1 && factors[1] * inverses[0] == 1);
  for (uint64_t factor : inverses)
    key = (key ^ key >> 33) * factor;
  return key ^ key >> 33;
}

void PairCounts::add(int32_t word) {
  auto count = std::min(near.size(), size_t(way.reach));
  for (size_t distance = 1; distance <= count; ++distance) {
    int32_t other = near[near.size() - distance];
    bool isTurned = way.isSymmetric && other > word;
    addTo(isTurned ? keyOf(word, other) : keyOf(other, word), weights[distance]);
  }
  if (near.size() == 2 * size_t(way.reach)) // now and then, not with each word
    near.erase(near.begin(), near.end() - way.reach);
  near.push_back(word);
}

/// Where a key would be were it alone: keys lie nearly in order.
size_t PairCounts::homeOf(uint64_t key) const { return size_t(key >> (64 - std::countr_zero(table.size()))); }

/// Of the key, or free.
size_t PairCounts::slotOf(uint64_t key) const {
  size_t mask = table.size() - 1, slot = homeOf(key);
  while (table[slot].sum && table[slot].key != key)
    slot = (slot + 1) & mask;
  return slot;
}

void PairCounts::addTo(uint64_t key, uint64_t weight) {
  Sum &found = table[slotOf(key)];
  found.key = key;
  used += found.sum == 0;
  found.sum += weight;
  if (2 * used < table.size())
    return;
  if (table.size() < way.slots)
    grow();
  else
    putAside();
}

void PairCounts::grow() {
  std::vector<Sum> before(2 * table.size());
  before.swap(table);
  for (const Sum &sum : before)
    if (sum.sum)
      table[slotOf(sum.key)] = sum;
}

std::vector<PairCounts::Sum> PairCounts::takeSorted() {
  std::vector<Sum> sums;
  sums.reserve(used);
  auto isOver = [&](const Sum &sum) { return homeOf(sum.key) > size_t(&sum - table.data()); }; // at the front, since the end was full
  auto take = [&](bool areOver) { std::copy_if(table.begin(), table.end(), std::back_inserter(sums), [&](const Sum &sum) { return sum.sum != 0 && isOver(sum) == areOver; }); };
  take(false);
  take(true);
  for (size_t i = 1; i < sums.size(); ++i) // each is but a few places from its own
    for (size_t at = i; at > 0 && sums[at].key < sums[at - 1].key; --at)
      std::swap(sums[at], sums[at - 1]);
  used = 0;
  return sums;
}

/// A file without a name, which is gone with the process.
static void openAside(std::vector<io::File> &into) {
  const char *folder = std::getenv("TMPDIR");
  std::string path = io::joinPath(folder && *folder ? folder : "/tmp", "tl-pairs-" + std::to_string(getpid()) + "-XXXXXX");
  if (int made = mkstemp(path.data()); made >= 0)
    close(made); // opened again below, with errors that name it
  else
    throw badData("cannot make `" + path + "`, for pairs that memory does not hold; set TMPDIR to a folder with room");
  into.push_back(io::File::openAppend(path));
  into.push_back(io::File::openRead(path));
  unlink(path.c_str());
}

void PairCounts::putAside() {
  if (aside.empty())
    openAside(aside);
  std::vector<Sum> sums = takeSorted();
  std::fill(table.begin(), table.end(), Sum{});
  aside.front().write({reinterpret_cast<const char *>(sums.data()), sums.size() * sizeof(Sum)});
  runs.push_back({runs.empty() ? 0 : runs.back().at + runs.back().count, std::ssize(sums)});
}

/// A run from front to back; the last one is in memory.
class PairCounts::RunReader {
public:
  RunReader(const io::File &file, Run run) : file(&file), run(run) { fill(); }
  explicit RunReader(std::vector<Sum> sums) : block(std::move(sums)) {}
  bool isEnd() const { return at == block.size(); }
  const Sum &front() const { return block[at]; }
  void next() {
    if (++at == block.size())
      fill();
  }

private:
  void fill() {
    at = 0;
    block.resize(size_t(std::min<int64_t>(run.count, blockSums)));
    if (block.empty())
      return;
    file->readAt(reinterpret_cast<char *>(block.data()), block.size() * sizeof(Sum), run.at * int64_t(sizeof(Sum)));
    run.at += std::ssize(block);
    run.count -= std::ssize(block);
  }
  const io::File *file = nullptr;
  Run run{0, 0};
  std::vector<Sum> block;
  size_t at = 0;
};

void PairCounts::merge(std::vector<Sum> last, const std::function<void(Sum)> &take) const {
  std::vector<RunReader> readers;
  for (const Run &run : runs)
    readers.emplace_back(aside.back(), run);
  readers.emplace_back(std::move(last));
  auto isLater = [&](size_t a, size_t b) { return readers[a].front().key > readers[b].front().key; };
  std::priority_queue<size_t, std::vector<size_t>, decltype(isLater)> order(isLater);
  for (size_t i = 0; i < readers.size(); ++i)
    if (!readers[i].isEnd())
      order.push(i);
  Sum sum{0, 0};
  while (!order.empty()) {
    size_t least = order.top();
    order.pop();
    Sum next = readers[least].front();
    readers[least].next();
    if (!readers[least].isEnd())
      order.push(least);
    if (sum.sum && sum.key != next.key)
      take(std::exchange(sum, Sum{next.key, 0}));
    sum = {next.key, sum.sum + next.sum};
  }
  if (sum.sum)
    take(sum);
}

void PairCounts::finish(const Take &take) {
  std::vector<PairCount> block;
  std::vector<Sum> last = takeSorted();
  table = std::vector<Sum>(); // `{}` would keep its memory
  merge(std::move(last), [&](Sum sum) {
    const uint64_t words = wordsOf(sum.key);
    auto first = int32_t(words >> 32), second = int32_t(words);
    bool isTwice = way.isSymmetric && first == second; // each of the two is near the other
    auto count = float(double(isTwice ? 2 * sum.sum : sum.sum) / double(unit));
    block.push_back({first, second, count});
    if (way.isSymmetric && first != second)
      block.push_back({second, first, count});
    if (block.size() >= blockSums) {
      take(block);
      block.clear();
    }
  });
  if (!block.empty())
    take(block);
}

static int64_t slotsFor(int64_t different) {
  size_t slots = fewestSlots;
  while (slots < PairCounts::usualSlots && 2 * size_t(different) >= slots)
    slots *= 2;
  return int64_t(slots);
}

/// A table that grows has another one of half its size beside it; one that is given out, or put aside, its sums in order, of which it holds half as many.
int64_t PairCounts::bytes(int64_t different) { return slotsFor(different) * int64_t(sizeof(Sum)) * 3 / 2; }

int64_t PairCounts::bytesAtEnd(int64_t different) { return std::min(different, slotsFor(different) / 2) * int64_t(sizeof(Sum)); }

} // namespace tl::data
