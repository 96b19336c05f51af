// Tables from bytes to numbers, laid out for being asked often.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tl::tokenizers {

inline uint64_t hashOf(std::string_view key) {
  uint64_t hash = key.size() * 0x9e3779b97f4a7c15;
  const char *at = key.data();
  size_t left = key.size();
  auto mix = [&](uint64_t word) {
    hash = (hash ^ word) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  };
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    mix(word);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, at, left);
  mix(rest ^ uint64_t(left) << 56);
  return hash;
}

/// Numbers of texts. The last number given for a text is the one it has.
class WordTable {
public:
  void add(std::string_view key, int32_t number);
  /// -1 where there is none.
  int32_t find(std::string_view key) const {
    if (slots.empty())
      return -1;
    uint64_t hash = hashOf(key);
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
      const Slot &slot = slots[i];
      if (slot.number < 0)
        return -1;
      if (slot.hash == uint32_t(hash >> 32) && view(slot) == key)
        return slot.number;
    }
  }
  size_t size() const { return count; }
  size_t longest() const { return most; } // in bytes

private:
  struct Slot {
    uint32_t hash = 0, from = 0, bytes = 0;
    int32_t number = -1;
  };
  std::string_view view(const Slot &slot) const { return {texts.data() + slot.from, slot.bytes}; }
  void grow();
  std::vector<Slot> slots;
  std::string texts;
  size_t mask = 0, count = 0, most = 0;
};

/// One token of a piece: bytes [from, to) of it.
struct Token {
  int32_t id;
  uint32_t from, to;
};

/// What pieces were made of before. Forgets all where it has grown large.
class WordCache {
public:
  /// Appends the tokens; false where the piece is not known.
  bool find(std::string_view piece, uint64_t hash, std::vector<Token> &into) const {
    if (slots.empty())
      return false;
    for (size_t i = hash & mask; slots[i].tokens; i = (i + 1) & mask)
      if (slots[i].hash == hash && std::string_view(texts.data() + slots[i].text, slots[i].bytes) == piece) {
        const Token *from = tokens.data() + slots[i].token;
        into.insert(into.end(), from, from + slots[i].tokens);
        return true;
      }
    return false;
  }
  void add(std::string_view piece, uint64_t hash, const Token *made, size_t tokenCount);

private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t text = 0, bytes = 0, token = 0, tokens = 0;
  };
  static constexpr size_t most = 1 << 14, longest = 128;
  static constexpr size_t mask = 2 * most - 1;
  std::vector<Slot> slots;
  std::string texts;
  std::vector<Token> tokens;
  size_t count = 0;
};

} // namespace tl::tokenizers
