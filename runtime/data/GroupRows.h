// The rows of records that are mixed: read in the order in which they lie in the source, and laid out in that of the epoch.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/EpochOrder.h"

namespace tl::data {

class GroupRows {
public:
  /// Of these fields of the data, by their indices.
  GroupRows(const Dataset &dataset, std::vector<int> fields);
  /// Writes the records of `count` places of the epoch from `first` on, into `numbers` and, field by field, `into`.
  void lay(const EpochOrder &order, int64_t epoch, int64_t first, int64_t count, int64_t *numbers, std::vector<char *> into);

  /// Bytes held, of groups of so many records with so many bytes in all their fields.
  static int64_t bytes(int64_t records, int64_t recordBytes) { return records * (recordBytes + int64_t(sizeof(int64_t))); }

private:
  void read(const EpochOrder &order, int64_t place);
  const Dataset &dataset;
  std::vector<int> fields;
  EpochOrder::Group group;
  std::vector<int64_t> numbers;          // of the records of the group, by row
  std::vector<std::vector<char>> values; // of each field
  Pieces::Window window;
};

} // namespace tl::data
