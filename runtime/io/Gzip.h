// Reads a file's bytes front to back, unpacking gzip where the file is gzip (told by its first bytes, not its name); and packs a file.
#pragma once
#include "runtime/io/File.h"
#include <memory>

namespace tl::io {

/// What so many packed bytes may unpack to. Deflate packs at best 1032 : 1 (258 bytes into two bits), and data nowhere near that: a small
/// file that would fill the memory is a trap.
int64_t mostUnpacked(int64_t packed);

/// A truncated or corrupt gzip stream is an error naming the path. Concatenated gzip members are one stream.
class InputStream {
public:
  explicit InputStream(const std::string &path);
  ~InputStream();
  InputStream(const InputStream &) = delete;

  /// Reads until `bytes` or the end; returns how many came.
  size_t read(char *into, size_t bytes);
  /// Reads exactly `bytes`; an earlier end is an error that names `what`.
  void readExactly(char *into, size_t bytes, const std::string &what);

  const std::string &path() const { return file.path(); }
  bool isGzip() const;
  /// An upper bound on how many bytes the stream can hold: no reader allocates more. Exact for a plain file; a packed one
  /// may unpack to 256 MiB, or to 100 times its size where that is more.
  int64_t mostBytes() const;
  /// An error where a gzip file is truncated or holds another number of bytes than `bytes`, told without unpacking one that
  /// ends in this number. Call it before much is read: where in doubt, the file is unpacked once more.
  void checkLength(int64_t bytes);

private:
  struct Gzip;
  size_t readPlain(char *into, size_t bytes);
  File file;
  std::string ahead; // the bytes looked at to tell the format, of a plain file
  std::unique_ptr<Gzip> gzip;
};

/// Packs what is written to it into a file, as `gzip` does. The same bytes make the same file.
class GzipWriter {
public:
  explicit GzipWriter(File &file);
  ~GzipWriter();
  GzipWriter(const GzipWriter &) = delete;
  void write(std::string_view bytes);
  /// Writes what is still held; nothing may follow.
  void finish();

private:
  struct Packing;
  void pack(std::string_view bytes, int flush);
  File &file;
  std::unique_ptr<Packing> packing;
};

/// The whole stream, unpacked.
std::string readWholeUnpacked(const std::string &path);

} // namespace tl::io
