// Fuzzes the readers of text, by lines and by windows. An input is a byte that chooses options, one that says how often the
// text behind it stands in the file, and that text: so that a large file is as cheap to change as a small one.
#include "tests/fuzz/Loading.h"

using namespace tl;

static const std::vector<fuzz::TextChoice> choices = {
    {"lines", {{"length", "3"}}},
    {"lines", {{"length", "4"}, {"label", "1"}, {"text.kind", "words"}}},
    {"lines", {{"length", "2"}, {"label", "0"}, {"text", "1"}, {"text.start", "true"}}},
    {"lines", {{"length", "1"}, {"label", "kind"}, {"text", "said"}, {"header", "true"}, {"text.kind", "words"}, {"text.most", "6"}}},
    {"text", {{"window", "3"}}},
    {"text", {{"window", "2"}, {"stride", "5"}, {"text.kind", "words"}, {"text.most", "5"}}},
};

/// A line of two bytes becomes a record of up to four tokens, where its cells are, a digest, and a piece that is counted. Of windows, up to four
/// threads hold a block and its numbers.
static size_t most(size_t fileBytes) { return 160 * fileBytes + (1 << 20) + 4 * std::min<size_t>(8 << 20, 1100 * fileBytes); }

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t longest, unsigned seed) {
  return fuzz::rewriteText(data, size, longest, seed, choices.size(), "a b\t1\n");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("lines.tsv");
  fuzz::readTexts(file, choices, data, size, most);
  return 0;
}
