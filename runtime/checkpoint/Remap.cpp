// Reads, converts and rearranges tensors; every element has four bytes, whatever it means.
#include "runtime/checkpoint/Remap.h"
#include "runtime/checkpoint/Tensors.h"
#include "runtime/data/Facts.h"
#include <cmath>
#include <cstring>
#include <unordered_map>

namespace tl::checkpoint {

namespace {

using Shape = std::vector<int64_t>;
using Elements = std::vector<uint32_t>; // f32 or i32, as the variable's

int64_t elementsOf(const Shape &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

Shape stridesOf(const Shape &shape) {
  Shape strides(shape.size(), 1);
  for (size_t i = shape.size(); i > 1; --i)
    strides[i - 2] = strides[i - 1] * shape[i - 1];
  return strides;
}

/// One side of a copy: where element 0 lies, and how far the next one is along each axis.
struct View {
  int64_t start = 0;
  Shape strides;
};

/// to[i, j, …] = from[i, j, …] for every index of a box.
void copyBox(const Shape &box, const Elements &from, const View &fromView, Elements &to, const View &toView) {
  int64_t count = elementsOf(box), source = fromView.start, target = toView.start;
  Shape index(box.size(), 0);
  for (int64_t n = 0; n < count; ++n) {
    to[size_t(target)] = from[size_t(source)];
    for (size_t axis = box.size(); axis-- > 0;) {
      source += fromView.strides[axis];
      target += toView.strides[axis];
      if (++index[axis] < box[axis])
        break;
      source -= fromView.strides[axis] * box[axis];
      target -= toView.strides[axis] * box[axis];
      index[axis] = 0;
    }
  }
}

float fromHalf(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float size = exponent == 31  ? (fraction ? NAN : INFINITY)
               : exponent == 0 ? std::ldexp(float(fraction), -24)
                               : std::ldexp(float(fraction + 1024), exponent - 25);
  return bits >> 15 ? -size : size;
}

template <typename T> T valueAt(const std::string &bytes, size_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
  return value;
}

[[noreturn]] void refuseValue(const std::string &path, const TensorInfo &tensor, const std::string &value,
                              const std::string &dtype) {
  throw badData("`" + path + "`: tensor `" + tensor.name + "` has the value " + value + ", which is no " + dtype);
}

uint32_t converted(const std::string &path, const TensorInfo &tensor, const std::string &bytes, size_t i) {
  float value = 0;
  if (tensor.dtype == "f64") {
    double exact = valueAt<double>(bytes, i);
    value = float(exact);
    if (std::isinf(value) && !std::isinf(exact))
      refuseValue(path, tensor, std::to_string(exact), "f32");
  } else if (tensor.dtype == "F16") {
    value = fromHalf(valueAt<uint16_t>(bytes, i));
  } else if (tensor.dtype == "BF16") {
    return uint32_t(valueAt<uint16_t>(bytes, i)) << 16;
  } else if (tensor.dtype == "i64") {
    int64_t exact = valueAt<int64_t>(bytes, i);
    if (exact != int32_t(exact))
      refuseValue(path, tensor, std::to_string(exact), "i32");
    return uint32_t(int32_t(exact));
  } else { // u8, i1
    return valueAt<uint8_t>(bytes, i);
  }
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

Elements readAs(WeightFile &file, const TensorInfo &tensor, const std::string &dtype) {
  Elements values(size_t(elementsOf(tensor.shape)));
  if (tensor.dtype == dtype) {
    file.read(tensor, reinterpret_cast<char *>(values.data()));
    return values;
  }
  std::string bytes(size_t(tensor.bytes), '\0');
  file.read(tensor, bytes.data());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = converted(file.path(), tensor, bytes, i);
  return values;
}

Elements paddingOf(const abi::LoadStep &step, const std::string &dtype) {
  uint32_t bits;
  float real = float(step.value);
  int32_t whole = int32_t(step.value);
  std::memcpy(&bits, dtype == "f32" ? static_cast<const void *>(&real) : &whole, sizeof bits);
  return Elements(size_t(elementsOf(step.shape)), bits);
}

/// The value that a step makes of earlier ones, which it uses up.
Elements rearranged(const abi::LoadStep &step, const std::vector<abi::LoadStep> &steps, std::vector<Elements> &values,
                    const std::string &dtype) {
  size_t first = size_t(step.operands[0]);
  const Shape &shape = steps[first].shape;
  Shape strides = stridesOf(step.shape), sourceStrides = stridesOf(shape);
  if (step.op == "reshape")
    return std::move(values[first]);
  Elements made = step.op == "pad" ? paddingOf(step, dtype) : Elements(size_t(elementsOf(step.shape)));
  if (step.op == "permute") {
    View from;
    for (int64_t axis : step.numbers)
      from.strides.push_back(sourceStrides[size_t(axis)]);
    copyBox(step.shape, values[first], from, made, {0, strides});
  } else if (step.op == "slice") {
    View from{0, sourceStrides};
    for (size_t axis = 0; axis < shape.size(); ++axis)
      from.start += step.numbers[axis] * sourceStrides[axis];
    copyBox(step.shape, values[first], from, made, {0, strides});
  } else if (step.op == "pad") {
    View to{0, strides};
    for (size_t axis = 0; axis < shape.size(); ++axis)
      to.start += step.numbers[axis] * strides[axis];
    copyBox(shape, values[first], {0, sourceStrides}, made, to);
  } else if (step.op == "concat") {
    size_t axis = size_t(step.numbers[0]);
    View to{0, strides};
    for (int64_t operand : step.operands) {
      const Shape &part = steps[size_t(operand)].shape;
      copyBox(part, values[size_t(operand)], {0, stridesOf(part)}, made, to);
      to.start += part[axis] * strides[axis];
    }
  } else if (step.op == "rows") {
    size_t axis = size_t(step.numbers[0]);
    Shape row = step.shape;
    row[axis] = 1;
    for (int64_t i = 0; i < step.shape[axis]; ++i) {
      int64_t from = step.numbers[size_t(i) + 1];
      bool isNew = from < 0;
      const Shape &operandStrides = isNew ? strides : sourceStrides;
      copyBox(row, values[size_t(step.operands[isNew ? 1 : 0])], {(isNew ? i : from) * operandStrides[axis], operandStrides}, made,
              {i * strides[axis], strides});
    }
  } else {
    throw Error(exitInternal, "there is no step `" + step.op + "` of a load");
  }
  for (int64_t operand : step.operands)
    values[size_t(operand)] = {};
  return made;
}

/// Whether the file has the variable's own bytes: what is loadable and of such a type is of the variable's.
bool isVerbatim(const abi::LoadedTensor &tensor) {
  const abi::LoadStep &first = tensor.steps[0];
  return tensor.steps.size() == 1 && first.op == "tensor" && (first.dtype == "f32" || first.dtype == "i32");
}

void fill(WeightFile &file, const abi::LoadedTensor &tensor, const abi::Variable &variable, char *into) {
  if (isVerbatim(tensor))
    return file.read(*file.find(tensor.steps[0].tensor), into);
  std::vector<Elements> values;
  for (const abi::LoadStep &step : tensor.steps) {
    Elements made;
    if (step.op == "tensor") {
      made = readAs(file, *file.find(step.tensor), variable.dtype);
    } else if (step.op == "new") {
      made.resize(size_t(elementsOf(variable.shape)));
      std::memcpy(made.data(), into, made.size() * sizeof made[0]);
    } else {
      made = rearranged(step, tensor.steps, values, variable.dtype);
    }
    values.push_back(std::move(made));
  }
  std::memcpy(into, values.back().data(), values.back().size() * sizeof(uint32_t));
}

/// "is not there", "has f32[784, 128]", or "" where the file has what the program was compiled for.
std::string difference(const TensorInfo *there, const abi::LoadStep &step) {
  if (there && there->dtype == step.dtype && there->shape == step.shape)
    return "";
  return (there ? "has " + data::typeText(there->dtype, there->shape) : std::string("is not there")) +
         ", this program wants " + data::typeText(step.dtype, step.shape);
}

/// "`enc.w`", the tensors that a variable is made of.
std::string whereFrom(const abi::LoadedTensor &tensor) {
  std::string names;
  for (const abi::LoadStep &step : tensor.steps)
    if (step.op == "tensor")
      names += (names.empty() ? "`" : ", `") + step.tensor + "`";
  return names;
}

} // namespace

bool isLoadable(const std::string &there, const std::string &here) {
  if (here == "f32")
    return there == "f32" || there == "f64" || there == "F16" || there == "BF16";
  return here == "i32" && (there == "i32" || there == "i64" || there == "u8" || there == "i1");
}

int64_t copyingBytes(const abi::Load &load) {
  int64_t most = 0;
  for (const abi::LoadedTensor &tensor : load.tensors) {
    int64_t held = 0;
    for (const abi::LoadStep &step : tensor.steps) {
      held += isVerbatim(tensor) ? 0 : elementsOf(step.shape) * int64_t(sizeof(uint32_t));
      most = std::max(most, held);
      for (int64_t operand : step.operands)
        held -= elementsOf(tensor.steps[size_t(operand)].shape) * int64_t(sizeof(uint32_t));
    }
  }
  return most;
}

void copyTensors(const std::string &path, const abi::Load &load, const abi::Stage &stage, char *variables) {
  WeightFile file(path);
  std::unordered_map<std::string, const abi::Variable *> byPath;
  for (const abi::Variable &variable : stage.variables)
    byPath.emplace(variable.path, &variable);
  std::string place = load.place.empty() ? "" : load.place + ": ";
  for (const abi::LoadedTensor &tensor : load.tensors) {
    auto variable = byPath.find(tensor.path);
    if (variable == byPath.end() || tensor.steps.empty() || tensor.steps.back().shape != variable->second->shape)
      throw Error(exitInternal, "stage `" + stage.name + "` has no variable `" + tensor.path + "` to load");
    for (const abi::LoadStep &step : tensor.steps)
      if (std::string text = step.op == "tensor" ? difference(file.find(step.tensor), step) : ""; !text.empty())
        throw badData(place + "cannot load `" + tensor.path + "` from `" + path + "`: there `" + step.tensor + "` " + text);
  }
  for (const abi::LoadedTensor &tensor : load.tensors)
    for (const abi::LoadStep &step : tensor.steps)
      if (std::string there = file.vocabularyOf(step.tensor); step.op == "tensor" && !there.empty() && !step.vocabulary.empty() && there != step.vocabulary)
        throw badData(place + "cannot load `" + tensor.path + "` from `" + path + "`: there `" + step.tensor +
                      "` is over a vocabulary with digest " + there + ", this program was compiled for " + step.vocabulary +
                      ": they number words differently; train that stage again");
  if (!load.digest.empty() && load.digest != file.digest())
    throw badData(place + "`" + path + "` has other tensors than when the program was compiled; compile it again, so that " +
                  "each of them is loaded or ignored");
  for (const abi::LoadedTensor &tensor : load.tensors) { // only now: all or nothing
    const abi::Variable &variable = *byPath.at(tensor.path);
    fill(file, tensor, variable, variables + variable.offset);
    if (std::optional<int64_t> at = firstNonFinite(variable, variables))
      throw badData(place + "cannot load `" + tensor.path + "` from `" + path + "`: " + whereFrom(tensor) + " has a value that is not " +
                    "finite, the first in element " + std::to_string(*at) + " of `" + tensor.path +
                    "`; such weights train to nothing, and no checkpoint holds any");
  }
}

} // namespace tl::checkpoint
