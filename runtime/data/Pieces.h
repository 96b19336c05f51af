// Single records of files that are larger than memory: the bytes of each are read where they are asked for.
#pragma once
#include "runtime/data/Reader.h"
#include "runtime/io/File.h"
#include <optional>

namespace tl::data {

class Pieces {
public:
  /// What one thread holds of the files.
  struct Window {
    size_t file = 0;
    int64_t at = 0;
    std::vector<char> bytes;
  };

  Pieces(std::unique_ptr<Reader> reader, const std::vector<abi::Field> &fields, const std::string &folder);

  /// The bytes of a record, valid until the next call with this window. An error where a file is not what it was at first.
  std::string_view bytes(int64_t record, Window &window) const;
  const Reader &about() const { return *reader; }
  std::vector<uint64_t> digests() { return reader->digests(); } // its own, where it has some

private:
  struct Known {
    std::string path;
    io::File::Version version;
    std::optional<io::File> file; // where there are few: a process may have a thousand open
  };
  std::unique_ptr<Reader> reader;
  std::vector<Known> files;
};

} // namespace tl::data
