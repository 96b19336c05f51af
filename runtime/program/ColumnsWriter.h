// A record of a table whose columns are given by their names, `age=39 workclass=Private`, into memory.
#pragma once
#include "runtime/program/Answer.h"
#include "runtime/readers/Categories.h"
#include <optional>
#include <set>

namespace tl::program {

class ColumnsWriter {
public:
  /// Whether a field has columns with names, one number each.
  static bool takes(const abi::Field &field) { return !field.columns.empty() && field.shape.size() == 1; }
  /// `field` outlives it.
  explicit ColumnsWriter(const abi::Field &field);
  /// Writes the columns that a record has, or the field as a list under its own name; a tl::Error where one is missing that must not be. `into` is
  /// null where the answer does not depend on them.
  void write(const Answerer::Json &record, char *into);
  /// Whether a record has it, or one of its columns.
  bool isGiven(const Answerer::Json &record) const;
  /// ": `age`, `hours`", as a message goes on; "" where they are numbered
  std::string columnList() const;

private:
  Answerer::Json valueOf(const Answerer::Json &record, size_t column) const;
  float numberOf(const Answerer::Json &value, size_t column) const;
  int32_t categoryOf(const Answerer::Json &value, size_t column);

  const abi::Field &field;
  std::optional<data::Categories> categories;
  std::set<std::string> said; // of values without an entry
};

} // namespace tl::program
