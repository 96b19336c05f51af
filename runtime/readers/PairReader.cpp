// Reads a text as the pairs of its words that stand near each other, each with how often. A pair is of the whole text, so the vocabulary is too.
#include "runtime/readers/PairReader.h"
#include "runtime/data/Fnv.h"
#include "runtime/readers/FitWords.h"
#include "runtime/readers/PairCounts.h"
#include "runtime/data/SourceError.h"
#include "runtime/readers/TextBlocks.h"
#include "runtime/readers/TextReader.h"
#include "runtime/readers/TokenFile.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <cstring>
#include <utility>

namespace tl::data {

namespace {

/// Pairs follow from the facts of the text, how they are counted among them, and from the numbers of words.
std::string nameOf(const std::string &factsDigest, const abi::Field &text, const abi::Tokenizer *tokenizer) {
  return hexOf(fnv("pairs" + factsDigest + vocabularyDigest(text.vocabulary) + std::to_string(makeTextEncoder(text, tokenizer)->digest())));
}

class PairReader : public TextReader {
public:
  PairReader(const abi::Source &source, const std::vector<std::string> &paths);
  void fill(const abi::Field &field, char *into) override;
  void eachText(const abi::Split &train, const std::string &, const TakeText &take) const override;
  std::vector<uint64_t> digests() override {
    pairs = std::vector<PairCount>(); // `{}` would keep their memory
    return {};
  }
  std::string knownBy() const override { return row.name; }
  uint64_t digestOf(std::string_view words) const override;

  std::vector<std::string> findRecords(const std::vector<abi::Field> &fields, const std::string &folder) override;
  Extent extent(int64_t record) const override { return {0, record * int64_t(sizeof(PairCount)), sizeof(PairCount)}; }
  void decode(const abi::Field &field, int64_t, std::string_view bytes, char *into) const override;
  std::string report() const override;

  std::string place(const std::string &, int64_t record) const override { return "pair " + std::to_string(record) + " of `" + paths.front() + "`"; }

private:
  bool isText(const abi::Field &field) const { return field.name == row.name; }
  std::string scoresText() const {
    std::string text;
    for (double score : row.phrases)
      text += " phrases " + std::to_string(score);
    return text;
  }
  std::string howCounted() const { return "by hash, " + std::to_string(way.reach) + (way.isSymmetric ? " both" : " left") + " most " + std::to_string(row.most) + " least " + std::to_string(row.least) + scoresText(); }
  abi::Field ownWords() const;
  void count(const abi::Field &words, const PairCounts::Take &take) const;
  void hold(const abi::Field &words);
  void takeWords(const abi::Field &field);
  /// Each time that the texts are gone through, they must be those that the facts are of.
  void checkSame(bool isSo) const {
    if (!isSo)
      throw badData("`" + paths.front() + "` was changed while it was read; start again");
  }

  const TokenField &row;
  std::vector<std::string> paths;
  const uint64_t text; // digest
  PairCounts::Way way;
  std::vector<PairCount> pairs;        // empty until they are asked for, and where they are in `made`
  std::vector<uint64_t> wordDigests;   // by number
  TokenFile made;                      // three numbers a pair, the last the bits of its count
};

PairReader::PairReader(const abi::Source &source, const std::vector<std::string> &paths)
    : TextReader(source, {"text"}), row(tokens.front()), paths(paths), text(digestOfTexts(paths)), way{countOption(source, "pairs", 1, -1, PairCounts::mostReach)} {
  std::string symmetric = option(source, "symmetric", "true");
  if (symmetric != "true" && symmetric != "false")
    throw badSource("option `symmetric` of source `" + source.name + "` is `" + symmetric + "`, expected true or false").inOption("symmetric");
  way.isSymmetric = symmetric == "true";
  if (row.kind != "words")
    throw badSource("source `" + source.name + "` has pairs of words, and its text is cut into " + (row.isToBeFitted() ? "pieces" : row.kind) +
                    "; make words of it, `text = words(text, fit = train, most = 20000)`")
        .inOption("pairs");
  if (row.start)
    throw badSource("source `" + source.name + "` has pairs of words, which stand in one line as it is; leave `start = true` out").inOption("pairs");
  if (row.name == "count")
    throw badSource("source `" + source.name + "` has two fields `count`: the pair's tokens and how often it is; give the first another name, `text`").inOption("pairs");
  setContent(text);
  facts.content = fnv(howCounted(), facts.content);
  facts.fields.push_back(fieldOf(row, 2));
  facts.fields.push_back({.name = "count", .dtype = "f32", .shape = {}, .classNames = {}});
  facts.records = source.records; // of a text that is known by its digest: it has the pairs that it had
  if (facts.records > 0 && factsDigest(source.reader, facts) == source.digest)
    return;
  facts.records = 0;
  count(ownWords(), [&](std::span<const PairCount> some) { facts.records += std::ssize(some); });
  if (facts.records == 0)
    throw badData("`" + paths.front() + "` has no pair: no line of it has two words of the vocabulary" +
                  (row.most ? ", which has at most " + std::to_string(row.most) + " entries, " + std::to_string(specialCount) + " of them special" : std::string()) +
                  (row.least > 1 ? ", whose words occur at least " + std::to_string(row.least) + " times" : std::string()) +
                  "; a line ends what stands near");
}

void PairReader::eachText(const abi::Split &, const std::string &, const TakeText &take) const {
  std::unique_ptr<TextEncoder> encoder = counting(row);
  TextsInBlocks texts(paths, *encoder);
  size_t file = 0;
  for (std::string block; texts.next(block);) {
    if (std::exchange(file, texts.file()) != texts.file())
      take({});
    take(block);
  }
  take({});
  checkSame(texts.digest() == text);
}

abi::Field PairReader::ownWords() const {
  abi::Field field{.name = row.name, .dtype = "i32", .shape = {2}, .classNames = {}, .tokens = row.kind};
  fitWords(*this, {}, row, field);
  return field;
}

/// Words that the vocabulary lacks are as if they were not there. A file ends a line.
void PairReader::count(const abi::Field &words, const PairCounts::Take &take) const {
  std::unique_ptr<TextEncoder> encoder = encoderOf(words);
  PairCounts counts(way);
  std::vector<int32_t> ids;
  auto add = [&](std::string_view text) {
    ids.clear();
    encoder->encode(text, false, SIZE_MAX, ids);
    for (int32_t id : ids)
      if (id >= specialCount)
        counts.add(id);
  };
  TextsInBlocks texts(paths, *encoder);
  size_t file = 0;
  for (std::string block; texts.next(block);) {
    if (std::exchange(file, texts.file()) != texts.file())
      counts.endLine();
    for (size_t at = 0, end; at < block.size(); at = end + 1) {
      end = std::min(block.find('\n', at), block.size());
      add(std::string_view(block).substr(at, end - at));
      if (end < block.size())
        counts.endLine();
    }
  }
  checkSame(texts.digest() == text);
  counts.finish(take);
}

void PairReader::takeWords(const abi::Field &field) {
  for (const std::string &word : field.vocabulary)
    wordDigests.push_back(fnv(word));
}

void PairReader::hold(const abi::Field &words) {
  pairs.reserve(size_t(facts.records));
  count(words, [&](std::span<const PairCount> some) { pairs.insert(pairs.end(), some.begin(), some.end()); });
  checkSame(std::ssize(pairs) == facts.records);
}

void PairReader::fill(const abi::Field &field, char *into) {
  if (isText(field))
    takeWords(field);
  if (pairs.empty())
    hold(isText(field) ? field : ownWords());
  for (const PairCount &pair : pairs) {
    std::string_view bytes(reinterpret_cast<const char *>(&pair), sizeof pair);
    decode(field, 0, bytes, into);
    into += isText(field) ? 2 * sizeof(int32_t) : sizeof(float);
  }
}

void PairReader::decode(const abi::Field &field, int64_t, std::string_view bytes, char *into) const {
  PairCount pair;
  std::memcpy(&pair, bytes.data(), sizeof pair);
  std::memcpy(into, isText(field) ? static_cast<const void *>(&pair.first) : &pair.count, isText(field) ? 2 * sizeof(int32_t) : sizeof(float));
}

std::vector<std::string> PairReader::findRecords(const std::vector<abi::Field> &fields, const std::string &folder) {
  auto text = std::find_if(fields.begin(), fields.end(), [&](const abi::Field &field) { return isText(field); });
  takeWords(*text);
  made = TokenFile::in(folder, nameOf(facts.digest, *text, tokenizer.get()), 0, [&](const TokenFile::Take &take) {
    count(*text, [&](std::span<const PairCount> some) { take({reinterpret_cast<const int32_t *>(some.data()), 3 * some.size()}); });
  });
  checkSame(made.tokens == 3 * facts.records);
  return {made.path};
}

/// Both orders of two words are one, so that no split has the count of what another one is judged by.
uint64_t PairReader::digestOf(std::string_view words) const {
  int32_t pair[2];
  std::memcpy(pair, words.data(), sizeof pair);
  auto [least, most] = std::minmax(wordDigests[size_t(pair[0])], wordDigests[size_t(pair[1])]);
  uint64_t both[] = {least, most};
  return fnv({reinterpret_cast<const char *>(both), sizeof both});
}

std::string PairReader::report() const {
  return "its " + std::to_string(facts.records) + " pairs are in `" + made.path + "`, " + bytesText(made.tokens * made.bytesOfOne) + ", " + made.origin;
}

} // namespace

std::unique_ptr<Reader> openPairs(const abi::Source &source, const std::vector<std::string> &paths) { return std::make_unique<PairReader>(source, paths); }

static const abi::Field &textIn(const std::vector<abi::Field> &fields) {
  return *std::find_if(fields.begin(), fields.end(), [](const abi::Field &field) { return !field.tokens.empty(); });
}

std::string nameOfPairs(const abi::Source &source, const std::vector<abi::Field> &fields) {
  return nameOf(source.digest, textIn(fields), source.tokenizer.get());
}

int64_t readingBytesOfPairs(const abi::Source &source, const Reading &reading) {
  const bool isSymmetric = option(source, "symmetric", "true") == "true";
  const int64_t ofOnes = isSymmetric ? std::min(source.records, std::ssize(textIn(reading.fields).vocabulary)) : 0; // a word with itself is one pair, others are two
  const int64_t different = isSymmetric ? (source.records + ofOnes) / 2 : source.records;
  const int64_t counting = 3 * std::min(reading.fileBytes, int64_t(usualBlock)) + PairCounts::bytes(different); // two blocks, and the numbers of a line
  if (reading.holding == Holding::InPieces)
    return counting;
  // The array of the first field is there when they are counted, those of all fields when they are given out.
  const int64_t held = source.records * int64_t(sizeof(PairCount)), first = source.records * recordBytes(reading.fields.front());
  return std::max(first + std::max(counting, PairCounts::bytesAtEnd(different) + held), 2 * held) - held;
}

} // namespace tl::data
