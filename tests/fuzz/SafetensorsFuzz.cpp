// Fuzzes the reader of safetensors files. An input is the text of a header and the data behind it; the eight bytes that say
// how long the header is are made here, wrong in one of some cases.
#include "runtime/checkpoint/Safetensors.h"
#include "tests/fuzz/Harness.h"

using namespace tl;

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string input, std::minstd_rand &random) {
    std::string choice = input.substr(0, 1);
    choice.resize(1);
    std::vector<std::string> parts = fuzz::cut(std::string_view(input).substr(std::min<size_t>(1, input.size())), 2);
    choice[0] = char(random() % 16 == 0 ? random() : 0);
    if (random() % 16 == 0)
      parts[1].resize(random() % 2 ? random() % 64 : parts[1].size() + 4);
    else
      fuzz::mutatePart(parts[0]);
    return choice + fuzz::join(parts);
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("weights.safetensors");
  if (size == 0)
    return 0;
  std::vector<std::string> parts = fuzz::cut({reinterpret_cast<const char *>(data) + 1, size - 1}, 2);
  uint64_t declared = data[0] == 0 ? parts[0].size() : data[0] < 128 ? data[0] : ~uint64_t{0} >> (data[0] & 63);
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i)
    bytes[size_t(i)] = char(declared >> (8 * i));
  bytes += parts[0] + parts[1];
  if (data[0] % 16 == 15)
    bytes.resize(data[0] / 16);
  file.set(bytes);
  fuzz::answers(file.path, fuzz::bound(bytes.size()), [&] {
    checkpoint::SafetensorsFile weights(file.path);
    int64_t total = 0;
    for (const checkpoint::TensorInfo &tensor : weights.tensors()) {
      std::string values(size_t(tensor.bytes), '\0');
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
