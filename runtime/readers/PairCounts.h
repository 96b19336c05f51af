// How often two words stand near each other, each time weighted by 1 / distance. The sums are whole numbers until they are given out, so they do
// not depend on what was added when, nor on what was put aside on disk meanwhile.
#pragma once
#include "runtime/io/File.h"
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace tl::data {

/// Two words and their count, as they lie in memory and in the file that keeps them.
struct PairCount {
  int32_t first, second;
  float count;
};
static_assert(sizeof(PairCount) == 12);

class PairCounts {
public:
  static constexpr int64_t mostReach = 28;        // beyond, sums of what all distances divide would not fit
  static constexpr size_t usualSlots = 1 << 24;   // 256 MiB
  struct Way {
    int64_t reach;           // words to either side that are near
    bool isSymmetric = true; // else a pair is of the earlier word and the later one
    size_t slots = usualSlots; // a power of two: half as many pairs are held, more go to disk, sorted
  };
  explicit PairCounts(const Way &way);

  /// What follows is near nothing before.
  void endLine() { near.clear(); }
  void add(int32_t word);

  /// Gives all pairs out, some at a time, by a hash of their words, so that who takes those that follow each other draws among all; of a symmetric
  /// one the order of the lesser word first and then the other.
  using Take = std::function<void(std::span<const PairCount>)>;
  void finish(const Take &take);

  /// Bytes that so many different pairs take at most while they are counted, and once they are given out. Two orders of two words are one, where they are so.
  static int64_t bytes(int64_t different);
  static int64_t bytesAtEnd(int64_t different);

private:
  struct Sum {
    uint64_t key, sum; // the hash, of which the words can be told; sum 0: a free slot
  };
  struct Run {
    int64_t at, count; // in the file, in sums
  };
  class RunReader;
  void addTo(uint64_t key, uint64_t weight);
  size_t homeOf(uint64_t key) const;
  size_t slotOf(uint64_t key) const;
  void grow();
  std::vector<Sum> takeSorted();
  void putAside();
  void merge(std::vector<Sum> last, const std::function<void(Sum)> &take) const;

  Way way;
  uint64_t unit = 1;             // what stands for 1: every distance divides it
  std::vector<uint64_t> weights; // by distance
  std::vector<int32_t> near;     // of the line, the nearest last
  std::vector<Sum> table;
  size_t used = 0;
  std::vector<io::File> aside; // one file without a name, to write and to read; none yet
  std::vector<Run> runs;
};

} // namespace tl::data
