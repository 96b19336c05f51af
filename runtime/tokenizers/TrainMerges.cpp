// Joins the pair of tokens that is most frequent, again and again. See Note [Candidates].
#include "runtime/tokenizers/TrainMerges.h"
#include "runtime/io/Utf8.h"
#include "runtime/tokenizers/Words.h"
#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace tl::tokenizers {

namespace {

class Merger {
public:
  Merger(const std::vector<CountedWord> &words, const MergeRules &rules);
  MergedTokens run();

private:
  struct Pair {
    int32_t left, right;
    int64_t count = 0;
    std::vector<uint32_t> words; // in which it has come up, and no candidate knows
  };
  struct Candidate {
    int64_t count; // of its pair when it was put into the heap
    int32_t left, right;
    uint32_t pair;
    std::vector<uint32_t> words;
    /// The most frequent pair is joined first; of equally frequent ones that of the least numbers.
    bool operator<(const Candidate &other) const {
      return count != other.count ? count < other.count : left != other.left ? left > other.left
                                                                             : right > other.right;
    }
  };
  struct Word {
    uint32_t from, size; // in `numbers`
    int64_t count;
  };

  int32_t add(const std::string &token);
  void addAlphabet(const std::vector<CountedWord> &words);
  void addWords(const std::vector<CountedWord> &words);
  void count(int32_t left, int32_t right, int64_t change, uint32_t word);
  void push(Candidate candidate);
  Candidate pop();
  void pushTouched();
  void join(uint32_t word, const Candidate &pair, int32_t made);
  std::string joined(const Candidate &pair) const;

  const MergeRules &rules;
  MergedTokens made;
  WordTable known;
  std::map<char32_t, std::pair<int32_t, int32_t>> letters; // the number of each at the start of a word, and in it
  std::vector<Word> all;
  std::vector<int32_t> numbers; // of the tokens of all words, one word after the other
  std::vector<Pair> pairs;
  std::unordered_map<uint64_t, uint32_t> places; // of pairs, by both numbers
  std::vector<uint32_t> touched;                 // pairs with words
  std::vector<Candidate> heap;
};

Merger::Merger(const std::vector<CountedWord> &words, const MergeRules &rules) : rules(rules) {
  for (const std::string &token : rules.special)
    add(token);
  addAlphabet(words);
  addWords(words);
  pushTouched();
}

/// Its number, a new one where there is none.
int32_t Merger::add(const std::string &token) {
  int32_t number = known.find(token);
  if (number < 0) {
    number = int32_t(made.tokens.size());
    known.add(token, number);
    made.tokens.push_back(token);
  }
  return number;
}

static std::string textOf(char32_t code) {
  char raw[4];
  return {raw, io::putCode(code, raw)};
}

/// All characters, then with the prefix those that stand within a word, in the same order: `tokenizers` numbers these as its hash
/// tables happen to list them, anew in each run.
void Merger::addAlphabet(const std::vector<CountedWord> &words) {
  for (char32_t code : alphabetOf(words, rules)) {
    int32_t number = add(textOf(code));
    letters[code] = {number, rules.prefix.empty() ? number : -1};
  }
  if (rules.prefix.empty())
    return;
  for (const CountedWord &word : words)
    for (size_t at = io::utf8Bytes(static_cast<unsigned char>(word.text[0])); at < word.text.size();)
      if (auto letter = letters.find(io::nextCode(word.text, at)); letter != letters.end())
        letter->second.second = 0;
  for (auto &[code, both] : letters)
    if (both.second == 0)
      both.second = add(rules.prefix + textOf(code));
}

void Merger::addWords(const std::vector<CountedWord> &words) {
  for (const CountedWord &word : words) {
    Word mine{uint32_t(numbers.size()), 0, word.count};
    for (size_t at = 0; at < word.text.size();) {
      bool isFirst = at == 0;
      if (auto letter = letters.find(io::nextCode(word.text, at)); letter != letters.end())
        numbers.push_back(isFirst ? letter->second.first : letter->second.second);
    }
    mine.size = uint32_t(numbers.size()) - mine.from;
    for (uint32_t i = mine.from; i + 1 < numbers.size(); ++i)
      count(numbers[i], numbers[i + 1], word.count, uint32_t(all.size()));
    all.push_back(mine);
  }
}

void Merger::count(int32_t left, int32_t right, int64_t change, uint32_t word) {
  auto [place, isNew] = places.try_emplace(uint64_t(uint32_t(left)) << 32 | uint32_t(right), uint32_t(pairs.size()));
  if (isNew)
    pairs.push_back({left, right, 0, {}});
  Pair &pair = pairs[place->second];
  pair.count += change;
  if (change < 0)
    return;
  if (pair.words.empty())
    touched.push_back(place->second);
  if (pair.words.empty() || pair.words.back() != word)
    pair.words.push_back(word);
}

void Merger::push(Candidate candidate) {
  heap.push_back(std::move(candidate));
  std::push_heap(heap.begin(), heap.end());
}

Merger::Candidate Merger::pop() {
  std::pop_heap(heap.begin(), heap.end());
  Candidate top = std::move(heap.back());
  heap.pop_back();
  return top;
}

void Merger::pushTouched() {
  for (uint32_t place : touched) {
    Pair &pair = pairs[place];
    std::vector<uint32_t> words = std::exchange(pair.words, {});
    if (pair.count > 0)
      push({pair.count, pair.left, pair.right, place, std::move(words)});
  }
  touched.clear();
}

std::string Merger::joined(const Candidate &pair) const {
  std::string_view right = made.tokens[size_t(pair.right)];
  if (right.starts_with(rules.prefix))
    right.remove_prefix(rules.prefix.size());
  return made.tokens[size_t(pair.left)] + std::string(right);
}

void Merger::join(uint32_t word, const Candidate &pair, int32_t number) {
  Word &mine = all[word];
  int32_t *at = numbers.data() + mine.from;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < mine.size;) {
    if (at[i] != pair.left || i + 1 == mine.size || at[i + 1] != pair.right) {
      at[kept++] = at[i++];
      continue;
    }
    if (kept > 0) {
      count(at[kept - 1], pair.left, -mine.count, word);
      count(at[kept - 1], number, mine.count, word);
    }
    i += 2;
    if (i < mine.size) {
      count(pair.right, at[i], -mine.count, word);
      count(number, at[i], mine.count, word);
    }
    at[kept++] = number;
  }
  mine.size = kept;
}

MergedTokens Merger::run() {
  std::vector<std::pair<int32_t, int32_t>> merges;
  while (made.tokens.size() < rules.most && !heap.empty()) {
    Candidate top = pop();
    if (int64_t now = pairs[top.pair].count; now != top.count) {
      top.count = now;
      push(std::move(top));
      continue;
    }
    if (top.count < rules.least)
      break;
    int32_t number = add(joined(top));
    merges.emplace_back(top.left, top.right);
    for (uint32_t word : top.words)
      join(word, top, number);
    pushTouched();
  }
  // A pair that was joined several times stands where it was joined last.
  std::unordered_map<uint64_t, size_t> last;
  auto key = [](const std::pair<int32_t, int32_t> &pair) { return uint64_t(uint32_t(pair.first)) << 32 | uint32_t(pair.second); };
  for (size_t i = 0; i < merges.size(); ++i)
    last[key(merges[i])] = i;
  for (size_t i = 0; i < merges.size(); ++i)
    if (last[key(merges[i])] == i)
      made.merges.push_back(merges[i]);
  return std::move(made);
}

} // namespace

MergedTokens trainMerges(const std::vector<CountedWord> &words, const MergeRules &rules) { return Merger(words, rules).run(); }

} // namespace tl::tokenizers

// Note [Candidates]
//
// A candidate is a pair with the words in which it came up at one time. Its count is checked against that of the pair when it is taken:
// joining others has made it less, and then it goes back to where it belongs. A token may come up by several pairs ("ab" + "c", "a" + "bc"
// are one), so a pair may have several candidates, each with words of its own; they follow each other, and nothing of the first remains
// for the second to join twice.
