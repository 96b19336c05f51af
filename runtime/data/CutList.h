// Which records of a field have more tokens than it holds, in few bytes: of a long source it may be all of them.
#pragma once
#include <cstdint>
#include <string>

namespace tl::data {

/// A record whose text has more tokens than its field.
struct CutRecord {
  int64_t record, tokens; // which, and how many have no place
  int64_t labels;         // of its words: those that went with them
  bool operator==(const CutRecord &) const = default;
};

/// Three numbers a record, small ones in a byte: how far it is from the one before, and what is cut.
class CutList {
public:
  /// Of a record, with what a list that grows has left.
  static constexpr int64_t usualBytes = 4;
  /// `cut` is behind all that are there.
  void add(const CutRecord &cut) {
    for (int64_t number : {cut.record - last, cut.tokens, cut.labels})
      put(uint64_t(number));
    last = cut.record;
  }

  /// In their order.
  template <class Take> void each(Take take) const {
    size_t at = 0;
    for (CutRecord cut{0, 0, 0}; at < bytes.size();) {
      cut.record += int64_t(next(at));
      cut.tokens = int64_t(next(at));
      cut.labels = int64_t(next(at));
      take(cut);
    }
  }

private:
  /// Seven bits a byte, the lowest first; the eighth says that more follow.
  void put(uint64_t number) {
    for (; number > 127; number >>= 7)
      bytes += char(0x80 | (number & 0x7f));
    bytes += char(number);
  }
  uint64_t next(size_t &at) const {
    uint64_t number = 0;
    for (int shift = 0;; shift += 7) {
      uint8_t byte = uint8_t(bytes[at++]);
      number |= uint64_t(byte & 0x7f) << shift;
      if (byte < 0x80)
        return number;
    }
  }

  std::string bytes;
  int64_t last = 0;
};

} // namespace tl::data
