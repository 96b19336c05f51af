// Phrases are those of a loop over the words as word2phrase goes over them, however little memory there is to count pairs, and a text is joined alike in blocks of any size.
#include "runtime/readers/FitWords.h"
#include "runtime/readers/TextBlocks.h"
#include "tests/unit/Sources.h"
#include <map>
#include <random>
#include <sstream>

namespace tl::test {
using namespace data;

namespace {

using Lines = std::vector<std::vector<std::string>>;

/// Some words often follow each other, also over the end of a line, and some in threes.
std::string randomText(unsigned seed, int words) {
  std::mt19937 draw(seed);
  std::string text;
  for (int i = 0; i < words; ++i) {
    unsigned word = draw() % 40;
    text += word < 4 ? (draw() % 2 ? "New York" : "new york  city") : "w" + std::to_string(draw() % (1 + draw() % 60));
    text += draw() % 7 == 0 ? "\n" : draw() % 9 == 0 ? ", "
                                                     : " ";
  }
  return text;
}

Lines linesOf(const std::string &text) {
  Lines lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.emplace_back();
    Cutter cutter(line, "words", false, true);
    for (std::string_view piece; cutter.next(piece);)
      lines.back().emplace_back(piece);
  }
  return lines;
}

/// As word2phrase.c does it: pairs are counted over the ends of lines, and joined within them.
Lines joinedByLoop(const Lines &lines, float score) {
  std::map<std::string, int64_t> words;
  std::map<std::pair<std::string, std::string>, int64_t> pairs;
  const std::string *before = nullptr;
  int64_t total = 0;
  for (const auto &line : lines)
    for (const std::string &word : line) {
      ++words[word];
      ++total;
      if (before)
        ++pairs[{*before, word}];
      before = &word;
    }
  Lines joined;
  for (const auto &line : lines) {
    joined.emplace_back();
    bool mayJoin = false; // the last one is no phrase already
    for (size_t i = 0; i < line.size(); ++i) {
      bool isPhrase = mayJoin && float(pairs[{line[i - 1], line[i]}] - 5) / float(words[line[i - 1]]) / float(words[line[i]]) * float(total) > score;
      if (isPhrase)
        joined.back().back() += "_" + line[i];
      else
        joined.back().push_back(line[i]);
      mayJoin = !isPhrase;
    }
  }
  return joined;
}

std::vector<std::string> inARow(const Lines &lines) {
  std::vector<std::string> all;
  for (const auto &line : lines)
    all.insert(all.end(), line.begin(), line.end());
  return all;
}

const std::vector<std::string> none;

EachText textsOf(const std::string &path, size_t blockBytes) {
  return [=](const Reader::TakeText &take) {
    std::unique_ptr<TextEncoder> encoder = makeTextEncoder({.kind = "words", .vocabulary = none});
    std::string block;
    for (TextBlocks blocks(path, *encoder); blocks.next(block, blockBytes);)
      take(block);
    take({});
  };
}

/// What `encoder` makes of the file's text, as words.
std::vector<std::string> encoded(const std::string &path, const abi::Phrases &phrases, const std::vector<std::string> &vocabulary, size_t blockBytes, int threads) {
  std::unique_ptr<TextEncoder> encoder = makeTextEncoder({.kind = "words", .vocabulary = vocabulary, .phrases = &phrases});
  std::vector<std::string> all;
  encodeTexts({path}, *encoder, [&](std::span<const int32_t> ids) {
    for (int32_t id : ids)
      all.push_back(vocabulary.at(size_t(id))); }, blockBytes, threads);
  return all;
}

} // namespace

TEST(Phrases, areThoseOfALoop) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    TemporaryFolder folder;
    std::string text = randomText(seed, 3000);
    folder.write("t", text);
    Lines lines = linesOf(text);
    for (size_t slots : {size_t(512), PhraseFit::usualSlots}) {
      PhraseFit fit(textsOf(folder / "t", seed % 2 ? 1 << 20 : 100), slots);
      Lines wanted = lines;
      for (float score : {8.0F, 4.0F}) {
        fit.addRound(score);
        wanted = joinedByLoop(wanted, score);
      }
      PieceCounter counter;
      fit.count(counter);
      std::vector<std::string> vocabulary = counter.vocabulary(0), row = inARow(wanted);
      std::map<std::string, int64_t> counts;
      for (const std::string &word : row)
        ++counts[word];
      EXPECT_EQ(vocabulary.size(), counts.size() + specialCount);
      EXPECT_TRUE(counts.contains("new_york_city")) << seed;
      for (const auto &[word, count] : counts)
        EXPECT_EQ(counter.all().at(word), count) << word;
      abi::Phrases phrases = fit.phrases();
      for (size_t bytes : {size_t(1), size_t(60), usualBlock})
        EXPECT_EQ(encoded(folder / "t", phrases, vocabulary, bytes, bytes == 60 ? 3 : 1), row) << seed << " " << bytes;
    }
  }
}

TEST(Phrases, joinedWordsAreReadAsTheyAreWritten) {
  abi::Phrases phrases = {{"new york"}, {"new_york city"}};
  std::vector<std::string> vocabulary = {"[padding]", "[unknown]", "[mask]", "[start]", "new_york", "new_york_city", "city"};
  std::unique_ptr<TextEncoder> encoder = makeTextEncoder({.kind = "words", .vocabulary = vocabulary, .phrases = &phrases});
  auto numbers = [&](const std::string &text) {
    std::vector<int32_t> ids;
    encoder->encode(text, false, SIZE_MAX, ids);
    return ids;
  };
  EXPECT_EQ(numbers("New_York"), (std::vector{4}));
  EXPECT_EQ(numbers("new york city, new_york city; new_york_city"), (std::vector{5, 1, 5, 1, 5}));
  EXPECT_EQ(numbers("new new york\ncity new\nyork"), (std::vector{1, 4, 6, 1, 1}));
  EXPECT_EQ(encoder->decode({5, 6}), "new_york_city city");
}

TEST(Phrases, ofATextInWindowsAreFittedOnWhatLiesInTrain) {
  TemporaryFolder folder;
  std::string text; // only behind the middle of 2,400 words some stand together: joined, 2,000 are left, and six tenths of those are in front of them
  for (int i = 0; i < 400; ++i)
    text += "u" + std::to_string(i % 47) + " v" + std::to_string(i % 53) + " w" + std::to_string(i % 59) + " ";
  for (int i = 0; i < 400; ++i)
    text += "three four w" + std::to_string(i % 50) + " ";
  folder.write("t", text);
  abi::Source source = sourceOf("text", {"t"}, {{"window", "4"}, {"tokens.fields", "text"}, {"text.kind", "words"}, {"text.phrases", "2"}});
  abi::Phrases phrases;
  std::vector<std::string> vocabulary = fitVocabulary(source, "text", {"train", "train", 0, 0.6, "", "position"}, folder.path, nullptr, &phrases);
  EXPECT_EQ(phrases, (abi::Phrases{{}}));
  vocabulary = fitVocabulary(source, "text", {"train", "train", 0, 1, "", "position"}, folder.path, nullptr, &phrases);
  EXPECT_EQ(phrases, (abi::Phrases{{"three four"}}));

  // A reader that knows them has fewer windows.
  EXPECT_EQ(readFacts(source, folder.path).records, 2400 - 3);
  source.phrases["text"] = phrases;
  Facts facts = readFacts(source, folder.path);
  EXPECT_EQ(facts.records, 2000 - 3);
  facts.fields[0].vocabulary = vocabulary;
  facts.fields[0].phrases = phrases;
  Dataset whole = loadAs(source, facts, folder.path, Holding::Whole, folder / "made"), pieces = loadAs(source, facts, folder.path, Holding::InPieces, folder / "made");
  EXPECT_EQ(whole.records(), 2000 - 3);
  EXPECT_EQ(valuesOf<int32_t>(pieces, "text"), valuesOf<int32_t>(whole, "text"));
}

} // namespace tl::test
