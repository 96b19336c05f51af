// What readers share whose records have texts: which cells of a record a script asks for, and the fields that become of them. A reader
// finds the cells; tokens, digests, vocabularies and what is left out are here, what is to be predicted in RecordLabels.
#pragma once
#include "runtime/data/RecordLabels.h"
#include "runtime/data/TextFile.h"
#include "runtime/data/TextReader.h"
#include <deque>

namespace tl::data {

class TextRecords : public TextReader {
public:
  void fill(const abi::Field &field, char *into) override;
  std::string place(const std::string &, int64_t record) const override { return placeOf(records[size_t(record)]); }
  void eachText(const abi::Split &train, const std::string &field, const TakeText &take) const override;
  std::vector<uint64_t> digests() const override;

  /// The cells that options ask for: of texts, then of what is to be predicted. The text is `text` where they do not say another.
  static std::vector<AskedCell> askedBy(const abi::Source &source, const std::string &text);
  static std::vector<std::string> options() { return {"text", "texts", "label", "labels", "classes", "target", "length", "empty"}; }

protected:
  TextRecords(const abi::Source &source, const std::vector<std::string> &paths, std::vector<AskedCell> asked);

  /// A record that starts at an offset of a file, unless it is left out; its cells, in the order of `asked`, must outlive the reader.
  void add(size_t file, size_t at, const std::vector<std::string_view> &cells);
  /// Of a cell that is no part of its file.
  std::string_view keep(std::string_view cell) { return kept.emplace_back(cell); }
  /// Once all records are there: what is known of them.
  void describe(const abi::Source &source);

  std::vector<AskedCell> asked;
  std::deque<TextFile> files;

private:
  struct Record {
    size_t file, at, firstCell;
  };
  std::string placeOf(const Record &record) const { return files[record.file].lineAt(record.at); }
  std::string_view cell(const Record &record, size_t number) const { return cells[record.firstCell + number]; }
  /// What a field is made of: its texts, or the words of its text.
  std::vector<std::string_view> textsOf(const Record &record, const TokenField &field, bool &areWords) const;
  bool hasTexts(const Record &record) const;
  void fillTokens(const abi::Field &field, char *into);

  std::vector<Record> records;
  std::vector<std::string_view> cells;
  std::deque<std::string> kept;
  std::vector<std::unique_ptr<TextEncoder>> encoders; // of each text, to tell empty ones
  bool leavesOut = false;
  RecordLabels labels;
  std::string filled; // the field of tokens that these are of
  std::vector<int32_t> lengths, types, words;
};

/// For `Format::readingBytes`: the files, and where the cells of each record are.
int64_t readingBytesOfTexts(const abi::Source &source, const std::vector<abi::Field> &fields, int64_t fileBytes, bool isPacked);
/// Of readers that keep their cells beside the files.
int64_t readingBytesOfCopies(const abi::Source &source, const std::vector<abi::Field> &fields, int64_t fileBytes, bool isPacked);

} // namespace tl::data
