// A tokenizer as it is published: read from a file or folder, it gives texts the numbers that its makers' programs gave them.
#pragma once
#include "runtime/abi/Descriptor.h"
#include "runtime/tokenizers/AddedTokens.h"
#include "runtime/tokenizers/Decoder.h"
#include "runtime/tokenizers/Encoding.h"
#include "runtime/tokenizers/Seams.h"
#include <functional>
#include <map>
#include <optional>
#include <span>

namespace tl::tokenizers {

class Tokenizer {
public:
  /// A folder or a file of it: `tokenizer.json`, else `vocab.txt`, else `vocab.json` or `encoder.json` with `merges.txt` or `vocab.bpe`.
  static Tokenizer read(const std::string &path);
  static Tokenizer fromFiles(const abi::Tokenizer &files);
  /// A file of this kind that is read already; `path` is for errors.
  static Tokenizer fromJson(const std::string &text, const std::string &path);

  /// All numbers are below it.
  int64_t size() const;
  size_t tokens() const; // which are fewer where there are gaps
  /// The number of a token; -1 where there is none of that name.
  int32_t find(std::string_view token) const;
  /// Null where no token has the number.
  const std::string *text(int32_t id) const;
  /// The texts of all numbers; "" of one that has none.
  std::vector<std::string> entries() const;
  /// "padding", "unknown", "mask", "class", "separator", "start", "end": those that the files name, or that the model or what stands around texts tells.
  const std::map<std::string, int32_t> &special() const { return specialTokens; }
  bool isSpecial(int32_t id) const;
  /// Tells tokenizers apart that number texts differently: 16 hex digits.
  const std::string &digest() const { return digestText; }

  /// Where texts may be cut without another token.
  const Seams &seams() const { return *seamsOfTexts; }

  const std::optional<Truncation> &truncation() const { return truncationOfFile; }
  const std::optional<Padding> &padding() const { return paddingOfFile; }

  std::string decode(const std::vector<int32_t> &ids, bool skipsSpecial = true) const;

private:
  friend class Encoder;
  Tokenizer() = default;
  void nameSpecialTokens(const Spec &config);
  std::unique_ptr<Model> model;
  std::unique_ptr<Normalizer> normalizer;
  std::unique_ptr<PreTokenizer> preTokenizer;
  std::unique_ptr<PostProcessor> postProcessor;
  std::unique_ptr<Decoder> decoder;
  std::unique_ptr<AddedTokens> added;
  std::unique_ptr<Seams> seamsOfTexts;
  std::map<std::string, int32_t> specialTokens;
  std::optional<Truncation> truncationOfFile;
  std::optional<Padding> paddingOfFile;
  std::string digestText;
};

/// Encodes texts, one after the other: each thread has its own. The tokenizer must outlive it.
class Encoder {
public:
  explicit Encoder(const Tokenizer &tokenizer)
      : addsSpecial(true), truncation(tokenizer.truncationOfFile), padding(tokenizer.paddingOfFile), tokenizer(tokenizer) {}

  bool addsSpecial, hasOffsets = false;
  std::optional<Truncation> truncation; // the file's, until another is given
  std::optional<Padding> padding;

  /// The text must be UTF-8: else an error tells the byte. Valid until the next call.
  const Encoding &encode(std::string_view text);
  const Encoding &encode(std::string_view first, std::string_view second);

  /// One text, given as its words, each of which is a text to the tokenizer; `Encoding::words` are their numbers.
  const Encoding &encodeWords(std::span<const std::string_view> words);

  /// For who looks on: the text after the normalizer, and the pieces that the model is given. Added tokens are not looked for.
  std::string normalized(std::string_view text);
  std::vector<std::pair<std::string, Span>> pieces(std::string_view text);

  /// Gives what a tokenizer is fitted on: the pieces of the normalized text, in which added tokens are not looked for.
  void cut(std::string_view text, const std::function<void(std::string_view)> &take);

private:
  void encodeOne(std::string_view text, int32_t type, Encoding &into);
  void encodeSection(std::string_view text, const Piece &section, int32_t type, Encoding &into);
  void addPiece(const Pieces &pieces, const Piece &piece, int32_t type, Encoding &into);
  const Encoding &finish();

  const Tokenizer &tokenizer;
  WordCache cache;
  std::vector<Encoding> parts;
  Encoding ofWord;
  std::vector<Piece> sections, pieceList, pieceSpare;
  std::vector<Token> made;
  Text plain{false}, aligned{true};
  int32_t word = 0;
};

} // namespace tl::tokenizers
