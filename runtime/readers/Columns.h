// The columns of a table as options name them: by their numbers, and where its first row is a header, by what stands there.
#pragma once
#include "runtime/abi/Descriptor.h"
#include "runtime/readers/CsvText.h"
#include "runtime/readers/FirstRow.h"

namespace tl::data {

class Columns {
public:
  /// What a source says of columns: which options name some, and those of its text, categories and label, beside which a header shows.
  struct Asked {
    std::vector<std::pair<std::string, std::string>> lists; // option, and the columns that it names, with commas
    std::string text, label;                                // "": none
    std::vector<std::string> categories = {};
    bool areSeveral = false; // `label` is the one column of `labels`, each of whose cells names classes
    std::string labelOption() const { return areSeveral ? "labels" : "label"; }
  };
  /// An error where the first row does not tell whether it is a header and the option `header` does not say it.
  Columns(const CsvText &table, const std::string &path, const abi::Source &source, const Asked &asked);

  bool hasHeader = false;
  std::string doubt; // what speaks against `header = true`: both readings of the first row

  /// A name of the header goes before a number. Two columns of that name are an error: which one is meant is not said.
  int64_t find(const std::string &option, std::string_view text) const;
  /// Of the header, else its number.
  std::string nameOf(int64_t column) const { return size_t(column) < names.size() ? names[size_t(column)] : std::to_string(column); }
  /// "column 3", "column `species`"
  std::string textOf(int64_t column) const;

private:
  bool seesHeader(const abi::Source &source, const Asked &asked);
  std::optional<FirstRow> weighFirst() const;
  bool isNamedAbove(const Asked &asked) const;

  const CsvText &table;
  const std::string path;
  std::vector<std::string> names; // of the header
};

/// A list with commas, without the spaces around its items.
std::vector<std::string> itemsOf(const std::string &list);

} // namespace tl::data
