// The replacements that SentencePiece compiles into a model: a trie in two lists in one, and the texts that its leaves point to.
#include "runtime/tokenizers/Normalizer.h"
#include <cstring>
#include <utf8proc.h>

namespace tl::tokenizers {

namespace {

std::string fromBase64(const Spec &spec) {
  std::string text = spec.string(), bytes;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                : c >= 'a' && c <= 'z' ? c - 'a' + 26
                : c >= '0' && c <= '9' ? c - '0' + 52
                : c == '+'             ? 62
                : c == '/'             ? 63
                                       : -1;
    if (c == '=')
      break;
    if (value < 0)
      throw spec.wrong("is not base64");
    bits = bits << 6 | uint32_t(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(char(bits >> count));
    }
  }
  return bytes;
}

class Precompiled : public Normalizer {
public:
  explicit Precompiled(const Spec &spec) {
    std::string bytes = fromBase64(spec);
    uint32_t trieBytes = 0;
    if (bytes.size() >= 4)
      std::memcpy(&trieBytes, bytes.data(), 4);
    if (bytes.size() < 4 || trieBytes % 4 || trieBytes > bytes.size() - 4)
      throw spec.wrong("is no map of characters: it has " + std::to_string(bytes.size()) + " bytes, its trie " + std::to_string(trieBytes));
    trie.resize(trieBytes / 4);
    if (trieBytes)
      std::memcpy(trie.data(), bytes.data() + 4, trieBytes);
    texts = bytes.substr(4 + trieBytes);
  }

  /// By graphemes of fewer than 6 bytes, else by code points: where the trie knows how one starts, it is that leaf's text.
  void apply(Text &text) const override {
    std::string_view view = text.view();
    std::vector<Change> changes;
    changes.reserve(view.size());
    for (size_t at = 0; at < view.size();) {
      size_t end = endOfGrapheme(view, at);
      std::string_view found;
      if (end - at < 6 && find(view.substr(at, end - at), found)) {
        replace(view.substr(at, end - at), found, changes);
        at = end;
      }
      while (at < end) {
        size_t next = at;
        char32_t code = io::nextCode(view, next);
        if (find(view.substr(at, next - at), found))
          replace(view.substr(at, next - at), found, changes);
        else
          changes.push_back({code, 0});
        at = next;
      }
    }
    Rewrite rewrite(text);
    for (const Change &change : changes)
      rewrite.put(change.code, change.change);
    rewrite.finish();
  }

private:
  struct Change {
    char32_t code;
    int64_t change; // as Rewrite counts
  };

  static size_t endOfGrapheme(std::string_view text, size_t at) {
    char32_t last = io::nextCode(text, at);
    utf8proc_int32_t state = 0;
    while (at < text.size()) {
      size_t next = at;
      char32_t code = io::nextCode(text, next);
      bool isPlain = last >= 0x20 && last < 0x7f && code < 0x7f;
      if (isPlain || utf8proc_grapheme_break_stateful(utf8proc_int32_t(last), utf8proc_int32_t(code), &state))
        break;
      last = code;
      at = next;
    }
    return at;
  }

  uint32_t unit(size_t at) const { return at < trie.size() ? trie[at] : 0; }
  static size_t offsetOf(uint32_t unit) { return size_t(unit >> 10) << ((unit & (1u << 9)) >> 6); }

  /// The text of the first leaf on the way down.
  bool find(std::string_view key, std::string_view &found) const {
    size_t at = offsetOf(unit(0));
    for (char c : key) {
      auto byte = static_cast<unsigned char>(c);
      if (byte == 0)
        return false;
      at ^= byte;
      uint32_t here = unit(at);
      if ((here & (1u << 31 | 0xff)) != byte)
        return false;
      at ^= offsetOf(here);
      if (here >> 8 & 1) {
        size_t start = unit(at) & ~(1u << 31);
        if (start > texts.size())
          return false;
        found = std::string_view(texts).substr(start);
        found = found.substr(0, found.find('\0'));
        return true;
      }
    }
    return false;
  }

  /// Of more code points the last ones are inserted; of fewer, or none, the last one written stands for all that are left. What goes at the
  /// start of a text has none before it: published offsets are off by it from there on, and so are these.
  static void replace(std::string_view old, std::string_view now, std::vector<Change> &into) {
    size_t before = io::countCodes(old), after = 0;
    for (size_t at = 0; at < now.size(); ++after)
      into.push_back({io::nextCode(now, at), after >= before});
    if (after < before && !into.empty())
      into.back().change -= int64_t(before - after);
  }

  std::vector<uint32_t> trie;
  std::string texts;
};

} // namespace

std::unique_ptr<Normalizer> readPrecompiled(const Spec &spec) { return std::make_unique<Precompiled>(spec["precompiled_charsmap"]); }

} // namespace tl::tokenizers
