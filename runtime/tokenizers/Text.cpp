// Texts with and without what their bytes come from.
#include "runtime/tokenizers/Text.h"

namespace tl::tokenizers {

void Text::assign(std::string_view original, uint32_t from, uint32_t to) {
  bytes.assign(original.substr(from, to - from));
  origins.clear();
  if (!isAligned)
    return;
  for (uint32_t at = from; at < to;) {
    uint32_t next = at + uint32_t(io::utf8Bytes(static_cast<unsigned char>(original[at])));
    origins.insert(origins.end(), next - at, {at, next});
    at = next;
  }
}

void Rewrite::keep(size_t count) {
  text.otherBytes.append(text.bytes, at, count);
  if (text.isAligned)
    text.otherOrigins.insert(text.otherOrigins.end(), text.origins.begin() + int64_t(at), text.origins.begin() + int64_t(at + count));
  at += count;
}

} // namespace tl::tokenizers
