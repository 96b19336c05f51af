// The code of a vocabulary is a tree with a way to each entry that occurs, costs as little as any, and has no path that all others would have to be as long as.
#include "runtime/readers/Huffman.h"
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <queue>
#include <random>
#include <set>

namespace tl::test {
using namespace data;

namespace {

using Table = void (*)(const std::vector<int64_t> &, const PutElement &);

std::vector<double> valuesOf(Table table, const std::vector<int64_t> &counts) {
  std::vector<double> values(counts.size() * size_t(huffmanDepth(counts)), -2); // which no element is
  table(counts, [&](int64_t element, double value) { values.at(size_t(element)) = value; });
  return values;
}

struct Code {
  int64_t depth;
  std::vector<double> nodes, signs;
  std::vector<int64_t> lengths;

  explicit Code(const std::vector<int64_t> &counts) : depth(huffmanDepth(counts)), nodes(valuesOf(huffmanNodes, counts)), signs(valuesOf(huffmanSigns, counts)) {
    for (size_t i = 0; i < counts.size(); ++i) {
      int64_t length = 0;
      while (length < depth && signs[i * size_t(depth) + size_t(length)] != 0)
        ++length;
      lengths.push_back(length);
    }
  }

  int64_t cost(const std::vector<int64_t> &counts) const {
    int64_t sum = 0;
    for (size_t i = 0; i < counts.size(); ++i)
      sum += counts[i] * lengths[i];
    return sum;
  }
};

/// What the best code costs: the sum of all inner nodes.
int64_t leastCost(const std::vector<int64_t> &counts) {
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> rarest;
  for (int64_t count : counts)
    if (count > 0)
      rarest.push(count);
  int64_t sum = 0;
  while (rarest.size() > 1) {
    int64_t both = rarest.top();
    rarest.pop();
    both += rarest.top();
    rarest.pop();
    rarest.push(both);
    sum += both;
  }
  return sum;
}

/// Each inner node but the root hangs on one other, goes on two ways, and stands behind the one that it hangs on.
void expectTree(const Code &code, const std::vector<int64_t> &counts) {
  std::set<std::pair<int64_t, double>> ways;
  std::map<int64_t, std::pair<int64_t, double>> hangsOn;
  double kraft = 0;
  int64_t entries = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    EXPECT_EQ(code.lengths[i] > 0, counts[i] > 0);
    kraft += counts[i] > 0 ? std::ldexp(1, -int(code.lengths[i])) : 0;
    entries += counts[i] > 0;
    std::pair<int64_t, double> before{-1, 0};
    for (int64_t step = 0; step < code.lengths[i]; ++step) {
      size_t at = i * size_t(code.depth) + size_t(step);
      int64_t node = int64_t(code.nodes[at]);
      EXPECT_EQ(step == 0, node == 0);
      EXPECT_GT(node, before.first);
      EXPECT_EQ(hangsOn.try_emplace(node, before).first->second, before);
      before = {node, code.signs[at]};
      ways.insert(before);
    }
  }
  EXPECT_EQ(kraft, 1);
  EXPECT_EQ(std::ssize(hangsOn), entries - 1);
  EXPECT_EQ(std::ssize(ways), 2 * (entries - 1));
}

} // namespace

TEST(Huffman, costsNoMoreThanAnyOtherCode) {
  std::mt19937 draw(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<int64_t> counts(2 + draw() % 60);
    for (int64_t &count : counts)
      count = draw() % 5 == 0 ? 0 : 10 + int64_t(draw() % 20);
    counts[0] = counts[1] = 12;
    Code code(counts);
    expectTree(code, counts);
    EXPECT_EQ(code.cost(counts), leastCost(counts));
  }
}

TEST(Huffman, noPathIsMuchLongerThanInATreeOfEquals) {
  std::vector<int64_t> counts = {1, 1};
  while (counts.size() < 33) // of such counts the best code has a path of 32 steps
    counts.push_back(counts[counts.size() - 1] + counts[counts.size() - 2]);
  Code code(counts);
  EXPECT_EQ(code.depth, 8);
  expectTree(code, counts);
  EXPECT_LT(double(code.cost(counts)), 1.05 * double(leastCost(counts)));

  std::vector<int64_t> words; // as words are: the k-th most frequent of them one k-th as often
  for (int64_t k = 1; k <= 12000; ++k)
    words.push_back(2000000 / (9 * k));
  Code ofWords(words);
  EXPECT_LE(ofWords.depth, 16);
  expectTree(ofWords, words);
  EXPECT_LT(double(ofWords.cost(words)), 1.01 * double(leastCost(words)));
}

TEST(Huffman, fewerThanTwoEntriesHaveNoPath) {
  EXPECT_EQ(huffmanDepth({}), 0);
  EXPECT_EQ(huffmanDepth({0, 7, 0}), 0);
  huffmanNodes({0, 7, 0}, [](int64_t element, double) { ADD_FAILURE() << element; });
}

} // namespace tl::test
