// Fuzzes the reader of NumPy's files. An input is four bytes of choices, the text of a header, the name of an array, and numbers; the array
// or the archive around them is made here, in some cases with a byte of it changed.
#include "runtime/weights/WeightFile.h"
#include "tests/fuzz/Harness.h"
#include "tests/unit/Archives.h"

using namespace tl;

namespace {

enum Choice { form, times, place, change, choices }; // form: an array of version 1 or 2, archives stored or packed, or the numbers as they are
constexpr int64_t mostRead = 1 << 20;                // what is packed may be long

std::string arrayOf(int version, const std::string &header, const std::string &numbers) {
  return "\x93NUMPY" + test::littleEndian(uint64_t(version), 2) + test::littleEndian(header.size(), version == 1 ? 2 : 4) + header + numbers;
}

std::string fileOf(uint8_t kind, size_t count, const std::vector<std::string> &parts) {
  if (kind % 8 == 7)
    return parts[2];
  std::string array = arrayOf(kind % 2 + 1, parts[0], parts[2]);
  if (kind % 8 < 2)
    return array;
  std::vector<test::ZipEntry> entries = {{"a.npy", array, kind & 4 ? 8 : 0}};
  for (size_t i = 0; i < count; ++i)
    entries.push_back({std::to_string(i) + parts[1] + ".npy", array, 0});
  return test::zipOf(entries, kind & 8);
}

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string input, std::minstd_rand &random) {
    std::string front = input.substr(0, choices);
    std::vector<std::string> parts = fuzz::cut(std::string_view(input).substr(front.size()), 3);
    front.resize(choices);
    if (random() % 16 == 0)
      front[form] = char(random() % 16);
    front[times] = fuzz::drawTimes(random);
    front[change] = char(random() % 4 == 0 ? random() : 0);
    front[place] = char(random());
    fuzz::mutatePart(parts[random() % 4 ? 0 : 1 + random() % 2]);
    return front + fuzz::join(parts);
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("weights.npz");
  if (size < choices)
    return 0;
  std::vector<std::string> parts = fuzz::cut({reinterpret_cast<const char *>(data) + choices, size - choices}, 3);
  file.bytes = fileOf(data[form], fuzz::timesOf(data[times], parts[0].size() + parts[1].size() + parts[2].size() + 200), parts);
  if (data[change] && !file.bytes.empty()) // the directory of an archive is at its end
    file.bytes[file.bytes.size() - 1 - data[place] % file.bytes.size()] = char(data[change]);
  fuzz::answers(file.path, fuzz::bound(file.bytes.size()) + 3 * mostRead, [&] {
    weights::WeightFile weights(file.path);
    std::string values;
    for (const weights::TensorInfo *tensor : weights.tensors()) {
      if (tensor->bytes > mostRead)
        continue;
      values.resize(size_t(tensor->bytes));
      weights.read(*tensor, values.data());
      if (weights.find(tensor->name) != tensor)
        throw Error(exitInternal, "a tensor of the list is not found by its name");
    }
  });
  return 0;
}
