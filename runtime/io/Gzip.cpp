// Unpacks gzip with zlib, one buffer at a time.
#include "runtime/io/Gzip.h"
#include <algorithm>
#include <cstring>
#include <zlib.h>

namespace tl::io {

int64_t mostUnpacked(int64_t packed) {
  return std::min(packed * 1032, std::max<int64_t>(256 << 20, packed * 100));
}

/// The state of unpacking; `packed` holds what was read of the file and not yet unpacked.
struct InputStream::Gzip {
  z_stream stream{};
  std::vector<char> packed;
  bool memberEnded = false, fileEnded = false;
  int64_t unpacked = 0, mostBytes;

  explicit Gzip(int64_t fileBytes)
      : packed(size_t(std::clamp<int64_t>(fileBytes, 4096, 1 << 16))), mostBytes(mostUnpacked(fileBytes)) {}
  ~Gzip() { inflateEnd(&stream); }

  bool refill(File &file) {
    if (stream.avail_in == 0 && !fileEnded) {
      size_t got = file.read(packed.data(), packed.size());
      fileEnded = got < packed.size();
      stream.next_in = reinterpret_cast<Bytef *>(packed.data());
      stream.avail_in = uInt(got);
    }
    return stream.avail_in > 0;
  }

  size_t read(File &file, char *into, size_t bytes);
};

size_t InputStream::Gzip::read(File &file, char *into, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    bool more = refill(file);
    if (memberEnded) {
      if (!more)
        break;
      memberEnded = false; // another member follows; what is no gzip header fails in inflate
      if (inflateReset(&stream) != Z_OK)
        throw Error(exitInternal, "zlib refuses to start another gzip member");
    }
    if (!more)
      throw badData("`" + file.path() + "` is truncated: its gzip data ends too early; fetch it again");
    uInt room = uInt(std::min<size_t>(bytes - done, 1 << 30));
    stream.next_out = reinterpret_cast<Bytef *>(into + done);
    stream.avail_out = room;
    int result = inflate(&stream, Z_NO_FLUSH);
    done += room - stream.avail_out;
    unpacked += room - stream.avail_out;
    if (unpacked > mostBytes)
      throw badData("`" + file.path() + "` unpacks to more than " + std::to_string(mostBytes) +
                    " bytes, no data packs so well; if it is sound, unpack it yourself (gunzip)");
    memberEnded = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
      throw badData("`" + file.path() + "` is corrupt: its gzip data cannot be unpacked (" +
                    (stream.msg ? stream.msg : "zlib error " + std::to_string(result)) + "); fetch it again");
  }
  return done;
}

InputStream::InputStream(const std::string &path) : file(File::openRead(path)) {
  char first[2];
  size_t got = file.read(first, 2);
  if (got == 2 && first[0] == '\x1f' && first[1] == '\x8b') {
    gzip = std::make_unique<Gzip>(file.size());
    std::memcpy(gzip->packed.data(), first, 2);
    gzip->stream.next_in = reinterpret_cast<Bytef *>(gzip->packed.data());
    gzip->stream.avail_in = 2;
    if (inflateInit2(&gzip->stream, 15 + 16) != Z_OK) // 32 KB window, gzip framing only
      throw Error(exitInternal, "zlib cannot start");
  } else
    ahead.assign(first, got);
}

InputStream::~InputStream() = default;

bool InputStream::isGzip() const { return gzip != nullptr; }

size_t InputStream::readPlain(char *into, size_t bytes) {
  size_t early = std::min(bytes, ahead.size());
  std::memcpy(into, ahead.data(), early);
  ahead.erase(0, early);
  return early + file.read(into + early, bytes - early);
}

size_t InputStream::read(char *into, size_t bytes) {
  return gzip ? gzip->read(file, into, bytes) : readPlain(into, bytes);
}

void InputStream::readExactly(char *into, size_t bytes, const std::string &what) {
  size_t got = read(into, bytes);
  if (got != bytes)
    throw badData("`" + path() + "` is truncated: " + what + " needs " + std::to_string(bytes) + " bytes, " +
                  std::to_string(got) + " are there; fetch it again");
}

int64_t InputStream::mostBytes() const {
  return isGzip() ? gzip->mostBytes : file.size();
}

void InputStream::checkLength(int64_t bytes) {
  if (!isGzip())
    return;
  // A gzip member ends in the length of what it holds, modulo 2^32. Several members, or a truncated one, end otherwise.
  unsigned char length[4] = {};
  if (int64_t size = file.size(); size >= 4)
    file.readAt(reinterpret_cast<char *>(length), 4, size - 4);
  if ((length[0] | length[1] << 8 | length[2] << 16 | uint32_t(length[3]) << 24) == uint32_t(bytes))
    return;
  InputStream again(path());
  std::vector<char> chunk(1 << 16);
  int64_t total = 0;
  while (size_t got = again.read(chunk.data(), chunk.size()))
    total += int64_t(got);
  if (total != bytes)
    throw badData("`" + path() + "` is " + (total < bytes ? "truncated" : "damaged") + ": it unpacks to " +
                  std::to_string(total) + " bytes, expected " + std::to_string(bytes) + "; fetch it again");
}

struct GzipWriter::Packing {
  z_stream stream{};
  std::vector<char> packed = std::vector<char>(1 << 16);
  ~Packing() { deflateEnd(&stream); }
};

GzipWriter::GzipWriter(File &file) : file(file), packing(std::make_unique<Packing>()) {
  if (deflateInit2(&packing->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) // 32 KB window, gzip framing
    throw Error(exitInternal, "zlib cannot start");
}

GzipWriter::~GzipWriter() = default;

void GzipWriter::pack(std::string_view bytes, int flush) {
  z_stream &stream = packing->stream;
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  stream.avail_in = uInt(bytes.size());
  do {
    stream.next_out = reinterpret_cast<Bytef *>(packing->packed.data());
    stream.avail_out = uInt(packing->packed.size());
    if (deflate(&stream, flush) == Z_STREAM_ERROR)
      throw Error(exitInternal, "zlib refuses to pack");
    file.write({packing->packed.data(), packing->packed.size() - stream.avail_out});
  } while (stream.avail_out == 0);
}

void GzipWriter::write(std::string_view bytes) {
  constexpr size_t most = 1 << 30; // that zlib counts at once
  for (; !bytes.empty(); bytes.remove_prefix(std::min(most, bytes.size())))
    pack(bytes.substr(0, most), Z_NO_FLUSH);
}

void GzipWriter::finish() { pack({}, Z_FINISH); }

std::string readWholeUnpacked(const std::string &path) {
  InputStream stream(path);
  std::string bytes;
  size_t chunk = stream.isGzip() ? 1 << 16 : size_t(stream.mostBytes()) + 1; // one more, to see the end
  for (;;) {
    size_t before = bytes.size();
    bytes.reserve(before + chunk); // exactly: what is left over would stay with the text
    bytes.resize(before + chunk);
    size_t got = stream.read(bytes.data() + before, chunk);
    bytes.resize(before + got);
    if (got < chunk)
      break;
    chunk = bytes.size(); // doubles
  }
  bytes.shrink_to_fit();
  return bytes;
}

} // namespace tl::io
