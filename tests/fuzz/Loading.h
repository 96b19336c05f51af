// What the fuzzers of readers do with a source whose facts were read.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/Split.h"
#include "tests/fuzz/Harness.h"

namespace tl::fuzz {

/// Loads a source, and where it can be read in pieces, so, too: that must be the same data. Its categories are fitted first.
inline void load(abi::Source source, const data::Facts &facts) {
  source.records = facts.records;
  source.digest = facts.digest;
  source.options.insert(facts.told.begin(), facts.told.end());
  source.window = facts.window;
  std::vector<abi::Field> fields = facts.fields;
  for (abi::Field &field : fields)
    if (!field.tokens.empty())
      field.vocabulary = data::fitVocabulary(source, field.name, {"train", "train", 0, 0.75, ""}, ".");
  auto digestsOf = [&](data::Holding holding) {
    data::Dataset dataset = data::Dataset::load(source, fields, ".", holding);
    return dataset.digest() + " " + std::to_string(data::splitPosition(dataset.digest(dataset.records() - 1)));
  };
  std::string whole = digestsOf(data::Holding::Whole), pieces;
  try {
    pieces = digestsOf(data::Holding::InPieces);
  } catch (const Error &error) {
    pieces = error.message;
  }
  if (pieces != whole)
    finding("held whole this is " + whole + ", and in pieces " + pieces);
}

/// A source of text: its vocabularies are fitted first.
inline void loadText(abi::Source source) {
  data::Facts facts = data::readFacts(source, ".");
  source.records = facts.records;
  source.digest = facts.digest;
  source.window = facts.window;
  abi::Split train{"train", "train", 0, 0.75, "", facts.window > 1 ? "position" : "hash"};
  for (abi::Field &field : facts.fields)
    if (!field.tokens.empty())
      field.vocabulary = data::fitVocabulary(source, field.name, train, ".");
  data::Dataset dataset = data::Dataset::load(source, facts.fields, ".");
  data::splitPosition(dataset.digest(dataset.records() - 1));
}

/// A reader of texts and what it is told.
struct TextChoice {
  const char *reader;
  std::map<std::string, std::string> options;
};

/// One input of a fuzzer of texts, in `file`, by the choice that its first byte makes; `most`: bytes that may be held of a text so long.
inline void readTexts(MemoryFile &file, const std::vector<TextChoice> &choices, const uint8_t *data, size_t size, size_t (*most)(size_t fileBytes)) {
  if (size < 3)
    return;
  std::string text = textOf(data, size);
  file.bytes = data[0] & 128 ? stored(text) : text;
  const TextChoice &choice = choices[(data[0] & 127) % choices.size()];
  abi::Source source{"train", choice.reader, {file.path}, choice.options, 0, "", ""};
  answers(file.path, most(text.size()), [&] { loadText(source); });
}

} // namespace tl::fuzz
