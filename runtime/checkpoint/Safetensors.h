// The safetensors format: 8-byte little-endian header length, JSON header, tensors without holes.
#pragma once
#include "runtime/io/File.h"
#include <deque>
#include <map>
#include <span>

namespace tl::checkpoint {

/// A tensor to write. dtype in TL's spelling: see runtime/abi/ElementTypes.def.
struct TensorView {
  std::string name, dtype;
  std::vector<int64_t> shape;
  const char *data = nullptr;
};

/// A tensor of a file. dtype in TL's spelling, or the file's where TL has no such type ("U16").
struct TensorInfo {
  std::string name, dtype;
  std::vector<int64_t> shape;
  int64_t offset = 0, bytes = 0; // offset from the start of the file
};

/// A file opened for reading. The constructor reads and checks the whole header; what a file declares is never trusted:
/// header <= 100 MB, no duplicate key, known dtypes, shape x dtype = extent, extents cover the data exactly once. What it
/// costs is bounded by the file's size: no more than 16 dimensions, 1000 notes, and short texts in a short file.
class SafetensorsFile {
public:
  explicit SafetensorsFile(const std::string &path);
  const std::string &path() const { return file.path(); }
  const std::deque<TensorInfo> &tensors() const { return list; } // by name
  const TensorInfo *find(const std::string &name) const;
  const std::map<std::string, std::string> &metadata() const { return notes; }
  void read(const TensorInfo &tensor, char *into);

private:
  io::File file;
  std::deque<TensorInfo> list; // never moved when it grows: a header may have millions
  std::map<std::string, std::string> notes;
};

/// Same tensors, same bytes: no time, path or version enters the file.
void writeSafetensors(io::File &file, std::span<const TensorView> tensors,
                      const std::map<std::string, std::string> &metadata = {});

} // namespace tl::checkpoint
