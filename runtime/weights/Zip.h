// The entries of a zip archive: where each lies in the file, and its bytes.
#pragma once
#include "runtime/weights/Budget.h"
#include <deque>

namespace tl::weights {

/// Entries are stored or deflated; zip64 is understood, encryption is not. The constructor reads the directory and the header in front
/// of each entry: all that it says lies within the file.
class Zip {
public:
  struct Entry {
    std::string name;
    int64_t at = 0, packed = 0, bytes = 0; // at: of its first byte in the file, where it is stored
    uint32_t checksum = 0;
    bool isStored = true;
  };

  Zip(const io::File &file, Budget &budget);
  const std::deque<Entry> &entries() const { return list; } // by name, each once
  const Entry *find(const std::string &name) const;
  /// The first `bytes` of an entry that has as many; a deflated one that is read to its end is held against its checksum.
  void read(const Entry &entry, char *into, int64_t bytes) const;

private:
  struct Directory {
    int64_t at, bytes, entries;
  };
  Directory findDirectory() const;
  Directory largeDirectory(int64_t end) const;
  void addEntry(std::string_view record, int64_t directory, Budget &budget);
  void checkLength(const Entry &entry) const;
  void inflate(const Entry &entry, char *into, int64_t bytes) const;
  [[noreturn]] void refuse(const std::string &text) const;
  const io::File &file;
  std::deque<Entry> list;
};

} // namespace tl::weights
