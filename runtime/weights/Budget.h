// What a reader may hold of a file beside the numbers that it hands on: in proportion to the file's length, whatever the file says. A value of a
// pickle takes sixteen bytes for one or two; that is granted up to 64 MiB, which is a hundred thousand tensors.
#pragma once
#include "runtime/io/File.h"
#include <algorithm>

namespace tl::weights {

class Budget {
public:
  explicit Budget(const io::File &file) : path(file.path()), size(file.size()), left(2 * size + std::min<int64_t>(16 * size, 64 << 20) + (1 << 19)) {}
  /// Before so many bytes are allocated; an error where a file of this length cannot need them.
  void spend(int64_t bytes) {
    if (bytes > left)
      throw badData("`" + path + "` has " + std::to_string(size) + " bytes and says more of its tensors than a file of weights of that length does; " +
                    "it is damaged, or made to fill the memory: fetch it again, from where you trust");
    left -= bytes;
  }

private:
  std::string path;
  int64_t size, left;
};

} // namespace tl::weights
