// Reads group after group.
#include "runtime/data/GroupRows.h"
#include <algorithm>
#include <cstring>

namespace tl::data {

GroupRows::GroupRows(const Dataset &dataset, std::vector<int> fields) : dataset(dataset), fields(std::move(fields)), values(this->fields.size()) {}

void GroupRows::read(const EpochOrder &order, int64_t place) {
  order.take(place, group);
  numbers.resize(group.records.size());
  std::vector<Dataset::Target> targets;
  for (size_t i = 0; i < fields.size(); ++i) {
    values[i].resize(group.records.size() * size_t(dataset.bytesPerRecord(fields[i])));
    targets.push_back({fields[i], values[i].data()});
  }
  for (size_t i = 0; i < group.records.size(); ++i)
    numbers[group.rows[i]] = group.records[i];
  dataset.scatter(group.records, group.rows, targets, window);
}

void GroupRows::lay(const EpochOrder &order, int64_t epoch, int64_t first, int64_t count, int64_t *into, std::vector<char *> fieldsInto) {
  for (int64_t row = 0, some; row < count; row += some) {
    if (!group.has(epoch, first + row))
      read(order, first + row);
    const int64_t from = first + row - group.first;
    some = std::min(count - row, std::ssize(numbers) - from);
    std::copy_n(numbers.begin() + from, some, into + row);
    for (size_t i = 0; i < fields.size(); ++i) {
      const int64_t bytes = dataset.bytesPerRecord(fields[i]);
      std::memcpy(fieldsInto[i] + row * bytes, values[i].data() + from * bytes, size_t(some * bytes));
    }
  }
}

} // namespace tl::data
