// Reads plain text as one long row of tokens, of which every window is a record; several files follow each other. The text is never held: its
// tokens are, or a file of them.
#include "runtime/data/Formats.h"
#include "runtime/readers/PairReader.h"
#include "runtime/data/SourceError.h"
#include "runtime/data/Split.h"
#include "runtime/readers/TextBlocks.h"
#include "runtime/readers/TextFile.h"
#include "runtime/readers/TextReader.h"
#include "runtime/readers/TokenFile.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <cstring>
#include <utility>

namespace tl::data {

namespace {

class WindowReader : public TextReader {
public:
  WindowReader(const abi::Source &source, const std::vector<std::string> &paths);
  /// Tokens follow from the text, what cuts it and the numbers of what it is cut into: their file has no other name with another window.
  std::string nameOf(const abi::Field &field, const TextEncoder &encoder) const;
  void fill(const abi::Field &field, char *into) override;
  void eachText(const abi::Split &train, const std::string &, const TakeText &take) const override;

  std::vector<std::string> findRecords(const std::vector<abi::Field> &fields, const std::string &folder) override;
  Extent extent(int64_t record) const override { return {0, record * made.bytesOfOne, facts.window * made.bytesOfOne}; }
  void decode(const abi::Field &, int64_t, std::string_view bytes, char *into) const override;
  std::string report() const override;
  std::string valuesDigest() const override { return made.digest; }

  std::string place(const std::string &, int64_t record) const override {
    return "the window from token " + std::to_string(record) + " of `" + paths.front() + "`";
  }

private:
  int64_t tokenCount() const { return facts.records + facts.window - 1; }
  int64_t countTokens() const;
  /// Each time that the texts are gone through, they must be those that the facts are of.
  void checkSame(bool isSo) const {
    if (!isSo)
      throw badData("`" + paths.front() + "` was changed while it was read; start again");
  }

  const TokenField &row;
  std::vector<std::string> paths;
  const uint64_t text; // digest
  TokenFile made;
};

WindowReader::WindowReader(const abi::Source &source, const std::vector<std::string> &paths)
    : TextReader(source, {"text"}), row(tokens.front()), paths(paths), text(digestOfTexts(paths)) {
  if (row.start && row.kind != "words")
    throw badData("source `" + source.name + "` has windows of a text: `start = true` puts a token between its lines, where it is cut into words, and of " + row.kind + " the end of a line is one");
  if (!row.types.empty())
    throw badData("source `" + source.name + "` has windows of a text, which start anywhere: types are of what stands for itself, of lines");
  facts.window = countOption(source, "window", 2, -1);
  countOption(source, "stride", 1, 1);
  setContent(text);
  facts.fields.push_back(fieldOf(row, facts.window));
  facts.records = source.records; // of a text that is known by its digest: it has the tokens that it had
  if (facts.records <= 0 || factsDigest(source.reader, facts) != source.digest)
    facts.records = countTokens() - facts.window + 1;
}

int64_t WindowReader::countTokens() const {
  int64_t count = 0;
  checkSame(encodeTexts(paths, *counting(row), [&](std::span<const int32_t> ids) { count += std::ssize(ids); }) == text);
  bool isCutByKind = row.kind == "words" || row.kind == "pieces"; // else a tokenizer's that is to be fitted
  if (count < facts.window)
    throw badData("`" + paths.front() + "` has " + std::to_string(count) + " " + (isCutByKind ? row.kind : "characters") + ", fewer than one window of " +
                  std::to_string(facts.window));
  return count;
}

void WindowReader::fill(const abi::Field &field, char *into) {
  int64_t left = tokenCount();
  uint64_t read = encodeTexts(paths, *encoderOf(field), [&](std::span<const int32_t> ids) {
    left -= std::ssize(ids);
    checkSame(left >= 0); // there is room for no more
    std::memcpy(into, ids.data(), ids.size_bytes());
    into += ids.size_bytes();
  });
  checkSame(read == text);
}

/// A tokenizer that is to be fitted says itself where words end, so it is given whole files. Phrases that are to be fitted have joined nothing yet.
void WindowReader::eachText(const abi::Split &train, const std::string &, const TakeText &take) const {
  Part part = partOf(tokenCount(), train);
  int64_t at = 0;
  auto takePart = [&](std::string_view text) {
    Cutter cutter(text, row.kind, row.start, !row.phrases.empty());
    size_t from = 0;
    bool isIn = false;
    for (std::string_view piece; at < part.to && cutter.next(piece); ++at) {
      isIn |= at >= part.from;
      if (at < part.from)
        from = cutter.place();
    }
    if (isIn)
      take(text.substr(from, cutter.place() - from));
  };
  if (row.isToBeFitted()) {
    for (const std::string &path : paths) {
      takePart(TextFile(path).text);
      take({});
    }
    return;
  }
  std::unique_ptr<TextEncoder> encoder = counting(row);
  TextsInBlocks texts(paths, *encoder);
  size_t file = 0;
  for (std::string block; texts.next(block);) {
    if (std::exchange(file, texts.file()) != texts.file())
      take({});
    if (at < part.to)
      takePart(block);
  }
  take({});
  checkSame(texts.digest() == text);
}

std::string WindowReader::nameOf(const abi::Field &field, const TextEncoder &encoder) const {
  std::string depends = field.tokens + '\0' + std::to_string(facts.content) + '\0' + std::to_string(encoder.digest()) + '\0' + (row.start ? "lines" : "");
  return hexOf(fnv(depends + vocabularyDigest(field.vocabulary)));
}

std::vector<std::string> WindowReader::findRecords(const std::vector<abi::Field> &fields, const std::string &folder) {
  std::unique_ptr<TextEncoder> encoder = encoderOf(fields.front());
  made = TokenFile::in(folder, nameOf(fields.front(), *encoder), std::ssize(fields.front().vocabulary),
                       [&](const TokenFile::Take &take) { checkSame(encodeTexts(paths, *encoder, take) == text); });
  checkSame(made.tokens == tokenCount());
  return {made.path};
}

void WindowReader::decode(const abi::Field &, int64_t, std::string_view bytes, char *into) const {
  for (int64_t i = 0; i < facts.window; ++i, into += sizeof(int32_t)) {
    int32_t number = made.number(bytes, i);
    std::memcpy(into, &number, sizeof number);
  }
}

std::string WindowReader::report() const {
  return "its " + std::to_string(made.tokens) + " tokens are in `" + made.path + "`, " + bytesText(made.tokens * made.bytesOfOne) + ", " + made.origin;
}

} // namespace

static std::unique_ptr<Reader> openText(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, {"window", "stride", "pairs", "symmetric"}, 1, anyNumber);
  bool isOfPairs = hasPairs(source);
  for (const char *other : {"window", "stride"})
    if (isOfPairs && source.options.contains(other))
      throw badSource("source `" + source.name + "` has `pairs` and `" + other + "`, and its records are either pairs of words or windows; leave one of the two out").inOption(other);
  if (!isOfPairs && source.options.contains("symmetric"))
    throw badSource("source `" + source.name + "` has windows, and `symmetric` is of pairs; write `pairs = 10`, or leave it out").inOption("symmetric");
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> {
    std::vector<std::string> paths = findFiles(source, scriptDir);
    return isOfPairs ? openPairs(source, paths) : std::make_unique<WindowReader>(source, paths);
  });
}

static std::string nameBeside(const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &scriptDir) {
  if (hasPairs(source))
    return nameOfPairs(source, fields);
  WindowReader reader(source, findFiles(source, scriptDir));
  return reader.nameOf(fields.front(), *makeTextEncoder(fields.front(), source.tokenizer.get()));
}

/// Why a text cannot be encoded in blocks.
static std::string noBlocks(const abi::Source &source) {
  static const std::vector<std::string> unfitted;
  std::string kind = TokenField::all(source, {"text"}).front().kind;
  return makeTextEncoder({.kind = kind, .vocabulary = unfitted, .tokenizer = source.tokenizer.get()})->noSeams();
}

static int64_t readingBytesOfText(const abi::Source &source, const Reading &reading) {
  if (reading.isMade)
    return std::max(TokenFile::checkingBytes, 2 * std::min(reading.fileBytes, int64_t(usualBlock))); // the text is looked at, too
  if (hasPairs(source))
    return readingBytesOfPairs(source, reading);
  return encodingBytes(reading.fileBytes, source.records + source.window - 1, noBlocks(source).empty(), TokenField::all(source, {"text"}).front().kind == "pieces");
}

const Format textFormat = {
    .name = "text", .open = openText, .isText = alwaysText, .readingBytes = readingBytesOfText, .indexBytes = 0, .noBlocks = noBlocks, .nameBeside = nameBeside};

} // namespace tl::data
