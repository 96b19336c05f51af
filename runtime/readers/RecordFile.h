// Records with texts as rows of numbers, as a file of tokens keeps them: as many for each field as it has, without padding.
#pragma once
#include "runtime/data/Reader.h"
#include "runtime/readers/TokenFile.h"

namespace tl::data {

class RecordFile {
public:
  /// `padding`: of each field of tokens, the number that fills it up.
  RecordFile(const std::vector<abi::Field> &fields, std::map<std::string, int32_t> padding);

  /// Below which all numbers are, so that two bytes hold each; 0: they are not.
  int64_t most() const { return isNarrow ? 1 << 16 : 0; }

  /// Of a record, field after field: what `Reader::fill` writes of it; of tokens, how many are no padding and what is cut.
  void add(const abi::Field &field, const char *values, int64_t count, int64_t cutTokens, int64_t cutLabels, std::vector<int32_t> &row) const;

  /// Finds the rows in a file of them, and what was cut of each.
  void scan(TokenFile rows, int64_t records, std::map<std::string, CutList> &cut);
  Extent extent(int64_t record) const;
  /// Of an extent's bytes, what `fill` wrote of a field.
  void decode(const abi::Field &field, std::string_view bytes, char *into) const;

private:
  Error badRows() const;
  template <typename Number, typename Visit> int64_t walk(const Number &number, int64_t at, const Visit &visit) const;
  const std::vector<abi::Field> fields;
  const std::map<std::string, int32_t> padding;
  bool isNarrow = true;
  TokenFile file;
  std::vector<int64_t> starts; // of the rows, and their end
};

} // namespace tl::data
