// Sizes and names of the calculus' types, and when functions are equal.
#include "compiler/calculus/Graph.h"

namespace tl {

int64_t TensorType::elements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

int64_t TensorType::bytes() const { return elements() * bytesOf(dtype); }

bool Body::operator==(const Body &other) const {
  return get() == other.get() || (get() && other.get() && get()->nodes == other->nodes);
}

std::string toString(const TensorType &type) {
  std::string text = nameOf(type.dtype);
  text += '[';
  for (size_t i = 0; i < type.shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(type.shape[i]);
  return text + ']';
}

} // namespace tl
