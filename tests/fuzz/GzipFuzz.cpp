// Fuzzes what unpacks gzip. An input is a byte that chooses how the stream is read, and the file; with
// 255, a large file that holds those bytes again and again. Half of the changes are
// made to the packed bytes, half to what they hold, so that checksums agree often enough.
#include "runtime/io/Gzip.h"
#include "tests/fuzz/Harness.h"
#include <optional>
#include <zlib.h>

using namespace tl;

namespace {

/// What the file holds, as far as it can be unpacked; at most `most` bytes.
std::string unpacked(const std::string &file, size_t most) {
  z_stream stream{};
  std::string out(most, '\0');
  if (inflateInit2(&stream, 15 + 16) != Z_OK)
    return "";
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(file.data()));
  stream.avail_in = uInt(file.size());
  stream.next_out = reinterpret_cast<Bytef *>(out.data());
  stream.avail_out = uInt(out.size());
  inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

/// One gzip member, packed in one of zlib's ways, with one of the headers that gzip knows.
std::string packed(const std::string &bytes, std::minstd_rand &random) {
  if (random() % 4 == 0)
    return fuzz::stored(bytes);
  z_stream stream{};
  int strategy = int(random() % 5);
  if (deflateInit2(&stream, int(1 + random() % 9), Z_DEFLATED, 9 + 16, 1, strategy) != Z_OK)
    return "";
  std::string comment(random() % 9, 'c'), name(random() % 9, 'n'), extra(random() % 9, 'x');
  gz_header header{};
  header.comment = random() % 2 ? reinterpret_cast<Bytef *>(comment.data()) : nullptr;
  header.name = random() % 2 ? reinterpret_cast<Bytef *>(name.data()) : nullptr;
  header.extra = random() % 2 ? reinterpret_cast<Bytef *>(extra.data()) : nullptr;
  header.extra_len = header.extra ? uInt(extra.size()) : 0;
  header.hcrc = int(random() % 2);
  deflateSetHeader(&stream, &header);
  std::string out(bytes.size() + 512, '\0');
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  stream.avail_in = uInt(bytes.size());
  stream.next_out = reinterpret_cast<Bytef *>(out.data());
  stream.avail_out = uInt(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string input, std::minstd_rand &random) {
    std::string choice = input.substr(0, 1), file = input.substr(choice.size());
    choice.resize(1);
    if (random() % 8 == 0 || uint8_t(choice[0]) == 255)
      choice[0] = char(random() % 255);
    if (random() % 4096 == 0)
      choice[0] = char(255);
    if (random() % 8 != 0) {
      fuzz::mutatePart(file);
      return choice + file;
    }
    std::string bytes = unpacked(file, 4096);
    fuzz::mutatePart(bytes);
    if (random() % 64 == 0)
      bytes.assign(1 << 16, 'a');
    std::string second = random() % 4 == 0 ? packed(bytes.substr(bytes.size() / 2), random) : "";
    return choice + packed(bytes, random) + second;
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::MemoryFile file("bytes");
  if (size == 0)
    return 0;
  std::string bytes(reinterpret_cast<const char *>(data) + 1, size - 1);
  if (data[0] == 255) {
    std::string all = bytes + "x";
    while (all.size() < 1 << 19)
      all += all;
    bytes = size % 8 ? fuzz::stored(all) : all;
  }
  file.bytes = bytes;
  size_t wanted = 0; // what unpacks, up to where the file is damaged
  fuzz::answers(file.path, 1 << 20, [&] { // front to back: what is unpacked is the caller's to hold
    io::InputStream stream(file.path);
    static char chunk[1 << 16];
    size_t step = data[0] & 1 ? 1 + data[0] : sizeof chunk;
    while (size_t got = stream.read(chunk, step)) {
      wanted += got;
      if (step < sizeof chunk && wanted > 4096)
        step = sizeof chunk;
    }
    if (int64_t(wanted) > stream.mostBytes())
      throw Error(exitInternal, "more bytes than the stream said it could hold");
  });
  fuzz::answers(file.path, fuzz::bound(std::max(wanted, bytes.size())), [&] {
    std::string whole = io::readWholeUnpacked(file.path);
    if (whole.size() != wanted)
      throw Error(exitInternal, "the stream holds something else when it is read at once");
    io::InputStream(file.path).checkLength(data[0] & 2 ? int64_t(wanted) : data[0]);
  });
  return wanted > 1 << 16 ? -1 : 0; // its descendants would be as slow
}
