// Weights from files and earlier stages: a remap's steps by their definitions, index by index.
#include "compiler/reference/Training.h"
#include "runtime/checkpoint/WeightFile.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Error.h"
#include <cstring>

namespace tl::reference {

namespace {

Shape indexOf(int64_t place, const Shape &shape) {
  Shape index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; place /= shape[axis])
    index[axis] = place % shape[axis];
  return index;
}

int64_t placeOf(const Shape &index, const Shape &shape) {
  int64_t place = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    place = place * shape[axis] + index[axis];
  return place;
}

template <typename T> double at(const std::string &bytes, int64_t i) {
  T value;
  std::memcpy(&value, bytes.data() + size_t(i) * sizeof value, sizeof value);
  return double(value);
}

/// 1 sign bit, `exponentBits`, the rest fraction: 2^(e - bias) · (1 + f), without the 1 where e is 0.
double smallFloat(const std::string &bytes, int64_t i, int exponentBits) {
  uint16_t bits;
  std::memcpy(&bits, bytes.data() + size_t(i) * 2, 2);
  int fractionBits = 15 - exponentBits, bias = (1 << (exponentBits - 1)) - 1, top = (1 << exponentBits) - 1;
  int exponent = (bits >> fractionBits) & top, fraction = bits & ((1 << fractionBits) - 1);
  double sign = bits & 0x8000 ? -1 : 1, part = std::ldexp(double(fraction), -fractionBits);
  if (exponent == top)
    return fraction ? NAN : sign * INFINITY;
  return sign * (exponent ? std::ldexp(1 + part, exponent - bias) : std::ldexp(part, 1 - bias));
}

Tensor fromFile(checkpoint::WeightFile &file, const abi::LoadStep &step) {
  const checkpoint::TensorInfo *tensor = file.find(step.tensor);
  if (!tensor || tensor->shape != step.shape || tensor->dtype != step.dtype)
    throw badData("`" + file.path() + "` has no tensor `" + step.tensor + "` as the program knows it");
  std::string bytes(size_t(tensor->bytes), 0);
  file.read(*tensor, bytes.data());
  Tensor made(step.shape);
  for (int64_t i = 0; i < made.data.size(); ++i)
    made.data[i] = step.dtype == "f32"   ? at<float>(bytes, i)
                   : step.dtype == "f64" ? double(float(at<double>(bytes, i)))  // a weight is f32
                   : step.dtype == "i32" ? at<int32_t>(bytes, i)
                   : step.dtype == "i64" ? at<int64_t>(bytes, i)
                   : step.dtype == "F16" ? smallFloat(bytes, i, 5)
                   : step.dtype == "BF16" ? smallFloat(bytes, i, 8)
                                          : at<uint8_t>(bytes, i);
  return made;
}

/// What each index of a step's result reads of an operand.
Tensor rearranged(const abi::LoadStep &step, const std::vector<Tensor> &values) {
  const Tensor &first = values[size_t(step.operands[0])];
  if (step.op == "reshape") {
    Tensor made = first;
    made.shape = step.shape;
    return made;
  }
  Tensor made(step.shape);
  for (int64_t i = 0; i < made.data.size(); ++i) {
    Shape index = indexOf(i, step.shape), source = index;
    const Tensor *from = &first;
    bool isInside = true;
    for (size_t axis = 0; axis < index.size(); ++axis)
      if (step.op == "permute")
        source[size_t(step.numbers[axis])] = index[axis];
      else if (step.op == "slice")
        source[axis] = index[axis] + step.numbers[axis];
      else if (step.op == "pad") {
        source[axis] = index[axis] - step.numbers[axis];
        isInside = isInside && source[axis] >= 0 && source[axis] < first.shape[axis];
      }
    if (step.op == "rows") {
      size_t axis = size_t(step.numbers[0]);
      int64_t row = step.numbers[size_t(index[axis]) + 1];
      from = row < 0 ? &values[size_t(step.operands[1])] : &first;
      source[axis] = row < 0 ? index[axis] : row;
    }
    if (step.op == "concat") {
      size_t axis = size_t(step.numbers[0]);
      for (size_t part = 0; source[axis] >= from->shape[axis]; from = &values[size_t(step.operands[++part])])
        source[axis] -= from->shape[axis];
    }
    made.data[i] = isInside ? from->data[placeOf(source, from->shape)] : step.value;
  }
  return made;
}

}  // namespace

void Training::load(const abi::Load &load) {
  std::optional<checkpoint::WeightFile> file;
  if (!load.file.empty()) {
    file.emplace(data::findFile(load.file, folder()));
    if (file->digest() != load.digest)
      throw badData(load.place + ": `" + file->path() + "` has changed since the program was compiled");
  }
  for (const abi::LoadedTensor &tensor : load.tensors) {
    std::vector<Tensor> values;
    for (const abi::LoadStep &step : tensor.steps)
      values.push_back(step.op == "new"      ? variables.at(tensor.path)
                       : step.op != "tensor" ? rearranged(step, values)
                       : file                ? fromFile(*file, step)
                                             : variablesOf(load.stage, load.which).at(step.tensor));
    assign(tensor.path, values.back());
  }
}

}  // namespace tl::reference
