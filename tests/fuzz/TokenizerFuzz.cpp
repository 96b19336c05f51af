// Fuzzes the reader of tokenizers and what they do to texts. An input is a part of a byte that says how often the second one of three parts of a
// tokenizer.json stands there, these parts, and a text.
#include "runtime/tokenizers/Tokenizer.h"
#include "runtime/io/Utf8.h"
#include "tests/fuzz/Harness.h"

using namespace tl;

/// A value of JSON is a node of a tree; two bytes of text make one.
static size_t most(size_t fileBytes) { return 400 * fileBytes + (4 << 20); }

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t longest, unsigned seed) {
  return fuzz::rewrite(data, size, longest, seed, [](std::string input, std::minstd_rand &random) {
    char times = fuzz::drawTimes(random);
    std::vector<std::string> parts = fuzz::cut(std::string_view(input).substr(std::min<size_t>(input.size(), 1)), 4);
    fuzz::mutatePart(parts[random() % 4]);
    return times + fuzz::join(parts);
  });
}

/// What holds of every text: it becomes tokens that are there, with offsets that lie in it, and the same ones without offsets.
static void encode(const tokenizers::Tokenizer &tokenizer, const std::string &text) {
  tokenizers::Encoder plain(tokenizer), aligned(tokenizer);
  aligned.hasOffsets = true;
  for (tokenizers::Encoder *encoder : {&plain, &aligned})
    if (encoder->padding && (encoder->padding->length > 1000 || encoder->padding->multipleOf > 1000))
      encoder->padding.reset();
  const tokenizers::Encoding &one = plain.encode(text), &other = aligned.encode(text);
  if (one.ids != other.ids || one.types != other.types || one.words != other.words)
    throw Error(exitInternal, "offsets change what a text becomes");
  if (other.offsets.size() != other.ids.size())
    throw Error(exitInternal, "a token has no offset");
  size_t codes = io::countCodes(text);
  for (tokenizers::Span span : other.offsets)
    if (span.from > codes || span.to > codes)
      throw Error(exitInternal, "an offset lies behind the text");
  if (io::findBadUtf8(tokenizer.decode(one.ids, false)) != std::string::npos)
    throw Error(exitInternal, "a text of tokens is not UTF-8");
  plain.encode(text, text);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("tokenizer.json");
  if (size < 1)
    return 0;
  std::vector<std::string> parts = fuzz::cut({reinterpret_cast<const char *>(data) + 1, size - 1}, 4);
  file.bytes = parts[0] + fuzz::repeated(parts[1], fuzz::timesOf(data[0], parts[1].size())) + parts[2];
  fuzz::answers(file.path, most(file.bytes.size() + parts[3].size()), [&] {
    tokenizers::Tokenizer tokenizer = tokenizers::Tokenizer::read(file.path);
    try {
      encode(tokenizer, parts[3]);
    } catch (const Error &error) {
      if (error.exitCode != exitBadData)
        throw;
    }
  });
  return 0;
}
