// Packed bytes, and zip archives, made entry by entry.
#pragma once
#include <string>
#include <utility>
#include <vector>
#include <zlib.h>

namespace tl::test {

inline std::string littleEndian(uint64_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += char(number >> (8 * i));
  return text;
}

/// `windowBits` as zlib has them: -15 without framing, as zip archives have it, 31 as gzip does.
inline std::string deflated(const std::string &bytes, int windowBits = -15) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, windowBits, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  stream.avail_in = uInt(bytes.size());
  stream.next_out = reinterpret_cast<Bytef *>(out.data());
  stream.avail_out = uInt(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct ZipEntry {
  std::string name, bytes;
  int method = 0;
  std::string padding = {}; // behind the name in front of the bytes, as PyTorch aligns them
};

/// `isLong`: with the numbers in the forms of eight bytes.
inline std::string zipOf(const std::vector<ZipEntry> &entries, bool isLong = false) {
  std::string file, directory;
  for (const ZipEntry &entry : entries) {
    std::string packed = entry.method == 8 ? deflated(entry.bytes) : entry.bytes;
    uint64_t checksum = crc32_z(0, reinterpret_cast<const Bytef *>(entry.bytes.data()), entry.bytes.size());
    std::string extra;
    if (isLong)
      extra = littleEndian(1, 2) + littleEndian(24, 2) + littleEndian(entry.bytes.size(), 8) + littleEndian(packed.size(), 8) + littleEndian(file.size(), 8);
    auto sizes = [&](uint64_t number) { return littleEndian(isLong ? 0xffffffff : number, 4); };
    std::string front = littleEndian(20, 2) + littleEndian(0x800, 2) + littleEndian(uint64_t(entry.method), 2) + littleEndian(0, 4) + littleEndian(checksum, 4);
    directory += "PK\1\2" + littleEndian(20, 2) + front + sizes(packed.size()) + sizes(entry.bytes.size()) + littleEndian(entry.name.size(), 2) +
                 littleEndian(extra.size(), 2) + std::string(10, '\0') + sizes(file.size()) + entry.name + extra;
    file += "PK\3\4" + front + littleEndian(packed.size(), 4) + littleEndian(entry.bytes.size(), 4) + littleEndian(entry.name.size(), 2) +
            littleEndian(entry.padding.size(), 2) + entry.name + entry.padding + packed;
  }
  uint64_t start = file.size(), end = start + directory.size();
  file += directory;
  if (isLong)
    file += "PK\6\6" + littleEndian(44, 8) + littleEndian(45, 2) + littleEndian(45, 2) + std::string(8, '\0') + littleEndian(entries.size(), 8) +
            littleEndian(entries.size(), 8) + littleEndian(directory.size(), 8) + littleEndian(start, 8) + "PK\6\7" + std::string(4, '\0') +
            littleEndian(end, 8) +
            littleEndian(1, 4);
  return file + "PK\5\6" + std::string(4, '\0') + littleEndian(isLong ? 0xffff : entries.size(), 2) + littleEndian(isLong ? 0xffff : entries.size(), 2) +
         littleEndian(isLong ? 0xffffffff : directory.size(), 4) + littleEndian(isLong ? 0xffffffff : start, 4) + littleEndian(0, 2);
}

} // namespace tl::test
