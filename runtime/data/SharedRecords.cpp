// Counts equal records by their digests.
#include "runtime/data/SharedRecords.h"
#include <algorithm>

namespace tl::data {

bool mayShareRecords(const abi::Data &data, const abi::Split &a, const abi::Split &b) {
  bool hasWindows = std::any_of(data.sources.begin(), data.sources.end(), [&](const abi::Source &source) {
    return source.window > 1 && (source.name == a.source || source.name == b.source);
  });
  return !hasWindows && (a.source != b.source || (a.by == "position" && b.by == "position"));
}

int64_t sharedRecords(const Dataset &train, const RecordList &trained, const Dataset &other,
                      const RecordList &tested) {
  std::vector<uint64_t> known;
  known.reserve(trained.size());
  for (int64_t record : trained)
    known.push_back(train.digest(record));
  std::sort(known.begin(), known.end());
  return std::count_if(tested.begin(), tested.end(), [&](int64_t record) {
    return std::binary_search(known.begin(), known.end(), other.digest(record));
  });
}

std::string sharedText(const std::string &data, const std::string &split, const std::string &trained, int64_t shared, int64_t records) {
  return std::to_string(shared) + " of the " + std::to_string(records) + " records of `" + data + "." + split + "` " +
         (shared == 1 ? "is" : "are") + " also in `" + trained + ".train`";
}

} // namespace tl::data
