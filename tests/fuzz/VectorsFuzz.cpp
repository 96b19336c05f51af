// Fuzzes the reader of word vectors: text with and without a first line that counts, and binary, also packed. The words of a file are all found where
// they stand, and rows that are read by themselves are those of the whole.
#include "runtime/weights/VectorsFile.h"
#include "tests/fuzz/Harness.h"

using namespace tl;

/// What is held of a file: a place in two lists for each word, which has five bytes at least, and while they grow twice that.
static constexpr size_t boundOfWords(size_t fileBytes) { return 2 * fuzz::bound(fileBytes); }

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewriteText(data, size, most, seed, 2, "the 1 2\ncat 3 4\n");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("vectors.txt");
  if (size < 3)
    return 0;
  std::string text = fuzz::textOf(data, size);
  file.bytes = data[0] & 128 ? fuzz::stored(text) : text;
  fuzz::answers(file.path, boundOfWords(text.size()), [&] {
    weights::VectorsFile vectors(file.path);
    const weights::TensorInfo &tensor = vectors.tensors()[0];
    const weights::RowWords &words = *vectors.words();
    for (int64_t row = 0; row < words.size(); ++row)
      if (words.find(words.at(row)) != row)
        throw Error(exitInternal, "a word is not found at its row");
    std::string all(size_t(tensor.bytes), '\0');
    vectors.read(tensor, all.data());
    size_t each = words.size() ? all.size() / size_t(words.size()) : 0;
    if (words.size() > 1) {
      std::string last(each, '\0');
      vectors.readRows({words.size() - 1}, last.data());
      if (all.substr(all.size() - each) != last)
        throw Error(exitInternal, "a row by itself is another one than among all");
    }
  });
  return 0;
}
