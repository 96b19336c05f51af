// Reads a zip archive's directory, from its end, and unpacks entries with zlib.
#include "runtime/weights/Zip.h"
#include "runtime/io/Gzip.h"
#include "runtime/io/Utf8.h"
#include <algorithm>
#include <zlib.h>

namespace tl::weights {

namespace {

constexpr int64_t endBytes = 22, mostComment = 65535, largeLocatorBytes = 20, largeEndBytes = 56, recordBytes = 46, headerBytes = 30;
constexpr uint16_t encrypted = 1;

uint64_t numberAt(std::string_view bytes, size_t at, size_t count) {
  uint64_t number = 0;
  for (size_t i = count; i-- > 0;)
    number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

} // namespace

void Zip::refuse(const std::string &text) const { throw badData("`" + file.path() + "`: " + text + "; fetch it again"); }

/// Of an archive whose numbers do not fit into the short form.
Zip::Directory Zip::largeDirectory(int64_t end) const {
  std::string locator(largeLocatorBytes, '\0'), large(largeEndBytes, '\0');
  if (end < largeLocatorBytes)
    refuse("this zip archive lacks the long form of its end");
  file.readAt(locator.data(), locator.size(), end - largeLocatorBytes);
  uint64_t at = numberAt(locator, 8, 8);
  if (!locator.starts_with("PK\6\7") || at > uint64_t(end) || end - int64_t(at) < largeEndBytes)
    refuse("this zip archive lacks the long form of its end");
  file.readAt(large.data(), large.size(), int64_t(at));
  if (!large.starts_with("PK\6\6"))
    refuse("this zip archive lacks the long form of its end");
  return {int64_t(numberAt(large, 48, 8)), int64_t(numberAt(large, 40, 8)), int64_t(numberAt(large, 32, 8))};
}

Zip::Directory Zip::findDirectory() const {
  int64_t size = file.size(), tailBytes = std::min(size, endBytes + mostComment);
  std::string tail(size_t(tailBytes), '\0');
  file.readAt(tail.data(), tail.size(), size - tailBytes);
  int64_t at = tailBytes - endBytes; // a comment may follow, which says how long it is
  while (at >= 0 && !(std::string_view(tail).substr(size_t(at)).starts_with("PK\5\6") &&
                      int64_t(numberAt(tail, size_t(at) + 20, 2)) == tailBytes - at - endBytes))
    --at;
  if (at < 0)
    refuse("this zip archive has " + std::to_string(size) + " bytes and no end: it is truncated");
  int64_t end = size - tailBytes + at;
  Directory directory{int64_t(numberAt(tail, size_t(at) + 16, 4)), int64_t(numberAt(tail, size_t(at) + 12, 4)), int64_t(numberAt(tail, size_t(at) + 10, 2))};
  if (directory.at == UINT32_MAX || directory.bytes == UINT32_MAX || directory.entries == UINT16_MAX)
    directory = largeDirectory(end);
  if (directory.at < 0 || directory.bytes < 0 || directory.at > end || directory.bytes > end - directory.at)
    refuse("the directory of this zip archive takes " + std::to_string(directory.bytes) + " bytes at " + std::to_string(directory.at) +
           ", in front of its end are " +
           std::to_string(end));
  return directory;
}

Zip::Zip(const io::File &file, Budget &budget) : file(file) {
  Directory directory = findDirectory();
  budget.spend(directory.bytes);
  std::string bytes(size_t(directory.bytes), '\0');
  file.readAt(bytes.data(), bytes.size(), directory.at);
  int64_t found = 0;
  for (std::string_view rest = bytes; !rest.empty(); ++found) {
    if (rest.size() < recordBytes || !rest.starts_with("PK\1\2"))
      refuse("the directory of this zip archive is damaged in entry " + std::to_string(found));
    size_t length = recordBytes + numberAt(rest, 28, 2) + numberAt(rest, 30, 2) + numberAt(rest, 32, 2);
    if (length > rest.size())
      refuse("the directory of this zip archive ends within entry " + std::to_string(found));
    addEntry(rest.substr(0, length), directory.at, budget);
    rest.remove_prefix(length);
  }
  if (found != directory.entries)
    refuse("this zip archive says that it has " + std::to_string(directory.entries) + " entries, its directory has " + std::to_string(found));
  std::sort(list.begin(), list.end(), [](const Entry &a, const Entry &b) { return a.name < b.name; });
  auto twice = std::adjacent_find(list.begin(), list.end(), [](auto &a, auto &b) { return a.name == b.name; });
  if (twice != list.end())
    refuse("this zip archive has `" + twice->name + "` twice");
}

/// Of a record of the directory; `directory` is where that begins: entries lie in front.
void Zip::addEntry(std::string_view record, int64_t directory, Budget &budget) {
  size_t nameBytes = numberAt(record, 28, 2), extraBytes = numberAt(record, 30, 2);
  Entry entry{std::string(record.substr(recordBytes, nameBytes))};
  uint64_t bytes = numberAt(record, 24, 4), packed = numberAt(record, 20, 4), header = numberAt(record, 42, 4);
  for (std::string_view extra = record.substr(recordBytes + nameBytes, extraBytes); extra.size() >= 4;) {
    size_t kind = numberAt(extra, 0, 2), length = std::min<size_t>(numberAt(extra, 2, 2), extra.size() - 4), at = 4;
    for (uint64_t *field : {&bytes, &packed, &header})
      if (kind == 1 && *field == UINT32_MAX && at + 8 <= 4 + length) { // the long form of those that are too long
        *field = numberAt(extra, at, 8);
        at += 8;
      }
    extra.remove_prefix(4 + length);
  }
  if (entry.name.ends_with('/')) // a folder
    return;
  if (io::findBadUtf8(entry.name) != std::string_view::npos)
    throw badData("`" + file.path() + "`: this zip archive has a name that is no UTF-8; write it again with names that are");
  std::string quoted = "`" + entry.name + "` of this zip archive";
  if (numberAt(record, 8, 2) & encrypted)
    throw badData("`" + file.path() + "`: " + quoted + " is encrypted; unpack it yourself and name the file in it");
  size_t method = numberAt(record, 10, 2);
  if (method != 0 && method != Z_DEFLATED)
    throw badData("`" + file.path() + "`: " + quoted + " is packed by method " + std::to_string(method) +
                  ", expected 0 (stored) or 8 (deflated); write it again with one of them");
  if (header > uint64_t(directory) || directory - int64_t(header) < headerBytes)
    refuse(quoted + " starts at byte " + std::to_string(header) + ", the directory at " + std::to_string(directory));
  std::string front(headerBytes, '\0');
  file.readAt(front.data(), front.size(), int64_t(header));
  entry.at = int64_t(header) + headerBytes + int64_t(numberAt(front, 26, 2) + numberAt(front, 28, 2));
  if (!front.starts_with("PK\3\4") || entry.at > directory || packed > uint64_t(directory - entry.at))
    refuse(quoted + " is not where the directory says, " + std::to_string(packed) + " bytes at " + std::to_string(header));
  entry.isStored = method == 0;
  entry.packed = int64_t(packed);
  entry.bytes = int64_t(std::min<uint64_t>(bytes, INT64_MAX));
  entry.checksum = uint32_t(numberAt(record, 16, 4));
  checkLength(entry);
  budget.spend(int64_t(sizeof entry + entry.name.size()));
  list.push_back(std::move(entry));
}

void Zip::checkLength(const Entry &entry) const {
  int64_t most = entry.isStored ? entry.packed : io::mostUnpacked(entry.packed);
  if (entry.bytes > most || (entry.isStored && entry.bytes != entry.packed))
    refuse("`" + entry.name + "` of this zip archive is said to have " + std::to_string(entry.bytes) + " bytes, " + std::to_string(entry.packed) +
           (entry.isStored ? " are there" : " packed ones hold at most " + std::to_string(most)));
}

const Zip::Entry *Zip::find(const std::string &name) const {
  auto at = std::lower_bound(list.begin(), list.end(), name, [](const Entry &entry, const std::string &text) { return entry.name < text; });
  return at != list.end() && at->name == name ? &*at : nullptr;
}

void Zip::inflate(const Entry &entry, char *into, int64_t bytes) const {
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) // 32 KB window, no framing
    throw Error(exitInternal, "zlib cannot start");
  struct End {
    z_stream &stream;
    ~End() { inflateEnd(&stream); }
  } end{stream};
  std::vector<char> packed(size_t(std::min<int64_t>(entry.packed, 1 << 16)));
  int64_t taken = 0, made = 0;
  int result = Z_OK;
  while (result == Z_OK && (made < bytes || bytes == entry.bytes)) { // one more, to see the end
    if (stream.avail_in == 0 && taken < entry.packed) {
      size_t count = size_t(std::min<int64_t>(int64_t(packed.size()), entry.packed - taken));
      file.readAt(packed.data(), count, entry.at + taken);
      taken += int64_t(count);
      stream.next_in = reinterpret_cast<Bytef *>(packed.data());
      stream.avail_in = uInt(count);
    }
    char beyond; // where there is no room, zlib is given some: an entry that has more is refused
    uInt room = made < bytes ? uInt(std::min<int64_t>(bytes - made, 1 << 30)) : 1;
    stream.next_out = reinterpret_cast<Bytef *>(made < bytes ? into + made : &beyond);
    stream.avail_out = room;
    result = ::inflate(&stream, Z_NO_FLUSH);
    made += room - stream.avail_out;
    if (made > bytes)
      refuse("`" + entry.name + "` of this zip archive unpacks to more than the " + std::to_string(entry.bytes) + " bytes that it is said to have");
  }
  if (made != bytes || (result != Z_OK && result != Z_STREAM_END))
    refuse("`" + entry.name + "` of this zip archive cannot be unpacked: " + (stream.msg ? stream.msg : "it ends after " + std::to_string(made) + " bytes"));
}

void Zip::read(const Entry &entry, char *into, int64_t bytes) const {
  if (entry.isStored)
    return file.readAt(into, size_t(bytes), entry.at);
  inflate(entry, into, bytes);
  if (bytes == entry.bytes && crc32_z(0, reinterpret_cast<Bytef *>(into), z_size_t(bytes)) != entry.checksum)
    refuse("`" + entry.name + "` of this zip archive does not have the checksum that the archive says: it is damaged");
}

} // namespace tl::weights
