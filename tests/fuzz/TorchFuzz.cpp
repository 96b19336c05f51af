// Fuzzes the reader of PyTorch's files. An input is four bytes of choices, a pickle in three parts, the second of which is repeated, and what
// is stored behind it; the archive or the old form around them is made here, in some cases with a byte of it changed.
#include "runtime/weights/WeightFile.h"
#include "tests/fuzz/Harness.h"
#include "tests/unit/Archives.h"

using namespace tl;

namespace {

enum Choice { form, times, place, change, choices }; // form: an archive, the old form, or the last part as it is

std::string fileOf(uint8_t kind, const std::string &pickle, const std::string &stored) {
  if (kind % 4 == 1)
    return std::string("\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3.\x80\2}.", 25) + pickle + stored;
  if (kind % 4 == 2)
    return stored;
  return test::zipOf({{"m/data.pkl", pickle}, {"m/byteorder", "little"}, {"m/data/0", stored}, {"m/data/1", stored.substr(0, 4)}}, kind & 4);
}

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string input, std::minstd_rand &random) {
    std::string front = input.substr(0, choices);
    std::vector<std::string> parts = fuzz::cut(std::string_view(input).substr(front.size()), 4);
    front.resize(choices);
    if (random() % 16 == 0)
      front[form] = char(random() % 8);
    front[times] = fuzz::drawTimes(random);
    front[change] = char(random() % 8 == 0 ? random() : 0);
    front[place] = char(random());
    if (!fuzz::isLarge(front[times]) || random() % 2) // a large one is left as it was in one of two
      fuzz::mutatePart(parts[random() % 8 == 0 ? 3 : random() % 3]);
    return front + fuzz::join(parts);
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("weights.pt");
  if (size < choices)
    return 0;
  std::vector<std::string> parts = fuzz::cut({reinterpret_cast<const char *>(data) + choices, size - choices}, 4);
  file.bytes = fileOf(data[form], parts[0] + fuzz::repeated(parts[1], fuzz::timesOf(data[times], parts[1].size())) + parts[2], parts[3]);
  if (data[change] && !file.bytes.empty()) // the directory of an archive is at its end
    file.bytes[file.bytes.size() - 1 - data[place] % file.bytes.size()] = char(data[change]);
  fuzz::answers(file.path, fuzz::boundOfPickles(file.bytes.size()), [&] {
    weights::WeightFile weights(file.path);
    std::string values;
    for (const weights::TensorInfo *tensor : weights.tensors()) {
      if (tensor->bytes > 2 * int64_t(file.bytes.size())) // what looks like word vectors has numbers as text, two bytes each at least
        throw Error(exitInternal, "a tensor takes more bytes than the file tells of");
      values.resize(size_t(tensor->bytes));
      if (values.size() < 4096 || weights.tensors().size() < 16) // not each of thousands of views of a long storage
        weights.read(*tensor, values.data());
      if (weights.find(tensor->name) != tensor)
        throw Error(exitInternal, "a tensor of the list is not found by its name");
    }
    weights.digest();
  });
  return 0;
}
