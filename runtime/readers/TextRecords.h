// What readers share whose records have texts: which cells of a record a script asks for, and the fields that become of them. A reader goes through
// its files and finds the cells; tokens, digests, vocabularies and what is left out are here, what is to be predicted in RecordLabels. No text is held:
// the files are read once to know them, and again for what is made of them.
#pragma once
#include "runtime/data/Formats.h"
#include "runtime/readers/RecordFile.h"
#include "runtime/readers/RecordLabels.h"
#include "runtime/readers/TextReader.h"
#include <optional>

namespace tl::data {

class TextRecords : public TextReader {
public:
  void fill(const abi::Field &field, char *into) override;
  std::string place(const std::string &, int64_t record) const override;
  void eachText(const abi::Split &train, const std::string &field, const TakeText &take) const override;
  std::vector<uint64_t> digests() override { return known; }

  std::vector<std::string> findRecords(const std::vector<abi::Field> &fields, const std::string &folder) override;
  Extent extent(int64_t record) const override { return rows->extent(record); }
  void decode(const abi::Field &field, int64_t, std::string_view bytes, char *into) const override { rows->decode(field, bytes, into); }
  std::string report() const override { return said; }

  /// The cells that options ask for: of texts, then of what is to be predicted. The text is `text` where they do not say another.
  static std::vector<AskedCell> askedBy(const abi::Source &source, const std::string &text);
  static std::vector<std::string> options() { return {"text", "texts", "label", "labels", "classes", "target", "length", "empty"}; }

protected:
  TextRecords(const abi::Source &source, const std::vector<std::string> &paths, std::vector<AskedCell> asked);

  /// Goes through all records, as often as it is called, until `take` returns false; a record is valid during its call.
  using Take = std::function<bool(const RecordCells &)>;
  virtual void read(const Take &take) const = 0;
  /// Once that can be called: what is known of them.
  void describe(const abi::Source &source);

  /// How many tokens a record has of a field.
  int64_t lengthOf(const abi::Source &source, const TokenField &field) const;

  std::vector<AskedCell> asked;
  const std::vector<std::string> paths;
  bool areSingleWords = false; // a record is a list of words, each of which has one place: what is no single token is unknown

private:
  /// `read` without the records that are left out, and with their numbers.
  void each(const std::function<bool(int64_t, const RecordCells &)> &take) const;
  void survey();
  /// What a field is made of: its texts, or the words of its text.
  std::vector<std::string_view> textsOf(std::span<const std::string_view> cells, const TokenField &field, bool &areWords) const;
  bool hasTexts(const RecordCells &record) const;
  uint64_t digestOfRecord(const RecordCells &record) const;
  int64_t encode(const abi::Field &field, TextEncoder &encoder, std::span<const std::string_view> cells, RecordTokens &made) const;
  /// Of the tokens of all records, which several threads make.
  struct Side;
  void eachSide(const std::vector<abi::Field> &fields, const std::function<void(Side &, int64_t, const RecordCells &)> &make, const std::function<void(Side &)> &take) const;
  void fillTokens(const abi::Field &field, char *into);
  void makeRows(const std::vector<abi::Field> &fields, const TokenFile::Take &take) const;

  const std::string written; // all that the source says
  std::vector<std::unique_ptr<TextEncoder>> encoders; // of each text, to tell empty ones
  bool leavesOut = false;
  RecordLabels labels;
  std::vector<uint64_t> known; // digests
  std::string filled;          // the field of tokens that these are of
  std::vector<int32_t> lengths, types, words;
  std::optional<RecordFile> rows; // of records that are read one by one
  std::string said;
};

/// For `Format::readingBytes`: what is read of the files at once, what the records are known by, and what is known of their tokens while other fields
/// follow from them.
int64_t readingBytesOfTexts(const abi::Source &source, const Reading &reading);

/// For `Format::nameBeside`.
std::string nameOfRecords(const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &scriptDir);

/// For `Format::indexBytes` and `noBlocks`: records with texts are read one by one from a file of their tokens.
constexpr int64_t indexBytesOfTexts = 2 * sizeof(int64_t); // where each is, and what it is known by
std::string blocksOfTexts(const abi::Source &source);

} // namespace tl::data
