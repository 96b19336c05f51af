// Adds up what is cut from the records of a split.
#include "runtime/data/CutRecords.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl::data {

/// How many words of a record the vocabulary lacks.
static int64_t unknownIn(const Dataset &dataset, const abi::Field &field, int64_t record) {
  std::vector<char> values = dataset.values(dataset.findField(field.name), record);
  std::span ids(reinterpret_cast<const int32_t *>(values.data()), values.size() / sizeof(int32_t));
  return std::count(ids.begin(), ids.end(), int32_t(field.special.at("unknown")));
}

/// The words of sections are asked about, each for itself.
static bool hasSections(const abi::Data &data, const std::string &split) {
  for (const abi::Split &each : data.splits)
    for (const abi::Source &source : data.sources)
      if (each.name == split && source.name == each.source && source.options.contains("sections"))
        return true;
  return false;
}

static std::string unknownText(const abi::Field &field, const Dataset &dataset, const RecordList &records) {
  int64_t words = 0, among = 0;
  for (int64_t record : records)
    if (int64_t unknown = unknownIn(dataset, field, record)) {
      words += unknown;
      ++among;
    }
  return words == 0 ? "" : "`" + field.name + "` has " + counted(words, "word") + " that the vocabulary lacks, in " + withCommas(among) + " of " + counted(std::ssize(records), "record");
}

std::string cutText(const abi::Data &data, const std::string &split, const Dataset &dataset, const RecordList &records) {
  std::string text;
  auto add = [&](const std::string &what) { text += what.empty() ? "" : (text.empty() ? "`" + data.name + "." + split + "`: " : "; ") + what; };
  for (const abi::Field &field : data.fields) {
    if (!field.tokens.empty() && hasSections(data, split))
      add(unknownText(field, dataset, records));
    int64_t count = 0, tokens = 0, labels = 0;
    dataset.cutIn(field.name).each([&](const CutRecord &cut) {
      if (!records.contains(cut.record))
        return;
      ++count;
      tokens += cut.tokens;
      labels += cut.labels;
    });
    if (count > 0)
      add("`" + field.name + "` is cut to " + counted(field.shape[0], "token") + " in " + withCommas(count) + " of " + counted(std::ssize(records), "record") +
          ", which leaves out " + counted(tokens, "token") + (labels ? " and the labels of " + counted(labels, "word") : ""));
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
