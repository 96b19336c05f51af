// Walks the elements of a tensor in the order of its rows.
#include "runtime/weights/Strided.h"
#include "runtime/io/Checked.h"
#include <cstring>

namespace tl::weights {

int64_t reachOf(std::span<const int64_t> shape, std::span<const int64_t> strides, const std::string &what) {
  int64_t reach = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    reach = io::checkedAdd(reach, io::checkedMultiply(shape[axis] - 1, strides[axis], what), what);
  return reach;
}

bool isDense(std::span<const int64_t> shape, std::span<const int64_t> strides) {
  int64_t expected = 1;
  for (size_t axis = shape.size(); axis-- > 0; expected *= shape[axis])
    if (shape[axis] != 1 && strides[axis] != expected)
      return false;
  return true;
}

void gather(const char *from, std::span<const int64_t> shape, std::span<const int64_t> strides, int64_t elementBytes, char *into) {
  int64_t count = 1, source = 0;
  for (int64_t dim : shape)
    count *= dim;
  std::vector<int64_t> index(shape.size(), 0);
  for (int64_t n = 0; n < count; ++n) {
    std::memcpy(into + n * elementBytes, from + source * elementBytes, size_t(elementBytes));
    for (size_t axis = shape.size(); axis-- > 0;) {
      source += strides[axis];
      if (++index[axis] < shape[axis])
        break;
      source -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

} // namespace tl::weights
