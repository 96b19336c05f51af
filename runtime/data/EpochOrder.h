// In which order an epoch takes the records of a split: a function of the records, the seed, the stream and the epoch alone.
#pragma once
#include "runtime/data/RecordList.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace tl::data {

class Sampling;

/// Ascending; or shuffled, another way each epoch. Where the records of a source lie in no order of their own, `inBlock` of them that follow each other
/// are as good as so many that are drawn: then whole blocks are shuffled, and the records of `blocksMixed` blocks among each other. So the next
/// records lie in a few places of the source, and memory holds a number for each block.
class EpochOrder {
public:
  static constexpr int64_t blocksMixed = 8;
  struct Way {
    bool shuffle = false;
    uint64_t seed = 0;
    uint32_t stream = 0;
    const Sampling *sampling = nullptr; // says which records come, one by one
    int64_t inBlock = 1;
    bool isMixed() const { return shuffle && !sampling && inBlock > 1; }
  };
  EpochOrder(RecordList records, const Way &way);

  int64_t size() const { return std::ssize(records); }
  void arrange(int64_t epoch);
  bool isMixed() const { return way.isMixed(); }
  /// The record at a place of the epoch; where they are not mixed.
  int64_t operator[](int64_t place) const;

  /// Of blocks that are mixed.
  struct Group {
    int64_t epoch = -1, first = 0; // place
    std::vector<int64_t> records;  // of one block after the other
    std::vector<uint32_t> rows;    // of each: how far behind `first` it is
    bool has(int64_t ofEpoch, int64_t place) const { return epoch == ofEpoch && place >= first && place < first + std::ssize(records); }
  };
  /// The one with that place; where they are mixed.
  void take(int64_t place, Group &into) const;

  /// Bytes held, and of a group; of a split of so many records.
  static int64_t bytes(int64_t records, const Way &way);

private:
  int64_t blocks() const { return (size() + way.inBlock - 1) / way.inBlock; }
  /// The place in the epoch at which the block at a place of `places` starts: all are whole but one.
  int64_t startOf(int64_t block) const;

  RecordList records;
  Way way;
  int64_t epoch = -1;
  std::vector<uint32_t> places; // in `records`, of blocks of them where they are mixed
  std::vector<int64_t> numbers; // in place of `places`: of records that are drawn, or too many for these
  int64_t lastAt = 0;           // where in `places` the last block is, which may have fewer records
};

} // namespace tl::data
