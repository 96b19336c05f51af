// Tables from bytes to numbers.
#include "runtime/tokenizers/Words.h"
#include <algorithm>

namespace tl::tokenizers {

void WordTable::grow() {
  std::vector<Slot> old(slots.empty() ? 16 : slots.size() * 2);
  old.swap(slots);
  mask = slots.size() - 1;
  for (const Slot &slot : old)
    if (slot.number >= 0) {
      size_t i = hashOf(view(slot)) & mask;
      while (slots[i].number >= 0)
        i = (i + 1) & mask;
      slots[i] = slot;
    }
}

void WordTable::add(std::string_view key, int32_t number) {
  if (2 * (count + 1) > slots.size())
    grow();
  uint64_t hash = hashOf(key);
  size_t i = hash & mask;
  for (; slots[i].number >= 0; i = (i + 1) & mask)
    if (slots[i].hash == uint32_t(hash >> 32) && view(slots[i]) == key) {
      slots[i].number = number;
      return;
    }
  slots[i] = {uint32_t(hash >> 32), uint32_t(texts.size()), uint32_t(key.size()), number};
  texts += key;
  most = std::max(most, key.size());
  ++count;
}

void WordCache::add(std::string_view piece, uint64_t hash, const Token *made, size_t tokenCount) {
  if (tokenCount == 0 || piece.size() > longest)
    return;
  if (slots.empty() || count == most) {
    slots.assign(mask + 1, Slot());
    texts.clear();
    tokens.clear();
    count = 0;
  }
  size_t i = hash & mask;
  while (slots[i].tokens)
    i = (i + 1) & mask;
  slots[i] = {hash, uint32_t(texts.size()), uint32_t(piece.size()), uint32_t(tokens.size()), uint32_t(tokenCount)};
  texts += piece;
  tokens.insert(tokens.end(), made, made + tokenCount);
  ++count;
}

} // namespace tl::tokenizers
