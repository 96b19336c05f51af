// A text on its way to tokens: its bytes and, where offsets are asked for, what of the original each byte comes from.
#pragma once
#include "runtime/io/Utf8.h"
#include <vector>

namespace tl::tokenizers {

/// Bytes [from, to).
struct Span {
  uint32_t from = 0, to = 0;
  bool operator==(const Span &) const = default;
};

class Text {
public:
  explicit Text(bool isAligned = false) : isAligned(isAligned) {}
  /// The bytes [from, to) of the original.
  void assign(std::string_view original, uint32_t from, uint32_t to);

  std::string_view view() const { return bytes; }
  std::string_view view(Span span) const { return view().substr(span.from, span.to - span.from); }
  size_t size() const { return bytes.size(); }
  bool hasOrigins() const { return isAligned; }
  /// What of the original a part comes from; of an empty part nothing.
  Span origin(Span part) const { return {origins[part.from].from, origins[part.to - 1].to}; }

  std::string bytes;

private:
  friend class Rewrite;
  bool isAligned;
  std::vector<Span> origins; // of each byte, where isAligned
  std::string otherBytes;    // what is being made of it
  std::vector<Span> otherOrigins;
};

/// Writes a text anew from front to back. What is put stands for what was there at this place, and has its origin.
class Rewrite {
public:
  explicit Rewrite(Text &text) : text(text) { text.otherBytes.clear(), text.otherOrigins.clear(); }
  /// Takes the place of the old text; what was neither kept nor replaced is gone.
  void finish() { text.bytes.swap(text.otherBytes), text.origins.swap(text.otherOrigins); }

  size_t place() const { return at; }
  size_t written() const { return text.otherBytes.size(); }
  bool isAtEnd() const { return at >= text.bytes.size(); }
  char32_t peek() const {
    size_t next = at;
    return io::nextCode(text.bytes, next);
  }

  /// In the place of the next code point, which is passed.
  void replace(char32_t code) {
    put(code, originAt(at));
    pass();
  }
  /// Behind what was passed last, with its origin. At the start of a part (`start`) it has none.
  void insert(char32_t code) { put(code, at > start ? originAt(at - 1) : emptyAtStart()); }
  void pass() { at += isAtEnd() ? 0 : io::utf8Bytes(static_cast<unsigned char>(text.bytes[at])); }
  void pass(size_t bytes) { at += bytes; }
  void keep(size_t count);
  /// Puts with the change in number that published normalizers count in: 0 replaces, more inserts, fewer passes so many more.
  void put(char32_t code, int64_t change) {
    if (change > 0)
      return insert(code);
    replace(code);
    for (; change < 0; ++change)
      pass();
  }
  /// Texts that are inserted at `start` have no origin but the place.
  void startPart(size_t place) { at = start = place; }

private:
  Span originAt(size_t place) const { return text.isAligned && place < text.origins.size() ? text.origins[place] : Span(); }
  Span emptyAtStart() const {
    uint32_t from = originAt(start).from;
    return {from, from};
  }
  void put(char32_t code, Span origin) {
    char raw[4];
    size_t count = io::putCode(code, raw);
    text.otherBytes.append(raw, count);
    if (text.isAligned)
      text.otherOrigins.insert(text.otherOrigins.end(), count, origin);
  }

  Text &text;
  size_t at = 0, start = 0;
};

} // namespace tl::tokenizers
