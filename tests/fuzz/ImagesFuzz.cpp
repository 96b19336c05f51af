// Fuzzes the reader of pictures, and the decoding of parts, whose pixels are those of the whole. An input is a byte of choices, one of steps, and a JPEG or PNG file, whose chunks get their right checks where
// the choices say so: else nothing behind them would be reached.
#include "runtime/pictures/Decode.h"
#include "runtime/pictures/RandomCrop.h"
#include "runtime/pictures/Resize.h"
#include "tests/fuzz/Loading.h"
#include <zlib.h>

using namespace tl;

namespace {

enum Choice { grey = 1, skips = 2, checked = 4 };
constexpr const char *steps[] = {"", "resize 5 bilinear", "resize 3 x 40 bicubic", "centre_crop 2 x 2", "resize 6 bicubic, centre_crop 4 x 5"};

uint32_t numberAt(const std::string &bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i)
    number = number << 8 | uint8_t(bytes[at + i]);
  return number;
}

/// Chunks of a PNG file with the checks that belong to them.
std::string withChecks(std::string bytes) {
  for (size_t at = 8; at + 12 <= bytes.size();) {
    size_t length = numberAt(bytes, at);
    if (length > bytes.size() - at - 12)
      break;
    uint32_t check = uint32_t(crc32(0, reinterpret_cast<const Bytef *>(bytes.data() + at + 4), uInt(length + 4)));
    for (size_t i = 0; i < 4; ++i)
      bytes[at + 8 + length + i] = char(check >> (24 - 8 * i));
    at += 12 + length;
  }
  return bytes;
}

/// A picture is at most so large: 1032 · 8 pixels for each byte of a file, of which a decoder holds sixteen bytes, and a few for what steps make.
size_t most(size_t fileBytes) { return fuzz::bound(fileBytes) + std::min<size_t>(fileBytes * 1032 * 8, size_t{1} << 26) * 20; }

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t longest, unsigned seed) {
  return fuzz::rewrite(data, size, longest, seed, [](std::string input, std::minstd_rand &random) {
    std::string front = input.substr(0, 2), file = input.size() > 2 ? input.substr(2) : "\xff\xd8\xff";
    front.resize(2);
    if (random() % 8 == 0)
      front[0] = char(random() % 8);
    if (random() % 8 == 0)
      front[1] = char(random());
    if (random() % 16 == 0 && file.size() > 26) // a size that some bytes can hold
      file[random() % 2 ? 19 : 23] = char(random());
    fuzz::mutatePart(file);
    if (file.size() > 24 && file[0] == char(0x89)) // large ones take long, and are seldom
      file[16] = file[17] = file[20] = file[21] = random() % 256 ? 0 : char(random());
    return front + file;
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile table("table"), picture("picture");
  if (size < 2)
    return 0;
  std::string bytes(reinterpret_cast<const char *>(data) + 2, size - 2);
  picture.bytes = data[0] & checked ? withChecks(bytes) : bytes;
  table.bytes = "picture\n";
  abi::Source source{"train", "images", {table.path}, {{"path", "0"}, {"header", "false"}, {"channels", data[0] & grey ? "1" : "3"}, {"images.steps", steps[data[1] % std::size(steps)]}}, 0, "", ""};
  if (data[0] & skips)
    source.options["damaged"] = "skip";
  fuzz::answers(fuzz::memoryFolder(), most(bytes.size()), [&] { fuzz::load(source, data::readFacts(source, ".")); });
  const int64_t channels = data[0] & grey ? 1 : 3;
  fuzz::answers(fuzz::memoryFolder(), most(bytes.size()), [&] {
    pictures::Picture whole;
    try {
      whole = pictures::decode(picture.bytes, channels);
    } catch (const Error &) {
      return; // the reader has said so
    }
    pictures::Chance chance(data[1]);
    const pictures::Window part = pictures::randomPart({}, whole.size, chance);
    if (pictures::decode(picture.bytes, channels, part).values != pictures::cut(whole, part).values)
      fuzz::finding("a part has other pixels than the whole");
  });
  return 0;
}
