// Fuzzes the reader of CIFAR-10 batches. An input is a byte of choices, one that says how many bytes are missing at the
// end, and the labels of the records, whose values follow from them: so that a large batch is as cheap to change as a small one.
#include "tests/fuzz/Loading.h"

using namespace tl;

namespace {

enum Choice { packed = 1, twice = 2, large = 4 };
constexpr size_t mostLabels = 3;

std::string batch(std::string_view labels) {
  std::string bytes;
  for (char label : labels)
    bytes += label + std::string(3072, char(label * 31 + char(bytes.size() >> 8)));
  return bytes;
}

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string input, std::minstd_rand &random) {
    std::string front = input.substr(0, 2), labels = input.size() > 2 ? input.substr(2, mostLabels) : "\1";
    front.resize(2);
    if (random() % 8 == 0)
      front[0] = char(random() % 4);
    front[0] = char((front[0] & 3) | (random() % 512 ? 0 : large));
    front[1] = char(random() % 4 ? 0 : random() % 256);
    fuzz::mutatePart(labels);
    for (char &label : labels)
      label = random() % 64 ? char(unsigned(label) % 10) : label;
    return front + labels.substr(0, mostLabels);
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile first("first"), second("second");
  if (size < 2)
    return 0;
  std::string bytes = batch({reinterpret_cast<const char *>(data) + 2, std::min(size - 2, mostLabels)});
  for (int times = data[0] & large ? 6 : 0; times > 0; --times) // to half a megabyte
    bytes += bytes;
  bytes.resize(bytes.size() - std::min<size_t>(bytes.size(), data[1]));
  first.bytes = data[0] & packed ? fuzz::stored(bytes) : bytes;
  abi::Source source{"train", "cifar", {first.path}, {}, 0, "", ""};
  if (data[0] & twice) {
    second.bytes = bytes;
    source.files.push_back(second.path);
  }
  fuzz::answers(fuzz::memoryFolder(), fuzz::bound(2 * bytes.size()), [&] {
    fuzz::load(source, data::readFacts(source, "."));
  });
  return 0;
}
