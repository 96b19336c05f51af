// Fuzzes the reader of CSV files. An input is a byte that chooses options, one that says how often the text behind it
// stands in the file, and that text: so that a large file is as cheap to change as a small one.
#include "tests/fuzz/Loading.h"

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
    {{"separator", ";"}, {"missing", "keep"}},
    {{"columns", "0"}, {"categories", "first = 1, 2"}, {"label", "3"}, {"missing", "keep"}},
    {{"categories", "a,b"}, {"target", "kind"}, {"kinds.least", "2"}, {"tokens.fields", "kinds"}},
    {{"separator", "\t"}, {"categories", "0"}},
    {{"window", "2"}, {"target", "1"}, {"ahead", "2"}, {"columns", "0,1"}},
    {{"label", "kind"}, {"classes", "red = 1, blue"}},
};

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t longest, unsigned seed) {
  return fuzz::rewriteText(data, size, longest, seed, choices.size(), "1,2\n");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("table.csv");
  if (size < 3)
    return 0;
  std::string text = fuzz::textOf(data, size);
  file.bytes = data[0] & 128 ? fuzz::stored(text) : text;
  abi::Source source{"train", "csv", {file.path}, choices[(data[0] & 127) % choices.size()], 0, "", ""};
  fuzz::answers(file.path, fuzz::boundOfTables(text.size()), [&] {
    fuzz::load(source, data::readFacts(source, "."));
  });
  return 0;
}
