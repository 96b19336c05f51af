// Reads records by their extents. What is asked for in order is read in blocks, what is not, record by record.
#include "runtime/data/Pieces.h"
#include <algorithm>

namespace tl::data {

constexpr int64_t blockBytes = 1 << 16;

Pieces::Pieces(std::unique_ptr<Reader> given, const std::vector<abi::Field> &fields, const std::string &folder) : reader(std::move(given)) {
  for (const std::string &path : reader->findRecords(fields, folder)) {
    io::File file = io::File::openRead(path);
    io::File::Version version = file.version();
    files.push_back({std::move(file), version});
  }
}

std::string_view Pieces::bytes(int64_t record, Window &window) const {
  auto [number, at, count] = reader->extent(record);
  int64_t end = window.at + int64_t(window.bytes.size());
  bool isNear = number == window.file && at >= window.at;
  if (!isNear || at + count > end) {
    const auto &[file, version] = files[number];
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
