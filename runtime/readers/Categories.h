// Categories of a table as numbers: one numbering for the values of all columns, so that one table of vectors serves them all.
#pragma once
#include "runtime/abi/Descriptor.h"
#include "runtime/data/Tokens.h"

namespace tl::data {

/// `workclass=Private`: the entry of a value in the vocabulary. That of a hole, and of every value that has no entry, is `workclass=`.
std::string categoryEntry(const std::string &column, std::string_view value);

/// For each column what is unknown, then the values that stand there at least `least` times, by how often they do, equally frequent ones in the order of
/// their bytes. `found` has entries. `counts`: how often each stands there, a value without an entry as unknown.
std::vector<std::string> categoryVocabulary(const PieceCounter &found, const std::vector<std::string> &columns, int64_t least, std::vector<int64_t> *counts);

/// The number of each column's first entry, which is what is unknown in it.
std::vector<int64_t> categoryStarts(const std::vector<std::string> &vocabulary, const std::vector<std::string> &columns);

class Categories {
public:
  /// Of a field of categories, whose vocabulary is fitted.
  explicit Categories(const abi::Field &field);
  int32_t unknown(size_t column) const { return int32_t(starts[column]); }
  /// `unknown` where the column has no such value, or that is a hole.
  int32_t number(size_t column, std::string_view value) const;
  /// The values that a column has, the most frequent first.
  std::vector<std::string> valuesOf(size_t column) const;

private:
  std::vector<std::string> entries, columns;
  std::vector<int64_t> starts;
  std::unordered_map<std::string, int32_t> numbers; // by entry
};

} // namespace tl::data
