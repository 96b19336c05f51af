// Counts words and pairs of them.
#include "runtime/readers/FitWords.h"
#include "runtime/data/Split.h"
#include <algorithm>
#include <bit>

namespace tl::data {

namespace {

constexpr int64_t leastTogether = 5; // what is seen less often may be chance: its count is lessened by so much

/// How often each pair occurs, by open addressing.
class PairTable {
public:
  explicit PairTable(size_t mostSlots) : mostSlots(mostSlots), slots(std::min<size_t>(mostSlots, 1 << 12)) {}

  static uint64_t hash(uint64_t pair) {
    pair *= 0x9e3779b97f4a7c15;
    return pair ^ pair >> 32;
  }

  /// False where there is no room.
  bool add(uint64_t pair, uint64_t hash) {
    size_t at = find(pair, hash);
    if (slots[at].count == 0) {
      if (2 * (used + 1) > slots.size()) {
        if (slots.size() >= mostSlots)
          return false;
        grow();
        at = find(pair, hash);
      }
      ++used;
      slots[at].pair = pair;
    }
    ++slots[at].count;
    return true;
  }

  template <class Take> void each(const Take &take) const {
    for (const Slot &slot : slots)
      if (slot.count > 0)
        take(int32_t(slot.pair >> 32), int32_t(slot.pair & UINT32_MAX), slot.count);
  }

private:
  struct Slot {
    uint64_t pair = 0;
    int64_t count = 0;
  };

  size_t find(uint64_t pair, uint64_t hash) const {
    size_t at = hash & (slots.size() - 1);
    while (slots[at].count > 0 && slots[at].pair != pair)
      at = (at + 1) & (slots.size() - 1);
    return at;
  }

  void grow() {
    std::vector<Slot> old(2 * slots.size());
    old.swap(slots);
    for (const Slot &slot : old)
      if (slot.count > 0)
        slots[find(slot.pair, hash(slot.pair))] = slot;
  }

  size_t mostSlots, used = 0;
  std::vector<Slot> slots; // a power of two
};

/// In float and in this order, as word2phrase computes it, so that both find the same where a score is near the border.
float scoreOf(int64_t together, int64_t first, int64_t second, int64_t words) {
  return float(together - leastTogether) / float(first) / float(second) * float(words);
}

} // namespace

PhraseFit::PhraseFit(EachText each, size_t mostSlots) : each(std::move(each)), mostSlots(std::bit_floor(mostSlots)) {}

int32_t PhraseFit::numberOf(std::string_view word) {
  key.assign(word); // which keeps its memory: no allocation for a word that is known
  auto [place, isNew] = numbers.try_emplace(key, int32_t(numbers.size()));
  if (isNew)
    names.push_back(&place->first);
  return place->second;
}

void PhraseFit::eachWord(const EachText &texts, const std::function<void(int32_t)> &take) {
  PhraseJoiner joiner(rules);
  texts([&](std::string_view text) {
    if (text.empty())
      joiner.endLine(take);
    Cutter cutter(text, "words", true, true);
    for (std::string_view piece; cutter.next(piece);)
      if (piece.empty()) {
        joiner.endLine(take);
        take(PhraseRules::none);
      } else {
        joiner.take(numberOf(piece), take);
      }
  });
}

int64_t PhraseFit::tokensOf(const EachText &texts, bool marksLines) {
  int64_t tokens = 0;
  eachWord(texts, [&](int32_t word) { tokens += word != PhraseRules::none || marksLines; });
  return tokens;
}

/// False where there is no room for what this part of the pairs counts.
bool PhraseFit::findPairs(const std::vector<int64_t> &counts, int64_t words, float score, size_t part, size_t parts, std::vector<Found> &found) {
  // Of a word's pairs that with one as frequent scores highest: words that are too frequent, or too rare, for that are in no phrase, and in most pairs.
  std::vector<bool> mayPair(counts.size());
  for (size_t i = 0; i < counts.size(); ++i)
    mayPair[i] = counts[i] > leastTogether && scoreOf(counts[i], counts[i], counts[i], words) > score * 0.999F;
  PairTable table(mostSlots);
  bool hasRoom = true;
  int32_t before = PhraseRules::none;
  eachWord(each, [&](int32_t word) {
    if (word == PhraseRules::none)
      return;
    if (hasRoom && before != PhraseRules::none && mayPair[size_t(before)] && mayPair[size_t(word)]) {
      uint64_t pair = uint64_t(before) << 32 | uint64_t(word), hash = PairTable::hash(pair);
      if ((hash >> 40) % parts == part)
        hasRoom = table.add(pair, hash);
    }
    before = word;
  });
  table.each([&](int32_t first, int32_t second, int64_t together) {
    if (scoreOf(together, counts[size_t(first)], counts[size_t(second)], words) > score)
      found.push_back({first, second, 0});
  });
  return hasRoom;
}

void PhraseFit::addRound(double score) {
  std::vector<int64_t> counts;
  int64_t words = 0;
  eachWord(each, [&](int32_t word) {
    if (word == PhraseRules::none)
      return;
    if (counts.size() <= size_t(word))
      counts.resize(std::max(numbers.size(), size_t(word) + 1));
    ++counts[size_t(word)];
    ++words;
  });
  counts.resize(numbers.size());
  std::vector<Found> found;
  for (size_t parts = 1, part = 0; part < parts;)
    if (findPairs(counts, words, float(score), part, parts, found)) {
      ++part;
    } else {
      parts *= 2;
      part = 0;
      found.clear();
    }
  rules.addRound();
  for (Found &pair : found) {
    pair.both = numberOf(*names[size_t(pair.first)] + "_" + *names[size_t(pair.second)]);
    rules.add(pair.first, pair.second, pair.both);
  }
  rounds.push_back(std::move(found));
}

abi::Phrases PhraseFit::phrases() const {
  abi::Phrases phrases;
  for (const std::vector<Found> &round : rounds) {
    std::vector<std::string> &pairs = phrases.emplace_back();
    for (const Found &pair : round)
      pairs.push_back(*names[size_t(pair.first)] + " " + *names[size_t(pair.second)]);
    std::sort(pairs.begin(), pairs.end());
  }
  return phrases;
}

void PhraseFit::count(PieceCounter &into) {
  std::vector<int64_t> counts(numbers.size());
  eachWord(each, [&](int32_t word) {
    if (word != PhraseRules::none)
      ++counts[size_t(word)];
  });
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0)
      into.add(*names[i], counts[i]);
}

static EachText textsOf(const Reader &reader, abi::Split part, const TokenField &about, double from, double to) {
  part.from = from;
  part.to = to;
  return [=, &reader, &about](const Reader::TakeText &take) { reader.eachText(part, about.name, take); };
}

/// A text of windows is split by its tokens, of which there are fewer once they are joined: phrases are found in the split's share of words, and in less of them until all
/// that they were found in lies between the borders that the joined words have.
static PhraseFit fitPhrases(const Reader &reader, const abi::Split &train, const TokenField &about) {
  for (double from = train.from, to = train.to;;) {
    PhraseFit fit(textsOf(reader, train, about, from, to));
    for (double score : about.phrases)
      fit.addRound(score);
    if (reader.facts.window == 1 || from >= to)
      return fit;
    auto tokens = [&](double start, double end) { return fit.tokensOf(textsOf(reader, train, about, start, end), about.start); };
    int64_t before = tokens(0, from), within = tokens(from, to);
    Part border = partOf(before + within + tokens(to, 1), train);
    constexpr int64_t unsure = 16; // what is counted in parts is not joined over their borders
    int64_t early = from > 0 ? border.from - before + unsure : 0, late = to < 1 ? before + within - border.to + unsure : 0;
    if (early <= 0 && late <= 0)
      return fit;
    double share = 1.01 * (to - from) / double(std::max<int64_t>(within, 1)); // of a token
    from = early > 0 ? std::min(from + share * double(early + unsure), to) : from;
    to = late > 0 ? std::max(to - share * double(late + unsure), from) : to;
  }
}

void fitWords(const Reader &reader, const abi::Split &train, const TokenField &about, abi::Field &into) {
  PieceCounter counter;
  if (about.phrases.empty()) {
    reader.eachText(train, about.name, [&](std::string_view text) { counter.addAll(text, about.kind); });
  } else {
    PhraseFit fit = fitPhrases(reader, train, about);
    into.phrases = fit.phrases();
    fit.count(counter);
  }
  into.vocabulary = counter.vocabulary(about.most, about.least, &into.counts);
}

} // namespace tl::data
