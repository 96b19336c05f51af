// Adds up what is cut from the records of a split.
#include "runtime/data/CutRecords.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl::data {

std::string cutText(const abi::Data &data, const std::string &split, const Dataset &dataset, const std::vector<int64_t> &records) {
  std::string text;
  for (const abi::Field &field : data.fields) {
    const std::vector<CutRecord> &cut = dataset.cutIn(field.name);
    int64_t count = 0, tokens = 0, labels = 0;
    for (int64_t record : records) {
      auto at = std::lower_bound(cut.begin(), cut.end(), record, [](const CutRecord &each, int64_t number) { return each.record < number; });
      if (at == cut.end() || at->record != record)
        continue;
      ++count;
      tokens += at->tokens;
      labels += at->labels;
    }
    if (count > 0)
      text += (text.empty() ? "`" + data.name + "." + split + "`: `" : "; `") + field.name + "` is cut to " + counted(field.shape[0], "token") + " in " + withCommas(count) + " of " +
              counted(std::ssize(records), "record") + ", which leaves out " + counted(tokens, "token") + (labels ? " and the labels of " + counted(labels, "word") : "");
  }
  return text;
}

std::string leftOutText(const abi::Data &data, const abi::Source &source) {
  if (source.leftOut == 0)
    return "";
  return "source `" + source.name + "` of `" + data.name + "` leaves out " + std::to_string(source.leftOut) + " of " + std::to_string(source.records + source.leftOut) + " records, which " +
         (source.options.contains("damaged") ? "are damaged" : "have no text");
}

} // namespace tl::data
