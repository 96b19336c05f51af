// The table of scripts.
#include "runtime/tokenizers/Scripts.h"
#include <algorithm>
#include <iterator>

namespace tl::tokenizers {

namespace {

struct Range {
  char32_t first, last;
  uint8_t script;
};

constexpr Range ranges[] = {
#define SCRIPT(FIRST, LAST, NUMBER) {FIRST, LAST, NUMBER},
#include "runtime/tokenizers/Scripts.def"
#undef SCRIPT
};

} // namespace

uint8_t scriptOf(char32_t code) {
  auto range = std::lower_bound(std::begin(ranges), std::end(ranges), code, [](const Range &each, char32_t wanted) { return each.last < wanted; });
  return range != std::end(ranges) && code >= range->first ? range->script : 0;
}

} // namespace tl::tokenizers
