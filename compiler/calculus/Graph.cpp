// Names and sizes of the calculus' words and types.
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

const char *nameOf(DType dtype) {
  switch (dtype) {
  case DType::I1:
    return "i1";
  case DType::U8:
    return "u8";
  case DType::I32:
    return "i32";
  case DType::F32:
    return "f32";
  case DType::F64:
    return "f64";
  }
  return "";
}

int64_t bytesOf(DType dtype) {
  switch (dtype) {
  case DType::I1:
  case DType::U8:
    return 1;
  case DType::I32:
  case DType::F32:
    return 4;
  case DType::F64:
    return 8;
  }
  return 0;
}

std::string toString(const TensorType &type) {
  std::string text = nameOf(type.dtype);
  text += '[';
  for (size_t i = 0; i < type.shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(type.shape[i]);
  return text + ']';
}

namespace {
struct Word {
  const char *name;
  int operands;
  bool isElementwise;
};
constexpr Word words[] = {
#define ELEMENTWISE(Id, name, operands, meaning) {name, operands, true},
#define OP(Id, name, operands, meaning) {name, operands, false},
#include "compiler/calculus/Ops.def"
};
} // namespace

const char *nameOf(Op op) { return words[int(op)].name; }
int operandCount(Op op) { return words[int(op)].operands; }
bool isElementwise(Op op) { return words[int(op)].isElementwise; }

} // namespace tl
