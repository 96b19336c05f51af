// Counts the values without an entry in the records of a split.
#include "runtime/data/UnseenValues.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl::data {

static std::string listed(const UnseenValues &unseen, const std::vector<int64_t> &times) {
  constexpr size_t most = 5; // that are named
  std::vector<size_t> order;
  for (size_t i = 0; i < unseen.texts.size(); ++i)
    if (times[i] > 0)
      order.push_back(i);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return std::pair(-times[a], a) < std::pair(-times[b], b); });
  std::string list;
  for (size_t i = 0; i < std::min(order.size(), most); ++i)
    list += (i ? ", " : "") + unseen.texts[order[i]] + " (" + withCommas(times[order[i]]) + ")";
  return list + (order.size() > most || times.back() > 0 ? ", …" : "");
}

std::string unseenText(const abi::Data &data, const std::string &split, const Dataset &dataset, const RecordList &records) {
  std::string text;
  for (const abi::Field &field : data.fields) {
    const UnseenValues &unseen = dataset.unseenIn(field.name);
    std::vector<int64_t> times(unseen.texts.size() + 1); // the last is of those without a text
    int64_t values = 0, inRecords = 0;
    for (int64_t record : records) {
      auto before = [](const UnseenValues::Place &place, int64_t number) { return place.record < number; };
      auto at = std::lower_bound(unseen.places.begin(), unseen.places.end(), record, before);
      inRecords += at != unseen.places.end() && at->record == record;
      for (; at != unseen.places.end() && at->record == record; ++at, ++values)
        ++times[size_t(at->text)];
    }
    if (values > 0)
      text += (text.empty() ? "`" + data.name + "." + split + "`: `" : "; `") + field.name + "` has no entry for " + counted(values, "value") + " in " + withCommas(inRecords) + " of " +
              counted(std::ssize(records), "record") + ", which " + (values == 1 ? "counts" : "count") + " as unknown: " + listed(unseen, times);
  }
  return text;
}

} // namespace tl::data
