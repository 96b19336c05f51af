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

static const abi::Source *sourceOf(const abi::Data &data, const std::string &split) {
  for (const abi::Split &each : data.splits)
    for (const abi::Source &source : data.sources)
      if (each.name == split && source.name == each.source)
        return &source;
  return nullptr;
}

/// Fields whose words are asked about, each for itself: those of sections, of which a record has one, and those of data that only tests read, as it
/// takes the vocabulary of other data.
static std::vector<const abi::Field *> fieldsOfWords(const abi::Data &data, const std::string &split) {
  const abi::Source *source = sourceOf(data, split);
  const bool hasTrain = std::any_of(data.splits.begin(), data.splits.end(), [](const abi::Split &each) { return each.name == "train"; });
  std::vector<const abi::Field *> fields;
  for (const abi::Field &field : data.fields)
    if (field.tokens == "words" && source && source->window <= 1 && (source->options.contains("sections") || (!hasTrain && !field.hasStart)))
      fields.push_back(&field);
  return fields;
}

/// How many words each field lacks, and, where some do, in how many records none is lacking: all that a test of words counts.
static std::vector<std::string> unknownTexts(const std::vector<const abi::Field *> &fields, const Dataset &dataset, const RecordList &records) {
  std::vector<int64_t> words(fields.size()), among(fields.size());
  int64_t whole = 0;
  for (int64_t record : records) {
    bool isWhole = true;
    for (size_t i = 0; i < fields.size(); ++i) {
      int64_t unknown = unknownIn(dataset, *fields[i], record);
      words[i] += unknown;
      among[i] += unknown > 0;
      isWhole &= unknown == 0;
    }
    whole += isWhole;
  }
  std::vector<std::string> texts;
  const std::string of = " of " + counted(std::ssize(records), "record");
  for (size_t i = 0; i < fields.size(); ++i)
    if (words[i] > 0)
      texts.push_back("`" + fields[i]->name + "` has " + counted(words[i], "word") + " that the vocabulary lacks, in " + withCommas(among[i]) + of);
  if (!texts.empty())
    texts.push_back(whole == 0 ? "it has all words of none" + of + ": what counts only such records has nothing to count" : "it has all words of " + withCommas(whole) + of);
  return texts;
}

std::string cutText(const abi::Data &data, const std::string &split, const Dataset &dataset, const RecordList &records) {
  std::string text;
  auto add = [&](const std::string &what) { text += what.empty() ? "" : (text.empty() ? "`" + data.name + "." + split + "`: " : "; ") + what; };
  for (const std::string &unknown : unknownTexts(fieldsOfWords(data, split), dataset, records))
    add(unknown);
  for (const abi::Field &field : data.fields) {
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
