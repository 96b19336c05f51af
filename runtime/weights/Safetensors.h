// The safetensors format: 8-byte little-endian header length, JSON header, tensors without holes.
#pragma once
#include "runtime/weights/TensorFile.h"
#include <functional>
#include <span>

namespace tl::weights {

/// A tensor to write. dtype in TL's spelling: see runtime/abi/ElementTypes.def.
struct TensorView {
  std::string name, dtype;
  std::vector<int64_t> shape;
  const char *data = nullptr;
  /// Of one that lies nowhere as it is written: hands its bytes on, piece by piece.
  std::function<void(const std::function<void(std::string_view)> &take)> pieces = {};
};

/// A file opened for reading: header <= 100 MB, no duplicate key, known dtypes, shape x dtype = extent, extents cover the data exactly
/// once; no more than 16 dimensions, 1000 notes, and short texts in a short file.
class SafetensorsFile : public TensorFile {
public:
  explicit SafetensorsFile(const std::string &path);
  void read(const TensorInfo &tensor, char *into) override;
  bool readPart(const TensorInfo &tensor, int64_t first, int64_t bytes, char *into) override;
};

/// Same tensors, same bytes: no time, path or version enters the file.
void writeSafetensors(io::File &file, std::span<const TensorView> tensors,
                      const Notes &metadata = {});

} // namespace tl::weights
