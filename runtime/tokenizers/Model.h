// What makes the numbers of a vocabulary out of the pieces of a text.
#pragma once
#include "runtime/tokenizers/Spec.h"
#include "runtime/tokenizers/Words.h"
#include <memory>

namespace tl::tokenizers {

/// Tokens and their numbers, which may have gaps.
class Entries {
public:
  void add(const std::string &token, int64_t number, const Spec &place);
  /// An object of tokens and their numbers.
  void read(const Spec &vocabulary);

  int32_t find(std::string_view token) const { return numbers.find(token); }
  /// The number of a token that the model cannot do without.
  int32_t require(const std::string &token, const Spec &place) const;
  bool has(int64_t number) const { return number >= 0 && number < int64_t(texts.size()) && there[size_t(number)]; }
  const std::string &text(int32_t number) const { return texts[size_t(number)]; }
  int64_t end() const { return int64_t(texts.size()); } // above all numbers
  size_t count() const { return numbers.size(); }
  size_t longest() const { return numbers.longest(); }

private:
  std::vector<std::string> texts;
  std::vector<bool> there;
  WordTable numbers;
};

class Model {
public:
  virtual ~Model() = default;
  /// Appends the tokens of a piece that is not empty.
  virtual void tokenize(std::string_view piece, std::vector<Token> &into) const = 0;
  Entries entries;

protected:
  /// The numbers of `<0x00>` to `<0xFF>`, -1 where one is missing.
  std::vector<int32_t> byteTokens() const;
};

/// The value of `model`.
std::unique_ptr<Model> readModel(const Spec &spec);

std::unique_ptr<Model> readWordPiece(const Spec &spec);
std::unique_ptr<Model> readBpe(const Spec &spec);
std::unique_ptr<Model> readUnigram(const Spec &spec);
std::unique_ptr<Model> readWordLevel(const Spec &spec);

} // namespace tl::tokenizers
