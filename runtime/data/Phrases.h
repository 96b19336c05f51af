// Words that stand together far more often than by chance are one word: `new york` is `new_york`.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tl::data {

/// Which pairs of words, by their numbers, become one in each round.
class PhraseRules {
public:
  static constexpr int32_t none = INT32_MIN;

  void addRound() { rounds.emplace_back(); }
  /// To the last round.
  void add(int32_t first, int32_t second, int32_t both);

  size_t size() const { return rounds.size(); }
  bool isFirst(size_t round, int32_t word) const { return word >= 0 && size_t(word) < rounds[round].isFirst.size() && rounds[round].isFirst[size_t(word)]; }
  /// What two words become; `none` where they stay two.
  int32_t both(size_t round, int32_t first, int32_t second) const;

private:
  struct Round {
    std::unordered_map<uint64_t, int32_t> pairs;
    std::vector<bool> isFirst; // of a pair, by word
  };
  std::vector<Round> rounds;
};

/// Joins the words of a text, which are given from front to back. In each round two words that stand together in a line become one where the rules say so, from left
/// to right, and what was joined is joined no more; the next round does that with what came out.
class PhraseJoiner {
public:
  explicit PhraseJoiner(const PhraseRules &rules) : rules(&rules), waiting(rules.size(), PhraseRules::none) {}

  /// Gives `give` the words that no later one can change.
  template <class Give> void take(int32_t word, const Give &give) { take(word, give, 0); }
  /// Nothing is joined over the end of a line, or of a text.
  template <class Give> void endLine(const Give &give);

private:
  template <class Give> void take(int32_t word, const Give &give, size_t from);
  const PhraseRules *rules;
  std::vector<int32_t> waiting; // by round: a word that may be the first of a pair
};

template <class Give> void PhraseJoiner::take(int32_t word, const Give &give, size_t from) {
  for (size_t round = from; round < waiting.size(); ++round) {
    if (waiting[round] != PhraseRules::none) {
      int32_t before = std::exchange(waiting[round], PhraseRules::none);
      if (int32_t both = rules->both(round, before, word); both != PhraseRules::none) {
        word = both;
        continue;
      }
      take(before, give, round + 1);
    }
    if (rules->isFirst(round, word)) {
      waiting[round] = word;
      return;
    }
  }
  give(word);
}

template <class Give> void PhraseJoiner::endLine(const Give &give) {
  for (size_t round = 0; round < waiting.size(); ++round)
    if (waiting[round] != PhraseRules::none)
      take(std::exchange(waiting[round], PhraseRules::none), give, round + 1);
}

/// The phrases of a vocabulary by its numbers.
class PhraseWords {
public:
  /// `entries` must outlive it.
  PhraseWords(const abi::Phrases &phrases, const std::vector<std::string> &entries);
  PhraseWords(const PhraseWords &) = delete;

  /// That of an entry; of another word that is a part of a phrase one behind the entries; else `unknownToken`.
  int32_t number(std::string_view word) const;
  /// Whether a phrase may go over the place between two words of a line.
  bool mayJoin(std::string_view left, std::string_view right) const;
  /// Tells phrases apart.
  uint64_t digest() const { return known; }

  PhraseRules rules;

private:
  std::deque<std::string> parts; // that are no entries
  std::unordered_map<std::string_view, int32_t> numbers;
  std::unordered_set<uint64_t> seams; // the ends that meet in phrases
  uint64_t known;
};

} // namespace tl::data
