// Fuzzes the reader of safetensors files. An input is three bytes of choices, the text of a header in three parts, the second
// of which is repeated, and the data behind it; the length of the header is made here, wrong in one of some cases.
#include "runtime/weights/Safetensors.h"
#include "tests/fuzz/Harness.h"

using namespace tl;

namespace {

enum Choice { declared, times, withData, choices }; // withData: a byte for each repetition

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string input, std::minstd_rand &random) {
    std::string front = input.substr(0, choices);
    std::vector<std::string> parts = fuzz::cut(std::string_view(input).substr(front.size()), 4);
    front.resize(choices);
    front[declared] = char(random() % 16 == 0 ? random() : 0);
    front[times] = fuzz::drawTimes(random);
    front[withData] = char(random() % 2);
    if (random() % 16 == 0)
      parts[3].resize(random() % 2 ? random() % 64 : parts[3].size() + 4);
    else if (!fuzz::isLarge(front[times]) || random() % 2) // a large one is left as it was in one of two
      fuzz::mutatePart(parts[random() % 4 ? 0 : 1 + random() % 2]);
    return front + fuzz::join(parts);
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("weights.safetensors");
  if (size < choices)
    return 0;
  std::vector<std::string> parts = fuzz::cut({reinterpret_cast<const char *>(data) + choices, size - choices}, 4);
  size_t count = fuzz::timesOf(data[times], parts[1].size());
  std::string behind = parts[3] + std::string(data[withData] ? count : 0, 'x');
  std::string bytes = fuzz::safetensors(parts[0] + fuzz::repeated(parts[1], count) + parts[2], behind);
  if (uint8_t wrong = data[declared]) {
    uint64_t length = wrong < 128 ? wrong : ~uint64_t{0} >> (wrong & 63);
    for (int i = 0; i < 8; ++i)
      bytes[size_t(i)] = char(length >> (8 * i));
    if (wrong % 16 == 15)
      bytes.resize(wrong / 16);
  }
  file.bytes = bytes;
  fuzz::answers(file.path, fuzz::bound(bytes.size()), [&] {
    weights::SafetensorsFile weights(file.path);
    std::string values;
    int64_t total = 0;
    for (const weights::TensorInfo &tensor : weights.tensors()) {
      values.resize(size_t(tensor.bytes));
      weights.read(tensor, values.data());
      total += tensor.bytes;
      if (weights.find(tensor.name) != &tensor)
        throw Error(exitInternal, "a tensor of the list is not found by its name");
    }
    if (total > int64_t(bytes.size()))
      throw Error(exitInternal, "the tensors take more bytes than the file has");
  });
  return 0;
}
