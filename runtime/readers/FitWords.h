// Fits a vocabulary, with its phrases where the field has some.
#pragma once
#include "runtime/data/Phrases.h"
#include "runtime/data/Reader.h"
#include "runtime/data/Tokens.h"
#include "runtime/readers/TextReader.h"
#include <span>

namespace tl::data {

/// Gives texts as Reader::eachText does, the same ones as often as it is called.
using EachText = std::function<void(const Reader::TakeText &)>;

/// Finds the phrases of a text, round by round, as word2phrase does: two words that follow each other are one where
/// (count(a b) - 5) · N / (count(a) · count(b)) is above the round's score; N words are counted. Two words follow each other over the end of a line, too, where nothing is joined.
class PhraseFit {
public:
  /// What is counted of pairs takes 16 bytes for each slot, of which half are in use at most; with more pairs the texts are gone through several times.
  static constexpr size_t usualSlots = size_t{1} << 22;
  explicit PhraseFit(EachText each, size_t mostSlots = usualSlots);

  void addRound(double score);
  abi::Phrases phrases() const;
  /// What became of the words.
  void count(PieceCounter &into);
  /// How many tokens they became; `marksLines`: and how often a line ends.
  int64_t tokensOf(const EachText &texts, bool marksLines);

private:
  struct Found {
    int32_t first, second, both;
  };
  int32_t numberOf(std::string_view word);
  /// Gives `take` each word of the texts, joined, by a number of its own, and `none` where lines end.
  void eachWord(const EachText &texts, const std::function<void(int32_t)> &take);
  bool findPairs(const std::vector<int64_t> &counts, int64_t words, float score, size_t part, size_t parts, std::vector<Found> &found);

  EachText each;
  size_t mostSlots;
  std::unordered_map<std::string, int32_t> numbers;
  std::vector<const std::string *> names; // by number
  std::string key;
  PhraseRules rules;
  std::vector<std::vector<Found>> rounds;
};

/// The vocabulary of `into`, how often its entries occur, and its phrases, as `about` asks for them: of a reader's texts in `train`. Of a text in windows whose words
/// have phrases, of what lies in `train` when they are joined.
void fitWords(const Reader &reader, const abi::Split &train, const TokenField &about, abi::Field &into);

} // namespace tl::data
