// Weights from files and earlier stages: a remap's steps by their definitions, index by index.
#include "compiler/reference/Numbers.h"
#include "compiler/reference/Training.h"
#include "runtime/weights/WeightFile.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Error.h"
#include <cmath>
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

Tensor fromFile(weights::WeightFile &file, const abi::LoadStep &step) {
  const weights::TensorInfo *tensor = file.find(step.tensor);
  if (!tensor || (tensor->shape != step.shape && step.numbers.empty()) || tensor->dtype != step.dtype)
    throw badData("`" + file.path() + "` has no tensor `" + step.tensor + "` as the program knows it");
  std::string bytes(size_t(tensor->bytes), 0);
  file.read(*tensor, bytes.data());
  if (!step.numbers.empty()) { // of word vectors
    Tensor all = decoded(DType::F32, tensor->shape, bytes.data()), made(step.shape);
    for (int64_t i = 0; i < made.data.size(); ++i)
      made.data[i] = all.data[step.numbers[size_t(i / step.shape[1])] * step.shape[1] + i % step.shape[1]];
    return made;
  }
  if (std::optional<DType> dtype = dtypeNamed(step.dtype)) {
    Tensor made = decoded(*dtype, step.shape, bytes.data());
    if (dtype == DType::F64)
      made.data = made.data.cast<float>().cast<double>().eval();  // a weight is computed in f32
    return made;
  }
  Tensor made(step.shape);
  for (int64_t i = 0; i < made.data.size(); ++i) {
    int64_t number;  // i64, of files alone
    std::memcpy(&number, bytes.data() + size_t(i) * sizeof number, sizeof number);
    made.data[i] = double(number);
  }
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

/// A weight kept in 8 bits is read as (byte - 128) · step, of what a file would hold.
Tensor Training::numbersOf(const Named &all, const std::string &path) {
  Tensor made = all.at(path);
  if (auto steps = all.find(path + "/row.step"); steps != all.end())
    for (int64_t i = 0; i < made.data.size(); ++i)
      made.data[i] = double(float((made.data[i] - 128) * steps->second.data[i / made.shape.back()]));
  return made;
}

/// A step is the greatest number of its row by 127, a byte the nearest count of them.
void Training::keepInBytes(const std::string &path, const Tensor &value) {
  Tensor &bytes = variables.at(path), &steps = variables.at(path + "/row.step");
  const int64_t length = value.shape.back();
  for (int64_t row = 0; row < steps.data.size(); ++row) {
    auto numbers = value.data.segment(row * length, length);
    float step = float(numbers.abs().maxCoeff()) / 127;
    steps.data[row] = step < 0x1p-126f ? 0 : step;
    for (int64_t i = 0; i < length; ++i)
      bytes.data[row * length + i] = 128 + (steps.data[row] == 0 ? 0 : std::nearbyint(float(numbers[i]) / step));
  }
}

void Training::load(const abi::Load &load) {
  std::optional<weights::WeightFile> file;
  if (!load.file.empty()) {
    file.emplace(data::findFile(load.file, folder()));
    if (file->digest() != load.digest)
      throw badData(load.place + ": `" + file->path() + "` has changed since the program was compiled");
  }
  Named before = std::exchange(mixed, {});
  for (const abi::LoadedTensor &tensor : load.tensors) {
    std::vector<Tensor> values;
    for (const abi::LoadStep &step : tensor.steps)
      values.push_back(step.op == "new"      ? variables.at(tensor.path)
                       : step.op != "tensor" ? rearranged(step, values)
                       : file                ? fromFile(*file, step)
                                             : numbersOf(variablesOf(load.stage, load.which), step.tensor));
    Tensor &sum = mixed[tensor.path];
    Eigen::ArrayXd share = load.factor * values.back().data;
    sum = values.back();
    sum.data = load.isAdded ? Eigen::ArrayXd(before[tensor.path].data + share) : share;
    if (variables.contains(tensor.path + "/row.step"))
      keepInBytes(tensor.path, sum);
    else
      assign(tensor.path, sum);
  }
}

}  // namespace tl::reference
