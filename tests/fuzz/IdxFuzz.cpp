// Fuzzes the reader of IDX files. An input is a byte of choices, and an images file and a labels file behind it;
// where the byte says so, their bytes are those of up to 122,880 records.
#include "tests/fuzz/Loading.h"

using namespace tl;

namespace {

enum Choice { withLabels = 1, packedImages = 2, packedLabels = 4, fixedClasses = 8 };

std::string header(const std::vector<size_t> &dims) {
  std::string bytes = {0, 0, 8, char(dims.size())};
  for (size_t dim : dims)
    for (int shift : {24, 16, 8, 0})
      bytes += char(dim >> shift);
  return bytes;
}

/// `bytes` behind a header that fits: `records` of them, in images of one or two more dimensions.
std::string mended(std::string bytes, size_t records, std::minstd_rand &random) {
  size_t height = 1 + random() % 4, each = bytes.size() / records / height;
  bytes.resize(records * height * each);
  return header(height == 1 ? std::vector<size_t>{records, each} : std::vector<size_t>{records, height, each}) + bytes;
}

/// So many bytes: the last ones of `bytes` again and again.
std::string filled(const std::string &bytes, size_t count) {
  std::string piece = "\1" + bytes.substr(bytes.size() - std::min<size_t>(bytes.size(), 9)), all;
  while (all.size() < count)
    all += piece;
  return all.substr(0, count);
}

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string input, std::minstd_rand &random) {
    char choices = input.empty() ? 0 : input[0];
    std::vector<std::string> parts = fuzz::cut(std::string_view(input).substr(std::min<size_t>(1, input.size())), 2);
    if (random() % 8 == 0)
      choices = char(random() % 16);
    choices = char((choices & 15) | (random() % 2048 == 0 ? random() % 16 << 4 : 0));
    fuzz::mutatePart(parts[random() % 2]);
    if (size_t records = 1 + random() % 9; random() % 3 == 0) {
      parts[1] = mended(parts[1], records, random);
      if (random() % 2)
        parts[0] = header({records}) + parts[0].substr(0, records) + std::string(records - std::min(records, parts[0].size()), 1);
    }
    return choices + fuzz::join(parts);
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile images("images"), labels("labels");
  if (size == 0)
    return 0;
  std::vector<std::string> parts = fuzz::cut({reinterpret_cast<const char *>(data) + 1, size - 1}, 2);
  if (size_t records = size_t(data[0] >> 4) * 8192) {
    parts[0] = header({records}) + filled(parts[0], records);
    parts[1] = header({records, 1 + size % 4}) + filled(parts[1], records * (1 + size % 4));
  }
  if (data[0] & packedLabels)
    parts[0] = fuzz::stored(parts[0]);
  if (data[0] & packedImages)
    parts[1] = fuzz::stored(parts[1]);
  images.bytes = parts[1];
  abi::Source source;
  source.name = "train";
  source.reader = "idx";
  source.files = {images.path};
  if (data[0] & withLabels) {
    labels.bytes = parts[0];
    source.files.push_back(labels.path);
  }
  if (data[0] & fixedClasses)
    source.options["classes"] = "10";
  fuzz::answers(fuzz::memoryFolder(), fuzz::bound(parts[0].size() + parts[1].size()), [&] {
    fuzz::load(source, data::readFacts(source, "."));
  });
  return 0;
}
