// The table of classes, in blocks that are shared where they are equal.
#include "runtime/tokenizers/Classes.h"
#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <utf8proc.h>

namespace tl::tokenizers {

namespace {

struct Run {
  char32_t first, last;
  int32_t value;
};

#define LOWER(first, last, distance)
#define CLASS(first, last, bits) {first, last, bits},
constexpr Run classRuns[] = {
#include "runtime/tokenizers/Classes.def"
};
#undef LOWER
#undef CLASS
#define CLASS(first, last, bits)
#define LOWER(first, last, distance) {first, last, distance},
constexpr Run youngLower[] = {
#include "runtime/tokenizers/Classes.def"
};
#undef LOWER
#undef CLASS

constexpr char32_t codes = 0x110000, blockCodes = char32_t(1) << detail::blockBits;
using Block = std::array<uint16_t, blockCodes>;

const uint16_t *const *makeBlocks() {
  static std::deque<Block> blocks;
  static std::array<const uint16_t *, codes / blockCodes> table;
  std::map<Block, const uint16_t *> known;
  const Run *run = std::begin(classRuns);
  for (char32_t first = 0; first < codes; first += blockCodes) {
    Block block{};
    for (; run != std::end(classRuns) && run->first < first + blockCodes; ++run) {
      for (char32_t code = std::max(first, run->first); code <= std::min(run->last, char32_t(first + blockCodes - 1)); ++code)
        block[code - first] = uint16_t(run->value);
      if (run->last >= first + blockCodes)
        break;
    }
    const uint16_t *&at = known[block];
    if (!at)
      at = blocks.emplace_back(block).data();
    table[first / blockCodes] = at;
  }
  return table.data();
}

} // namespace

const uint16_t *const *detail::classBlocks = nullptr;

void readClasses() {
  static const uint16_t *const *const made = makeBlocks();
  detail::classBlocks = made;
}

char32_t lowered(char32_t code) {
  if (code < 0x80)
    return code >= 'A' && code <= 'Z' ? code + 32 : code;
  if (code >= youngLower[0].first)
    for (const Run &run : youngLower)
      if (code >= run.first && code <= run.last)
        return char32_t(int32_t(code) + run.value);
  return char32_t(utf8proc_tolower(utf8proc_int32_t(code)));
}

} // namespace tl::tokenizers
