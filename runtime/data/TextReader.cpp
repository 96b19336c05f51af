// Reads plain text as one long row of tokens, of which every window is a record.
#include "runtime/data/TextReader.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/data/Split.h"
#include "runtime/io/Gzip.h"
#include "runtime/io/Utf8.h"
#include <algorithm>
#include <charconv>
#include <cstring>

namespace tl::data {

int64_t countOption(const abi::Source &source, const std::string &name, int64_t least, int64_t otherwise) {
  std::string text = option(source, name);
  if (text.empty() && otherwise >= 0)
    return otherwise;
  int64_t value = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr int64_t greatest = 1 << 20; // tokens of a record, entries of a vocabulary
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < least || value > greatest)
    throw badSource("option `" + name + "` of source `" + source.name + "` is " + (text.empty() ? "missing" : "`" + text + "`") +
                    ", expected a whole number from " + std::to_string(least) + " to " + std::to_string(greatest))
        .inOption(name);
  return value;
}

TokenOptions TokenOptions::of(const abi::Source &source) {
  return {option(source, "tokens.kind", "characters"), countOption(source, "tokens.most", 0, 0),
          option(source, "tokens.start") == "true"};
}

TextReader::TextReader(const abi::Source &source, const std::string &file)
    : path(file), text(io::readWholeUnpacked(file)), tokens(TokenOptions::of(source)), tokenizer(source.tokenizer) {
  if (text.starts_with("\xEF\xBB\xBF"))
    text.erase(0, 3);
  if (size_t bad = io::findBadUtf8(text); bad != std::string::npos) {
    char byte[8];
    std::snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(text[bad]));
    throw badData(lineAt(bad) + ": the byte " + byte + " is not UTF-8; if the text is Latin-1, `iconv -f latin1 -t utf-8 " +
                  path.substr(path.find_last_of('/') + 1) + "` makes it so");
  }
  facts.content = fnv(text);
  if (uint64_t others = tokens.kind == "pieces" ? counting()->digest() : 0)
    facts.content = fnv(std::to_string(others), facts.content);
}

const std::vector<std::string> TextReader::unfitted;

abi::Field TextReader::tokenField(int64_t length) const {
  abi::Field field{"text", "i32", {length}, 0, {}, tokens.kind};
  field.hasStart = tokens.start;
  if (tokens.kind != "pieces")
    for (int64_t i = 0; i < specialCount; ++i)
      field.special[specialNames[i]] = i;
  return field;
}

std::string TextReader::lineAt(size_t offset) const {
  return path + ":" + std::to_string(1 + std::count(text.begin(), text.begin() + int64_t(offset), '\n'));
}

namespace {

class WindowReader : public TextReader {
public:
  WindowReader(const abi::Source &source, const std::string &path) : TextReader(source, path) {
    if (tokens.start)
      throw badData("source `" + source.name + "` has windows of a text, which start anywhere: `start = true` is for lines");
    facts.window = countOption(source, "window", 2, -1);
    countOption(source, "stride", 1, 1);
    std::vector<int32_t> ids;
    counting()->encode(text, false, SIZE_MAX, ids);
    int64_t count = int64_t(ids.size());
    if (count < facts.window)
      throw badData("`" + path + "` has " + std::to_string(count) + " " + tokens.kind + ", fewer than one window of " +
                    std::to_string(facts.window));
    facts.records = count - facts.window + 1;
    facts.fields.push_back(tokenField(facts.window));
  }

  void fill(const abi::Field &field, char *into) override {
    std::vector<int32_t> ids;
    encoderOf(field)->encode(text, false, SIZE_MAX, ids);
    std::memcpy(into, ids.data(), ids.size() * sizeof(int32_t));
  }

  std::string place(const std::string &, int64_t record) const override {
    return "the window from token " + std::to_string(record) + " of `" + path + "`";
  }

  std::vector<std::string> fit(const abi::Split &train) const override {
    PieceCounter counter;
    Cutter cutter(text, tokens.kind);
    Part part = partOf(facts.records + facts.window - 1, train);
    int64_t at = 0;
    for (std::string_view piece; cutter.next(piece); ++at)
      if (at >= part.from && at < part.to)
        counter.add(piece);
    return counter.vocabulary(tokens.most);
  }
};

} // namespace

static std::unique_ptr<Reader> openText(const abi::Source &source, const std::string &scriptDir) {
  std::vector<std::string> known = TokenOptions::names();
  known.insert(known.begin(), {"window", "stride"});
  checkUse(source, known, 1, 1);
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> {
    return std::make_unique<WindowReader>(source, findFile(source.files[0], scriptDir));
  });
}

static int64_t readingBytesOfText(const abi::Source &, const std::vector<abi::Field> &, int64_t fileBytes, bool) { return fileBytes; }

const Format textFormat = {.name = "text", .open = openText, .isText = true, .readingBytes = readingBytesOfText};

} // namespace tl::data
