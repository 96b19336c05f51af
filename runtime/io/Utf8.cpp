// Which bytes are no UTF-8.
#include "runtime/io/Utf8.h"

namespace tl::io {

size_t findBadUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
    unsigned first = byte(0), second = byte(1);
    size_t bytes = utf8Bytes(static_cast<unsigned char>(first));
    // The second byte's range keeps longer forms, surrogates and what lies above U+10FFFF out.
    unsigned low = first == 0xe0   ? 0xa0
                   : first == 0xf0 ? 0x90
                                   : 0x80;
    unsigned high = first == 0xed   ? 0x9f
                    : first == 0xf4 ? 0x8f
                                    : 0xbf;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || (bytes > 1 && (second < low || second > high)))
      return at;
    for (size_t i = 2; i < bytes; ++i)
      if (byte(i) < 0x80 || byte(i) > 0xbf)
        return at;
    at += bytes;
  }
  return std::string_view::npos;
}

} // namespace tl::io
