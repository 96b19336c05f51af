// The records of a table as cells: what the reader of a format gives to TableReader, which makes fields of them.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tl::data {

/// A column that a source asks for.
struct AskedColumn {
  std::string option;    // "columns", "categories", "target", "label" or "group"
  std::string written;   // how the file calls it: `hours-per-week`, `12`
  std::string name = {}; // how the script calls it: `hours = 12`; else what the file does
  std::string text = {}; // for messages: "column `hours-per-week`"
};

/// What the options of a source ask for: its numbers, its categories, its targets, its label and its group, in this order.
std::vector<AskedColumn> columnsAsked(const abi::Source &source);

/// A record's cells, those that are asked for, in that order.
struct TableRow {
  int64_t start = 0;                // of the record, in the file
  std::vector<std::string_view> cells;
  std::vector<size_t> columns = {}; // where each begins in its line, from 1; empty where nobody knows
};

class TableRows {
public:
  using Take = std::function<bool(const TableRow &)>;

  virtual ~TableRows() = default;
  const std::vector<AskedColumn> &columns() const { return asked; }
  const std::string &path() const { return file; }
  int64_t records() const { return count; }
  /// What speaks against `header = true`: see Facts.
  const std::string &headerDoubt() const { return doubt; }

  /// Hands over all records, in order, until `take` returns false; a row is valid during its call.
  virtual void each(const Take &take) const = 0;
  /// Hands over the record that `bytes` start with, which lie at `start` of the file.
  virtual void cut(std::string_view bytes, int64_t start, const Take &take) const = 0;
  /// Bytes of the file, unpacked.
  virtual int64_t size() const = 0;
  /// `FILE:LINE`
  virtual std::string place(const TableRow &row) const = 0;
  /// What a message adds that finds no number where one belongs.
  virtual std::string advice() const { return ""; }

protected:
  TableRows(std::vector<AskedColumn> asked, std::string path) : asked(std::move(asked)), file(std::move(path)) {}
  /// An error where one column is asked for twice, or is read and predicted. `places`: which column each is, for messages.
  void checkColumns(const abi::Source &source, const std::vector<std::string> &places) const;
  std::vector<AskedColumn> asked;
  std::string file, doubt;
  int64_t count = 0;
};

} // namespace tl::data
