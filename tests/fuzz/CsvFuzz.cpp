// Fuzzes the reader of CSV files. An input is a byte that chooses options, one that says how often the text behind it
// stands in the file, and that text: so that a large file is as cheap to change as a small one.
#include "runtime/data/Dataset.h"
#include "runtime/data/Split.h"
#include "tests/fuzz/Harness.h"

using namespace tl;

static const std::vector<std::map<std::string, std::string>> choices = {
    {},
    {{"label", "kind"}},
    {{"label", "0"}, {"header", "false"}},
    {{"label", "1"}, {"header", "true"}},
    {{"target", "1"}},
    {{"target", "0, 1"}, {"x", "y"}},
    {{"columns", "a,b"}, {"label", "kind"}},
    {{"columns", "0,0,1"}},
    {{"header", "auto"}, {"label", "2"}, {"target", "a"}},
    {{"columns", ",,"}},
};

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string input, std::minstd_rand &random) {
    std::string front = input.substr(0, 2), text = input.size() > 2 ? input.substr(2) : "1,2\n";
    front.resize(2);
    if (random() % 8 == 0)
      front[0] = char(random() % choices.size() + (random() % 4 == 0 ? 128 : 0));
    front[1] = char(random() % 4096 == 0 ? 255 : random() % 16 == 0 ? random() % 8 : 0);
    fuzz::mutatePart(text);
    return front + text;
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("table.csv");
  if (size < 3)
    return 0;
  std::string text, piece(reinterpret_cast<const char *>(data) + 2, size - 2);
  for (size_t times = data[1] < 8 ? 1 : data[1] * 16; times > 0; --times) // 255: to over a megabyte
    text += piece;
  file.set(data[0] & 128 ? fuzz::stored(text) : text);
  abi::Source source{"train", "csv", {file.path}, choices[(data[0] & 127) % choices.size()], 0, "", ""};
  fuzz::answers(file.path, fuzz::bound(text.size()), [&] {
    data::Facts facts = data::readFacts(source, ".");
    source.records = facts.records;
    source.digest = facts.digest;
    data::Dataset dataset = data::Dataset::load(source, facts.fields, ".");
    data::splitPosition(dataset.digest(dataset.records() - 1));
  });
  return 0;
}
