// Arrays that NumPy wrote: one, `.npy`, or a zip archive of several, `.npz`.
#pragma once
#include "runtime/weights/NumpyHeader.h"
#include "runtime/weights/TensorFile.h"
#include "runtime/weights/Zip.h"
#include <optional>

namespace tl::weights {

/// An array of an archive has the name of its entry without `.npy`, one alone the file's. Entries may be deflated.
class NumpyFile : public TensorFile {
public:
  explicit NumpyFile(const std::string &path);
  void read(const TensorInfo &tensor, char *into) override;

private:
  /// The first `count` bytes of where an array lies, in the file or an entry.
  void readFront(const Zip::Entry *entry, char *into, int64_t count) const;
  void addArray(std::string name, const Zip::Entry *entry);
  Budget budget;
  std::optional<Zip> zip;
  struct Place {
    const Zip::Entry *entry; // of an archive
    int64_t front;           // bytes in front of the numbers
    bool isByColumns;
  };
  std::deque<Place> places; // TensorInfo::offset is a tensor's place here
};

} // namespace tl::weights
