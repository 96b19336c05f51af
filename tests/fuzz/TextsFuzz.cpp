// Fuzzes the readers of records with texts: tables with quotes, objects a line, words a line. An input is a byte that chooses options, one that says how often the
// text behind it stands in the file, and that text: so that a large file is as cheap to change as a small one.
#include "tests/fuzz/Loading.h"

using namespace tl;

static const std::vector<fuzz::TextChoice> choices = {
    {"csv", {{"length", "3"}, {"text", "0"}, {"header", "false"}, {"empty", "skip"}}},
    {"csv", {{"length", "4"}, {"text", "said"}, {"label", "kind"}, {"text.kind", "words"}}},
    {"csv", {{"length", "2"}, {"texts", "a = 0, b = 1"}, {"target", "2"}, {"empty", "skip"}}},
    {"csv", {{"length", "2"}, {"text", "0"}, {"labels", "1,2"}, {"header", "true"}}},
    {"jsonl", {{"length", "3"}, {"text", "a.b"}, {"label", "c"}, {"empty", "skip"}}},
    {"jsonl", {{"length", "3"}, {"text", "a"}, {"labels", "c"}, {"text.kind", "words"}}},
    {"jsonl", {{"length", "3"}, {"texts", "a, c"}}},
    {"conll", {{"length", "4"}, {"label", "-1"}}},
    {"conll", {{"length", "4"}, {"text", "1"}, {"label", "0"}, {"text.kind", "words"}, {"text.start", "true"}}},
    {"jsonl", {{"columns", "n = a.b, c"}, {"categories", "a"}, {"missing", "keep"}}},
    {"jsonl", {{"categories", "a.b, c"}, {"label", "d"}}},
};

/// A line of two bytes becomes a record of up to four tokens, where its cells are, a digest, and a piece that is counted; of an object
/// each byte may become an entry.
static size_t most(size_t fileBytes) { return 400 * fileBytes + (1 << 20); }

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t longest, unsigned seed) {
  return fuzz::rewriteText(data, size, longest, seed, choices.size(), "{\"a\": \"b\"}\n");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("texts.txt");
  fuzz::readTexts(file, choices, data, size, most);
  return 0;
}
