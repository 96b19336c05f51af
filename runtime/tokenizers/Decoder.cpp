// Decoders, and which one a name stands for.
#include "runtime/tokenizers/Decoder.h"
#include "runtime/tokenizers/ByteAlphabet.h"
#include "runtime/tokenizers/Normalizer.h"
#include "runtime/tokenizers/Pattern.h"
#include "runtime/tokenizers/PreTokenizer.h"
#include "runtime/tokenizers/Sequence.h"
#include "runtime/io/Utf8.h"
#include <cctype>
#include <cstring>

namespace tl::tokenizers {

constexpr const char *replacement = "\xEF\xBF\xBD";

std::string soundUtf8(std::string_view bytes) {
  std::string sound;
  while (true) {
    size_t bad = io::findBadUtf8(bytes);
    sound += bytes.substr(0, bad);
    if (bad == std::string_view::npos)
      return sound;
    sound += replacement;
    bytes.remove_prefix(bad);
    // What stands in front of the byte that broke it off goes as one, where some end would have made it sound.
    size_t count = 1, most = io::utf8Bytes(static_cast<unsigned char>(bytes[0]));
    for (; count < std::min(most, bytes.size()); ++count) {
      std::string begun(bytes.substr(0, count + 1));
      bool canEnd = false;
      for (const char *end : {"", "\x80", "\x80\x80"})
        canEnd |= begun.size() + std::strlen(end) == most && io::findBadUtf8(begun + end) == std::string::npos;
      if (!canEnd)
        break;
    }
    bytes.remove_prefix(count);
  }
}

namespace {

void replaceAll(std::string &text, std::string_view from, std::string_view to) {
  for (size_t at = 0; !from.empty() && (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

void fuse(std::vector<std::string> &tokens) {
  std::string all;
  for (const std::string &token : tokens)
    all += token;
  tokens.assign(1, all);
}

struct InOrder : Decoder {
  explicit InOrder(std::vector<std::unique_ptr<Decoder>> parts) : parts(std::move(parts)) {}
  std::vector<std::unique_ptr<Decoder>> parts;
  void apply(std::vector<std::string> &tokens) const override {
    for (const std::unique_ptr<Decoder> &part : parts)
      part->apply(tokens);
  }
};

struct ByteLevel : Decoder {
  void apply(std::vector<std::string> &tokens) const override {
    std::string bytes;
    for (const std::string &token : tokens) {
      std::string some;
      bool isBytes = true;
      for (size_t at = 0; isBytes && at < token.size();) {
        int byte = byteOfLetter(io::nextCode(token, at));
        isBytes = byte >= 0;
        some.push_back(char(byte));
      }
      bytes += isBytes ? some : token;
    }
    tokens.assign(1, soundUtf8(bytes));
  }
};

constexpr std::pair<const char *, const char *> cleanups[] = {
    {" .", "."},
    {" ?", "?"},
    {" !", "!"},
    {" ,", ","},
    {" ' ", "'"},
    {" n't", "n't"},
    {" 'm", "'m"},
    {" do not", " don't"},
    {" 's", "'s"},
    {" 've", "'ve"},
    {" 're", "'re"},
};

struct WordPiece : Decoder {
  std::string prefix;
  bool cleansUp;
  WordPiece(const Spec &spec) : prefix(spec.string("prefix", "##")), cleansUp(spec.boolean("cleanup", true)) {}
  void apply(std::vector<std::string> &tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0 && tokens[i].starts_with(prefix))
        tokens[i].erase(0, prefix.size());
      else if (i > 0)
        tokens[i].insert(0, " ");
      if (cleansUp)
        for (auto [from, to] : cleanups)
          replaceAll(tokens[i], from, to);
    }
  }
};

struct Metaspace : Decoder {
  std::string mark;
  bool hasPrefix;
  Metaspace(const Spec &spec) : mark(oneCharacter(spec, "replacement", "\u2581")), hasPrefix(prependScheme(spec) != "never") {}
  void apply(std::vector<std::string> &tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i)
      replaceAll(tokens[i], mark, i == 0 && hasPrefix ? "" : " ");
  }
};

struct ByteFallback : Decoder {
  static int byteOf(const std::string &token) {
    auto isDigit = [&](size_t i) { return std::isxdigit(static_cast<unsigned char>(token[i])); };
    if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>' || !isDigit(3) || !isDigit(4))
      return -1;
    return int(std::strtol(token.c_str() + 3, nullptr, 16));
  }
  void apply(std::vector<std::string> &tokens) const override {
    std::vector<std::string> made;
    std::string bytes;
    auto addBytes = [&] {
      if (!bytes.empty() && io::findBadUtf8(bytes) == std::string::npos)
        made.push_back(bytes);
      else
        made.insert(made.end(), bytes.size(), replacement);
      bytes.clear();
    };
    for (const std::string &token : tokens) {
      if (int byte = byteOf(token); byte >= 0) {
        bytes.push_back(char(byte));
        continue;
      }
      addBytes();
      made.push_back(token);
    }
    addBytes();
    tokens = std::move(made);
  }
};

struct Fuse : Decoder {
  void apply(std::vector<std::string> &tokens) const override { fuse(tokens); }
};

struct Strip : Decoder {
  std::string content;
  size_t start, stop;
  Strip(const Spec &spec)
      : content(oneCharacter(spec, "content", " ")), start(size_t(spec["start"].integer(0, INT32_MAX))), stop(size_t(spec["stop"].integer(0, INT32_MAX))) {}
  void apply(std::vector<std::string> &tokens) const override {
    for (std::string &token : tokens) {
      size_t from = 0, to = token.size();
      for (size_t i = 0; i < start && std::string_view(token).substr(from).starts_with(content); ++i)
        from += content.size();
      for (size_t i = 0; i < stop && to - from >= content.size() && std::string_view(token).substr(0, to).ends_with(content); ++i)
        to -= content.size();
      token = token.substr(from, to - from);
    }
  }
};

struct Replace : Decoder {
  Pattern pattern;
  std::string content;
  Replace(const Spec &spec) : pattern(spec["pattern"]), content(spec["content"].string()) {}
  void apply(std::vector<std::string> &tokens) const override {
    for (std::string &token : tokens) {
      std::string made;
      size_t at = 0;
      pattern.search(token, [&](uint32_t from, uint32_t to) {
        made.append(token, at, from - at).append(content);
        at = to;
      });
      token = made.append(token, at);
    }
  }
};

/// The mark at the end of a word becomes a space.
struct WordEnds : Decoder {
  std::string suffix;
  WordEnds(std::string suffix) : suffix(std::move(suffix)) {}
  void apply(std::vector<std::string> &tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i)
      replaceAll(tokens[i], suffix, i + 1 < tokens.size() ? " " : "");
  }
};

} // namespace

std::unique_ptr<Decoder> readDecoder(const Spec &spec, int depth) {
  if (spec.isNull())
    return nullptr;
  std::string type = spec["type"].string();
  if (type == "Sequence")
    return std::make_unique<InOrder>(readParts(spec, "decoders", depth, readDecoder));
  if (type == "ByteLevel")
    return std::make_unique<ByteLevel>();
  if (type == "WordPiece")
    return std::make_unique<WordPiece>(spec);
  if (type == "Metaspace")
    return std::make_unique<Metaspace>(spec);
  if (type == "ByteFallback")
    return std::make_unique<ByteFallback>();
  if (type == "Fuse")
    return std::make_unique<Fuse>();
  if (type == "Strip")
    return std::make_unique<Strip>(spec);
  if (type == "Replace")
    return std::make_unique<Replace>(spec);
  if (type == "BPEDecoder")
    return std::make_unique<WordEnds>(spec.string("suffix", "</w>"));
  throw spec["type"].unknown("decoder", {"Sequence", "ByteLevel", "WordPiece", "Metaspace", "ByteFallback", "Fuse", "Strip", "Replace", "BPEDecoder"});
}

} // namespace tl::tokenizers
