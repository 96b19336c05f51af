// Text as numbers: the pieces that a text is cut into, and the number that each has in a vocabulary.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tl::data {

/// The first entries of every vocabulary that is fitted. No piece of a text is one of them but the unknown one.
constexpr int32_t paddingToken = 0, unknownToken = 1, maskToken = 2, startToken = 3;
constexpr const char *specialTokens[] = {"[padding]", "[unknown]", "[mask]", "[start]"}, *specialNames[] = {"padding", "unknown", "mask", "start"};
constexpr int64_t specialCount = 4;

/// Where a text is cut. `characters`: after each code point. `words`: letters, digits, apostrophes and all code points
/// above 127 that stand together are one piece; any other character but white space is one alone; A to Z become a to z. Where words have
/// phrases, `_` stands in words as letters do, as in `new_york`.
class Cutter {
public:
  /// `marksLines`: between words, white space in which a line ends is a piece of its own, the empty one.
  Cutter(std::string_view text, const std::string &kind, bool marksLines = false, bool hasPhrases = false)
      : text(text), isWords(kind == "words"), marksLines(marksLines), hasPhrases(hasPhrases) {}
  /// The next piece, valid until the next call; false at the end. The text must be UTF-8.
  bool next(std::string_view &piece);
  /// Behind the last piece.
  size_t place() const { return at; }
  /// Whether no word, whatever else the text has, goes over this place within it.
  static bool isBetween(std::string_view text, size_t at, bool hasPhrases);
  /// Whether white space stands there.
  static bool isSpaceAt(std::string_view text, size_t at);

private:
  std::string_view text;
  size_t at = 0;
  bool isWords, marksLines, hasPhrases;
  std::string lowered;
};

/// Counts pieces, and makes a vocabulary of them: the special ones, then by how often each occurs, equally frequent ones
/// in the order of their bytes; at most `most` entries in all, where that is not 0.
class PieceCounter {
public:
  void add(std::string_view piece, int64_t times = 1);
  /// What a Cutter makes of a text.
  void addAll(std::string_view text, const std::string &kind);
  const std::unordered_map<std::string, int64_t> &all() const { return counts; }
  /// The entries of at most `most` numbers (0: of all), of pieces that occur at least `least` times, and how often each occurs: a piece
  /// without a number as `unknown`.
  std::vector<std::string> vocabulary(int64_t most, int64_t least = 1, std::vector<int64_t> *counts = nullptr) const;

private:
  std::unordered_map<std::string, int64_t> counts;
  std::string key;
};

/// The numbers of pieces. Must not outlive the entries it is made from.
class Vocabulary {
public:
  explicit Vocabulary(const std::vector<std::string> &entries);
  /// `unknownToken` where the piece is none of the entries.
  int32_t number(std::string_view piece) const;

private:
  std::unordered_map<std::string_view, int32_t> numbers;
};

/// What tells vocabularies apart that number words differently: 16 hex digits, FNV-1a over their entries in order.
std::string vocabularyDigest(const std::vector<std::string> &entries);

} // namespace tl::data
