// Feeds ANTLR the bytes of a file, so that positions count bytes and text that is not UTF-8 is only ever a stray byte.
#pragma once
#include <CharStream.h>
#include <misc/Interval.h>
#include <string>

namespace tl {

class ByteStream : public antlr4::CharStream {
public:
  /// The text must outlive the stream.
  explicit ByteStream(const std::string &text) : text(text) {}

  void consume() override { ++position; }
  size_t LA(ssize_t offset) override {
    size_t at = offset > 0 ? position + size_t(offset) - 1 : position - size_t(-offset);
    return at < text.size() ? size_t(static_cast<unsigned char>(text[at])) : size_t(-1);
  }
  ssize_t mark() override { return -1; }
  void release(ssize_t) override {}
  size_t index() override { return position; }
  void seek(size_t index) override { position = index; }
  size_t size() override { return text.size(); }
  std::string getText(const antlr4::misc::Interval &range) override {
    size_t from = size_t(range.a), end = size_t(range.b) + 1;
    return from < text.size() && end > from ? text.substr(from, end - from) : std::string();
  }
  std::string getSourceName() const override { return "script"; }
  std::string toString() const override { return text; }

private:
  const std::string &text;
  size_t position = 0;
};

} // namespace tl
