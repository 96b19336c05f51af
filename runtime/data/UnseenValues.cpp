// Counts the values without an entry in the records of a split.
#include "runtime/data/UnseenValues.h"
#include "runtime/data/Dataset.h"
#include "runtime/data/RecordList.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl::data {

void UnseenValues::add(int64_t record, const std::string &text) {
  auto at = std::find(named.begin(), named.end(), text);
  if (at == named.end() && named.size() < mostTexts)
    at = named.insert(at, text);
  const size_t of = at == named.end() ? mostTexts : size_t(at - named.begin());
  uint64_t number = uint64_t(record - lastRecord) * (mostTexts + 1) + of;
  for (lastRecord = record; number > 127; number >>= 7)
    places.push_back(uint8_t(number | 128));
  places.push_back(uint8_t(number));
}

static std::string listed(const UnseenValues &unseen, const std::vector<int64_t> &times) {
  constexpr size_t most = 5; // that are named
  std::vector<size_t> order;
  for (size_t i = 0; i < unseen.texts().size(); ++i)
    if (times[i] > 0)
      order.push_back(i);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return std::pair(-times[a], a) < std::pair(-times[b], b); });
  std::string list;
  for (size_t i = 0; i < std::min(order.size(), most); ++i)
    list += (i ? ", " : "") + unseen.texts()[order[i]] + " (" + withCommas(times[order[i]]) + ")";
  return list + (order.size() > most || times.back() > 0 ? ", …" : "");
}

std::string unseenText(const abi::Data &data, const std::string &split, const Dataset &dataset, const RecordList &records) {
  std::string text;
  for (const abi::Field &field : data.fields) {
    const UnseenValues &unseen = dataset.unseenIn(field.name);
    std::vector<int64_t> times(UnseenValues::mostTexts + 1);
    int64_t values = 0, inRecords = 0, last = -1;
    unseen.each([&](int64_t record, size_t of) {
      if (!records.contains(record))
        return;
      ++times[of], ++values;
      inRecords += record != last;
      last = record;
    });
    if (values > 0)
      text += (text.empty() ? "`" + data.name + "." + split + "`: `" : "; `") + field.name + "` has no entry for " + counted(values, "value") + " in " + withCommas(inRecords) + " of " +
              counted(std::ssize(records), "record") + ", which " + (values == 1 ? "counts" : "count") + " as unknown: " + listed(unseen, times);
  }
  return text;
}

} // namespace tl::data
