// What of a record is to be predicted: one class, several, numbers, or a class for each of its words.
#pragma once
#include "runtime/data/Facts.h"
#include <functional>

namespace tl::data {

/// A cell that a script asks for.
struct AskedCell {
  std::string option, written; // `label = "Recommended IND"`
  std::string name;            // of a text: the one it is known by
  std::string place = {};      // as messages call it: "column 3", "`review.body`"
};

/// The cells of records, as the labels look at them.
struct RecordCells {
  std::function<int64_t()> count;
  std::function<std::string_view(size_t record, size_t cell)> cell;
  std::function<std::string(size_t record)> place;
};

class RecordLabels {
public:
  RecordLabels(const abi::Source &source, const std::vector<AskedCell> &asked, RecordCells cells);
  bool hasWords() const; // a class for each
  /// What cannot be read is an error. `text`: the cell of the text that words are of; `length`: its tokens.
  std::vector<abi::Field> describe(Facts &facts, int64_t length) const;
  /// `words`: of which word each token of the records is.
  void fill(const abi::Field &field, const std::vector<int32_t> &words, char *into) const;

private:
  struct Group {
    size_t from = 0, count = 0; // cells
  };
  abi::Field classes(const std::string &name, size_t cell, Facts &facts) const;
  abi::Field several(Facts &facts) const;
  float numberAt(size_t record, size_t cell) const;
  using Named = std::map<std::string, int64_t, std::less<>>;
  void count(std::string_view name, size_t record, size_t cell, Named &into) const;
  int32_t classOf(const abi::Field &field, std::string_view name, size_t record) const;
  std::vector<std::string> namesIn(size_t record) const;
  void fillSeveral(const abi::Field &field, float *into) const;
  void fillWords(const abi::Field &field, const std::vector<int32_t> &words, int32_t *into) const;

  const std::vector<AskedCell> &asked;
  RecordCells cells;
  std::vector<std::string> names; // of the classes, where the script says them
  Group label, target, labels;
};

} // namespace tl::data
