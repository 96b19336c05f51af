// What a text became, and what is done to that: special tokens, a limit of length, padding.
#pragma once
#include "runtime/tokenizers/Model.h"
#include "runtime/tokenizers/Text.h"

namespace tl::tokenizers {

struct Encoding {
  std::vector<int32_t> ids, types, words, attention, special; // words: -1 for what stands for no part of the text
  std::vector<Span> offsets; // in code points
  std::vector<Span> blanks;  // with them: how many blanks each token starts and ends with
  bool hasOffsets = false;   // they were asked for
  size_t cutTokens = 0, cutWords = 0; // that truncation took; words of which it left nothing

  size_t size() const { return ids.size(); }
  void clear();
  void add(int32_t id, int32_t type, int32_t word, Span offset, Span blank, bool isSpecial = false);
  void append(const Encoding &other);
  /// Keeps `count` tokens of the start or, `atEnd`, of the end, and counts the others as cut.
  void keep(size_t count, bool atEnd);
};

/// What truncation is to give up first.
struct Truncation {
  enum class Strategy { LongestFirst, OnlyFirst, OnlySecond } strategy = Strategy::LongestFirst;
  size_t most = 0; // tokens, special ones among them
  bool isLeft = false;
};

struct Padding {
  size_t length = 0;     // 0: as long as the longest, which is for who has them all
  size_t multipleOf = 0; // 0: any
  bool isLeft = false;
  int32_t id = 0, type = 0;
};

/// White space and byte-level vocabularies' letter for a space, at the start and the end of a token.
Span blanksOf(std::string_view token);

Truncation readTruncation(const Spec &spec);
Padding readPadding(const Spec &spec);

/// Of one text or two, without special tokens, of which `added` will come.
void truncate(std::vector<Encoding> &parts, const Truncation &truncation, size_t added);
void pad(Encoding &encoding, const Padding &padding);

/// What puts special tokens around texts and says which type their tokens are.
class PostProcessor {
public:
  virtual ~PostProcessor() = default;
  virtual size_t added(bool isPair) const = 0;
  /// One text or two, and what is put between them.
  virtual void apply(std::vector<Encoding> &parts, bool addsSpecial) const = 0;
};

/// The value of `post_processor`; nothing where that is null.
std::unique_ptr<PostProcessor> readPostProcessor(const Spec &spec, int depth = 0);
std::unique_ptr<PostProcessor> readTemplate(const Spec &spec);

} // namespace tl::tokenizers
