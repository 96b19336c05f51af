// What of a record is to be predicted: one class, several, numbers, or a class for each of its words.
#pragma once
#include "runtime/data/Facts.h"
#include "runtime/readers/ClassNames.h"
#include <functional>
#include <span>

namespace tl::data {

/// A cell that a script asks for.
struct AskedCell {
  std::string option, written; // `label = "Recommended IND"`
  std::string name;            // of a text: the one it is known by
  std::string place = {};      // as messages call it: "column 3", "`review.body`"
};

/// The cells of one record, in the order in which they are asked for, and where it is, for messages: `FILE:LINE`.
struct RecordCells {
  std::span<const std::string_view> cells;
  const std::function<std::string()> &place;
};

class RecordLabels {
public:
  RecordLabels(const abi::Source &source, const std::vector<AskedCell> &asked);
  bool hasWords() const { return areWords; } // a class for each; as the first record has them
  /// Record by record: what cannot be read is an error.
  void add(const RecordCells &record, Facts &facts);
  /// Of all of them; `length`: tokens of the text that words are of, `path`: the file that errors of all records name.
  std::vector<abi::Field> describe(Facts &facts, int64_t length, const std::string &path) const;
  /// What a record has of a field; `words`: of which word each of its tokens is.
  void write(const abi::Field &field, const RecordCells &record, std::span<const int32_t> words, char *into) const;

private:
  struct Group {
    size_t from = 0, count = 0; // cells
  };
  using Named = std::map<std::string, int64_t, std::less<>>;
  void addLabel(const RecordCells &record, Facts &facts);
  void addSeveral(const RecordCells &record, Facts &facts);
  void count(std::string_view name, const RecordCells &record, size_t cell, Named &into);
  void checkSpelling(std::string_view name, const RecordCells &record, size_t cell);
  abi::Field classes(Facts &facts) const;
  abi::Field several(Facts &facts, const std::string &path) const;
  float numberAt(const RecordCells &record, size_t cell) const;
  int32_t classOf(const std::vector<std::string> &known, std::string_view name, const RecordCells &record) const;

  const std::vector<AskedCell> &asked;
  const ClassNames given; // where the script says them
  const std::vector<std::string> &names = given.names;
  Group label, target, labels;
  Spellings spellings; // of `label`, or of the one column of `labels`
  bool isFirst = true, areWords = false, areNumbers = false;
};

} // namespace tl::data
