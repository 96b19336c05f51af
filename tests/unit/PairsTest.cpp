// Pairs of a text have the counts of a loop over all places, whether they are held in memory or put aside on disk.
#include "runtime/readers/PairCounts.h"
#include "runtime/data/Split.h"
#include "runtime/data/Tokens.h"
#include "tests/unit/Sources.h"
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <sstream>

namespace tl::test {
using namespace data;

namespace {

using Counts = std::map<std::pair<std::string, std::string>, double>;

/// Some words often, others seldom; short lines, empty ones, and signs.
std::string randomText(unsigned seed, int words, int lines) {
  std::mt19937 draw(seed);
  std::string text;
  for (int i = 0; i < words; ++i) {
    text += "w" + std::to_string(draw() % (1 + draw() % 40)) + (draw() % 9 ? " " : ", ");
    text += draw() % unsigned(words) < unsigned(lines) ? (draw() % 4 ? "\n" : "\n\n") : "";
  }
  return text;
}

Counts bruteForce(const std::string &text, const std::vector<std::string> &vocabulary, int reach, bool isSymmetric) {
  std::set<std::string> known(vocabulary.begin() + specialCount, vocabulary.end());
  Counts counts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> words;
    Cutter cutter(line, "words");
    for (std::string_view piece; cutter.next(piece);)
      if (known.count(std::string(piece)))
        words.emplace_back(piece);
    for (int i = 0; i < int(words.size()); ++i)
      for (int j = std::max(0, i - reach); j < i; ++j) {
        counts[{words[size_t(j)], words[size_t(i)]}] += 1.0 / (i - j);
        if (isSymmetric)
          counts[{words[size_t(i)], words[size_t(j)]}] += 1.0 / (i - j);
      }
  }
  return counts;
}

abi::Source pairsOf(const std::string &file, std::map<std::string, std::string> options) {
  options.insert({{"tokens.fields", "text"}, {"text.kind", "words"}});
  return sourceOf("text", {file}, options);
}

/// As the compiler does it: facts, then the vocabulary.
Facts factsOf(const abi::Source &source, const std::string &folder) {
  Facts facts = readFacts(source, folder);
  facts.fields[0].vocabulary = fitVocabulary(source, "text", {}, folder);
  return facts;
}

void expectCounts(const Dataset &dataset, const std::vector<std::string> &vocabulary, const Counts &wanted) {
  std::vector<int32_t> text = valuesOf<int32_t>(dataset, "text");
  std::vector<float> count = valuesOf<float>(dataset, "count");
  ASSERT_EQ(count.size(), wanted.size());
  for (size_t i = 0; i < count.size(); ++i) {
    auto found = wanted.find({vocabulary[size_t(text[2 * i])], vocabulary[size_t(text[2 * i + 1])]});
    ASSERT_NE(found, wanted.end());
    EXPECT_NEAR(count[i], found->second, 1e-7 * found->second);
  }
}

} // namespace

TEST(Pairs, haveTheCountsOfALoopOverAllPlaces) {
  for (unsigned seed = 0; seed < 8; ++seed)
    for (bool isSymmetric : {true, false}) {
      TemporaryFolder folder;
      std::string text = randomText(seed, 400, 5 + int(seed) * 20);
      folder.write("t", text);
      int reach = 1 + int(seed) * 2;
      abi::Source source = pairsOf("t", {{"pairs", std::to_string(reach)}, {"symmetric", isSymmetric ? "true" : "false"}, {"text.most", "20"}, {"text.least", isSymmetric ? "1" : "15"}});
      Facts facts = factsOf(source, folder.path);
      const std::vector<std::string> &vocabulary = facts.fields[0].vocabulary;
      Counts wanted = bruteForce(text, vocabulary, reach, isSymmetric);
      EXPECT_EQ(facts.records, int64_t(wanted.size()));
      Dataset held = loadAs(source, facts, folder.path);
      expectCounts(held, vocabulary, wanted);
      Dataset inPieces = loadAs(source, facts, folder.path, Holding::InPieces, folder / "made");
      ASSERT_EQ(inPieces.holding(), Holding::InPieces);
      EXPECT_EQ(inPieces.digest(), held.digest());
      EXPECT_EQ(inPieces.digest(3), held.digest(3));
      EXPECT_EQ(inPieces.bytes(), 0) << "nothing is held of a pair";
      EXPECT_TRUE(inPieces.report().ends_with("made")) << inPieces.report();
      Dataset again = loadAs(source, facts, folder.path, Holding::InPieces, folder / "made");
      EXPECT_TRUE(again.report().ends_with("found")) << again.report();
      EXPECT_EQ(again.digest(), held.digest());
    }
}

TEST(Pairs, areTheSameBitsWhereMemoryDoesNotHoldThem) {
  auto counted = [](size_t slots, bool isSymmetric) {
    std::mt19937 draw(3);
    PairCounts counts({10, isSymmetric, slots});
    for (int i = 0; i < 20000; ++i) {
      counts.add(int32_t(draw() % (1 + draw() % 300)));
      if (draw() % 30 == 0)
        counts.endLine();
    }
    std::vector<PairCount> all;
    counts.finish([&](std::span<const PairCount> some) { all.insert(all.end(), some.begin(), some.end()); });
    return all;
  };
  for (bool isSymmetric : {true, false}) {
    std::vector<PairCount> whole = counted(PairCounts::usualSlots, isSymmetric);
    EXPECT_GT(whole.size(), 20000u);
    for (size_t slots : {64, 1 << 12, 1 << 14}) {
      std::vector<PairCount> merged = counted(slots, isSymmetric);
      ASSERT_EQ(merged.size(), whole.size());
      EXPECT_EQ(std::memcmp(merged.data(), whole.data(), whole.size() * sizeof(PairCount)), 0) << slots;
    }
  }
}

/// As `recordsInBlock` has it: of those in a row as many have a frequent word as of those from anywhere.
TEST(Pairs, neighboursHaveNothingInCommon) {
  std::mt19937 draw(9);
  PairCounts counts({10});
  for (int i = 0; i < 60000; ++i)
    counts.add(int32_t(draw() % (1 + draw() % 800)));
  std::vector<PairCount> all;
  counts.finish([&](std::span<const PairCount> some) { all.insert(all.end(), some.begin(), some.end()); });
  auto frequent = [&](size_t first, size_t count) {
    return double(std::count_if(all.begin() + int64_t(first), all.begin() + int64_t(first + count), [](const PairCount &pair) { return pair.first < 80; })) / double(count);
  };
  ASSERT_GT(all.size(), 100'000u);
  const double share = frequent(0, all.size()), deviation = std::sqrt(share * (1 - share) / 1000); // of 2,000 pairs in both orders
  for (size_t first = 0; first + 2000 <= all.size(); first += 2000)
    EXPECT_NEAR(frequent(first, 2000), share, 5 * deviation) << first;
}

TEST(Pairs, aLineAndAFileEndWhatIsNear) {
  TemporaryFolder folder;
  folder.write("t1", "a b\r\nc");
  folder.write("t2", "d\n\ne f e");
  abi::Source source = pairsOf("t*", {{"pairs", "9"}});
  Facts facts = factsOf(source, folder.path);
  expectCounts(loadAs(source, facts, folder.path), facts.fields[0].vocabulary,
               {{{"a", "b"}, 1}, {{"b", "a"}, 1}, {{"e", "f"}, 2}, {{"f", "e"}, 2}, {{"e", "e"}, 1}});
}

/// Else `val` would be judged by counts that `train` has.
TEST(Pairs, bothOrdersAreOnOneSideOfASplit) {
  TemporaryFolder folder;
  folder.write("t", randomText(5, 2000, 50));
  abi::Source source = pairsOf("t", {{"pairs", "4"}});
  Facts facts = factsOf(source, folder.path);
  for (Holding holding : {Holding::Whole, Holding::InPieces}) {
    Dataset dataset = loadAs(source, facts, folder.path, holding, folder / "made");
    std::vector<int32_t> text = valuesOf<int32_t>(dataset, "text");
    std::map<std::pair<int32_t, int32_t>, std::string> sides;
    size_t records = 0;
    for (abi::Split split : {abi::Split{"train", "train", 0, 0.7, ""}, abi::Split{"val", "train", 0.7, 1, ""}})
      for (int64_t record : splitRecords(dataset, split)) {
        auto [least, most] = std::minmax(text[size_t(2 * record)], text[size_t(2 * record + 1)]);
        EXPECT_EQ(sides.insert({{least, most}, split.name}).first->second, split.name);
        ++records;
      }
    EXPECT_EQ(int64_t(records), dataset.records());
  }
}

TEST(Pairs, badTextsAndOptionsAreNamed) {
  TemporaryFolder folder;
  folder.write("t", "a b\n");
  folder.write("apart", "a\nb\nc\n");
  auto message = [&](const std::string &file, std::map<std::string, std::string> options) {
    return messageOf([&] { readFacts(pairsOf(file, options), folder.path); });
  };
  EXPECT_TRUE(contains(message("apart", {{"pairs", "3"}}), "apart` has no pair: no line of it has two words of the vocabulary; a line ends what stands near"));
  EXPECT_TRUE(contains(message("t", {{"pairs", "3"}, {"text.most", "5"}}), "of the vocabulary, which has at most 5 entries, 4 of them special; a line"));
  EXPECT_TRUE(contains(message("t", {{"pairs", "0"}}), "option `pairs` of source `train` is `0`, expected a whole number from 1 to 28"));
  EXPECT_TRUE(contains(message("t", {{"pairs", "29"}}), "is `29`, expected a whole number from 1 to 28"));
  EXPECT_TRUE(contains(message("t", {{"pairs", "3"}, {"window", "3"}}), "has `pairs` and `window`, and its records are either pairs of words or windows"));
  EXPECT_TRUE(contains(message("t", {{"pairs", "3"}, {"symmetric", "1"}}), "option `symmetric` of source `train` is `1`, expected true or false"));
  EXPECT_TRUE(contains(message("t", {{"window", "2"}, {"symmetric", "true"}}), "has windows, and `symmetric` is of pairs"));
  EXPECT_TRUE(contains(message("t", {{"pairs", "3"}, {"text.kind", "characters"}}), "has pairs of words, and its text is cut into characters; make words of it"));
}

TEST(Pairs, anotherTextIsRefused) {
  TemporaryFolder folder;
  folder.write("t", "a b c a\n");
  abi::Source source = pairsOf("t", {{"pairs", "3"}});
  Facts facts = factsOf(source, folder.path);
  folder.write("t", "a c b a\n");
  EXPECT_TRUE(contains(messageOf([&] { loadAs(source, facts, folder.path); }), "(other classes, fields or text)"));
}

} // namespace tl::test
