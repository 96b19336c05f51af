// Reads records by their extents. What is asked for in order is read in blocks, what is not, record by record.
#include "runtime/data/Pieces.h"
#include <algorithm>

namespace tl::data {

constexpr int64_t blockBytes = 1 << 14; // more would be read beyond the next block of an epoch's order, too
constexpr size_t mostOpen = 64;

Pieces::Pieces(std::unique_ptr<Reader> given, const std::vector<abi::Field> &fields, const std::string &folder) : reader(std::move(given)) {
  std::vector<std::string> paths = reader->findRecords(fields, folder);
  const bool areFew = paths.size() <= mostOpen;
  files.reserve(paths.size());
  for (std::string &path : paths) {
    io::File file = io::File::openRead(path);
    Known &known = files.emplace_back(std::move(path), file.version());
    if (areFew)
      known.file = std::move(file);
  }
}

std::string_view Pieces::bytes(int64_t record, Window &window) const {
  auto [number, at, count] = reader->extent(record);
  int64_t end = window.at + int64_t(window.bytes.size());
  bool isNear = number == window.file && at >= window.at;
  if (!isNear || at + count > end) {
    const auto &[path, version, opened] = files[number];
    std::optional<io::File> own;
    const io::File &file = opened ? *opened : own.emplace(io::File::openRead(path));
    if (file.version() != version || at + count > version.bytes)
      throw badData("`" + file.path() + "` was changed while the program runs, which reads its records as it needs them: put back what was there");
    bool goesOn = isNear && at < end + blockBytes;
    window.file = files.size(); // none, should the read fail
    window.bytes.resize(size_t(std::min(goesOn ? std::max(count, blockBytes) : count, version.bytes - at)));
    file.readAt(window.bytes.data(), window.bytes.size(), at);
    window.file = number;
    window.at = at;
  }
  return {window.bytes.data() + (at - window.at), size_t(count)};
}

} // namespace tl::data
