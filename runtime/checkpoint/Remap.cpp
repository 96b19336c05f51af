// Reads, converts and rearranges tensors, in the type that a variable is computed in.
#include "runtime/checkpoint/Remap.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/checkpoint/KeptWeight.h"
#include "runtime/checkpoint/Tensors.h"
#include "runtime/data/Facts.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <unordered_map>

namespace tl::checkpoint {

namespace {

using Shape = std::vector<int64_t>;
using Elements = std::vector<uint32_t>; // f32 or i32, what the variable is computed in
static_assert(sizeof(Elements::value_type) == bytesOf(DType::F32) && sizeof(Elements::value_type) == bytesOf(DType::I32));

using memory::elementsOf;

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

[[noreturn]] void refuseValue(const std::string &path, const weights::TensorInfo &tensor, const std::string &value,
                              const std::string &dtype) {
  throw badData("`" + path + "`: tensor `" + tensor.name + "` has the value " + value + ", which is no " + dtype);
}

/// An element of a real type as f32. Its bits stay, even of what arithmetic takes for 0.
float realAt(DType dtype, const char *array, int64_t i) {
  return withStored(dtype, [&](auto element) {
    std::memcpy(&element, array + i * int64_t(sizeof element), sizeof element);
    return float(element);
  });
}

void putReal(DType dtype, char *array, int64_t i, float value) {
  withStored(dtype, [&](auto element) {
    element = decltype(element)(value);
    std::memcpy(array + i * int64_t(sizeof element), &element, sizeof element);
  });
}

/// As a variable of `dtype` is computed with; one that is kept in fewer digits has a place for it, too.
uint32_t converted(const std::string &path, const weights::TensorInfo &tensor, const std::string &bytes, int64_t i, DType dtype) {
  std::optional<DType> there = dtypeNamed(tensor.dtype);
  if (!there) { // i64, of files alone
    int64_t exact;
    std::memcpy(&exact, bytes.data() + i * int64_t(sizeof exact), sizeof exact);
    if (exact != int32_t(exact))
      refuseValue(path, tensor, std::to_string(exact), nameOf(dtype));
    return uint32_t(int32_t(exact));
  }
  double exact = numberAt(*there, bytes.data(), i);
  if (!isReal(dtype))
    return uint32_t(int32_t(exact));
  char kept[sizeof(double)];
  float value = realAt(*there, bytes.data(), i);
  putReal(dtype, kept, 0, value);
  if (std::isinf(realAt(dtype, kept, 0)) && !std::isinf(exact))
    refuseValue(path, tensor, std::to_string(exact), nameOf(dtype));
  return std::bit_cast<uint32_t>(value);
}

/// The type that a variable's numbers have on their way to it.
DType onTheWayTo(const abi::Variable &variable) { return KeptWeight::isKept(variable) ? DType::F32 : dtypeNamed(variable.dtype).value(); }

Elements readAs(weights::WeightFile &file, const abi::LoadStep &step, DType dtype) {
  const weights::TensorInfo &tensor = *file.find(step.tensor);
  Elements values(size_t(elementsOf(step.shape)));
  if (!step.numbers.empty()) {
    file.readRows(step.numbers, reinterpret_cast<char *>(values.data()));
    return values;
  }
  if (tensor.dtype == nameOf(dtype) && !isNarrow(dtype)) {
    file.read(tensor, reinterpret_cast<char *>(values.data()));
    return values;
  }
  std::string bytes(size_t(tensor.bytes), '\0');
  file.read(tensor, bytes.data());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = converted(file.path(), tensor, bytes, int64_t(i), dtype);
  return values;
}

constexpr int64_t pieceElements = 1 << 16;

/// Numbers of a tensor from `first` on as f32, each of which `dtype` has a place for. False where the file cannot read a part of it.
bool readPart(weights::WeightFile &file, const weights::TensorInfo &tensor, DType dtype, int64_t first, std::span<float> numbers) {
  const int64_t each = tensor.bytes / std::max<int64_t>(elementsOf(tensor.shape), 1);
  std::string bytes(numbers.size() * size_t(each), '\0');
  if (!file.readPart(tensor, first * each, std::ssize(bytes), bytes.data()))
    return false;
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = std::bit_cast<float>(converted(file.path(), tensor, bytes, int64_t(i), dtype));
  return true;
}

/// Rounds a tensor's numbers to few digits, a piece at a time. False where the file cannot read a part of it.
bool roundInParts(weights::WeightFile &file, const weights::TensorInfo &tensor, DType dtype, char *into, Rounding &rounding) {
  const int64_t count = elementsOf(tensor.shape);
  std::vector<float> piece(size_t(std::min<int64_t>(count, pieceElements)));
  for (int64_t first = 0; first < count; first += std::ssize(piece)) {
    std::span<float> numbers(piece.data(), size_t(std::min<int64_t>(count - first, std::ssize(piece))));
    if (!readPart(file, tensor, dtype, first, numbers))
      return false;
    for (size_t i = 0; i < numbers.size(); ++i) {
      putReal(dtype, into, first + int64_t(i), numbers[i]);
      rounding.add(numbers[i], realAt(dtype, into, first + int64_t(i)));
    }
  }
  return true;
}

/// From the variable's own bytes, and back.
Elements valuesOf(const Shape &shape, DType dtype, const char *from) {
  Elements values(size_t(elementsOf(shape)));
  if (isNarrow(dtype))
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = std::bit_cast<uint32_t>(realAt(dtype, from, int64_t(i)));
  else
    std::memcpy(values.data(), from, values.size() * sizeof values[0]);
  return values;
}

void store(const Elements &values, DType dtype, char *into) {
  if (isNarrow(dtype))
    for (size_t i = 0; i < values.size(); ++i)
      putReal(dtype, into, int64_t(i), std::bit_cast<float>(values[i]));
  else
    std::memcpy(into, values.data(), values.size() * sizeof values[0]);
}

uint32_t paddingOf(DType dtype, double value) {
  return isReal(dtype) ? std::bit_cast<uint32_t>(float(value)) : uint32_t(int32_t(value));
}

/// The value that a step makes of earlier ones, which it uses up.
Elements rearranged(const abi::LoadStep &step, const std::vector<abi::LoadStep> &steps, std::vector<Elements> &values, DType dtype) {
  size_t first = size_t(step.operands[0]);
  const Shape &shape = steps[first].shape;
  Shape strides = stridesOf(step.shape), sourceStrides = stridesOf(shape);
  if (step.op == "reshape")
    return std::move(values[first]);
  Elements made(size_t(elementsOf(step.shape)), step.op == "pad" ? paddingOf(dtype, step.value) : 0);
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
    values[size_t(operand)] = Elements(); // `{}` would keep their memory
  return made;
}

/// Whether the file has the variable's own bytes.
bool isVerbatim(const abi::LoadedTensor &tensor, const abi::Variable &variable) {
  const abi::LoadStep &first = tensor.steps[0];
  return tensor.steps.size() == 1 && first.op == "tensor" && first.dtype == variable.dtype;
}

/// Whether the file has, in their order, the numbers of a variable that rounds them: then some of them are read at a time, where the file can.
bool isReadInParts(const abi::LoadedTensor &tensor, const abi::Variable &variable) {
  const abi::LoadStep &first = tensor.steps[0];
  bool isRounded = KeptWeight::isKept(variable) || isNarrow(dtypeNamed(variable.dtype).value());
  return isRounded && !isVerbatim(tensor, variable) && tensor.steps.size() == 1 && first.op == "tensor" && first.numbers.empty();
}

Elements valueOf(weights::WeightFile &file, const abi::LoadedTensor &tensor, const abi::Variable &variable, const char *before) {
  DType dtype = onTheWayTo(variable);
  std::vector<Elements> values;
  for (const abi::LoadStep &step : tensor.steps) {
    Elements made;
    if (step.op == "tensor") {
      made = readAs(file, step, dtype);
    } else if (step.op == "new") {
      made = valuesOf(variable.shape, dtype, before);
    } else {
      made = rearranged(step, tensor.steps, values, dtype);
    }
    values.push_back(std::move(made));
  }
  return std::move(values.back());
}

/// What a load has made of a variable.
struct Filled {
  std::optional<int64_t> wrong; // the first element that is not finite
  std::optional<Rounding> rounding;
};

Filled fillKept(weights::WeightFile &file, const abi::LoadedTensor &tensor, const abi::Variable &variable, KeptWeight kept) {
  Filled filled{{}, Rounding{variable.path, "i8"}};
  Elements values;
  filled.wrong = kept.keep(
      [&](int64_t first, std::span<float> numbers) {
        if (values.empty() && isReadInParts(tensor, variable) && readPart(file, *file.find(tensor.steps[0].tensor), DType::F32, first, numbers))
          return;
        if (values.empty())
          values = valueOf(file, tensor, variable, nullptr);
        std::memcpy(numbers.data(), values.data() + first, numbers.size_bytes());
      },
      &*filled.rounding);
  return filled;
}

Filled fill(weights::WeightFile &file, const abi::LoadedTensor &tensor, const abi::Stage &stage, const abi::Variable &variable, memory::Arena variables) {
  if (auto kept = KeptWeight::of(stage, variable, variables))
    return fillKept(file, tensor, variable, *kept);
  char *into = variables.at(variable);
  Filled filled;
  DType dtype = dtypeNamed(variable.dtype).value();
  if (isVerbatim(tensor, variable)) {
    file.read(*file.find(tensor.steps[0].tensor), into);
    filled.wrong = firstNonFinite(variable, variables);
    return filled;
  }
  if (isNarrow(dtype))
    filled.rounding = Rounding{variable.path, variable.dtype};
  if (!isReadInParts(tensor, variable) || !roundInParts(file, *file.find(tensor.steps[0].tensor), dtype, into, *filled.rounding)) {
    Elements values = valueOf(file, tensor, variable, into);
    store(values, dtype, into);
    for (size_t i = 0; isNarrow(dtype) && i < values.size(); ++i)
      filled.rounding->add(std::bit_cast<float>(values[i]), realAt(dtype, into, int64_t(i)));
  }
  filled.wrong = firstNonFinite(variable, variables);
  return filled;
}

/// "is not there", "has f32[784, 128]", or "" where the file has what the program was compiled for.
std::string difference(const weights::TensorInfo *there, const abi::LoadStep &step) {
  if (there && there->dtype == step.dtype && (there->shape == step.shape || !step.numbers.empty())) // of rows, the digest tells
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
  std::optional<DType> theirs = dtypeNamed(there), mine = dtypeNamed(here);
  if (mine == DType::I32)
    return there == "i64" || (theirs && !isReal(*theirs));
  return mine && computedIn(*mine) == DType::F32 && theirs && isReal(*theirs);
}

bool losesDigits(const std::string &there, const std::string &here) {
  std::optional<DType> theirs = dtypeNamed(there);
  return theirs && isReal(*theirs) && here != there && here != nameOf(computedIn(*theirs));
}

int64_t copyingBytes(const abi::Load &load, const abi::Stage &stage) {
  constexpr int64_t each = sizeof(Elements::value_type);
  int64_t most = 0, mixed = 0; // in double
  for (const abi::LoadedTensor &tensor : load.tensors)
    mixed += load.isAdded || load.factor != 1 ? elementsOf(tensor.steps.back().shape) * int64_t(sizeof(double)) : 0;
  for (const abi::LoadedTensor &tensor : load.tensors) {
    auto variable = std::find_if(stage.variables.begin(), stage.variables.end(), [&](const abi::Variable &one) { return one.path == tensor.path; });
    bool isInParts = isReadInParts(tensor, *variable) && (!load.stage.empty() || load.file.find(".safetensors") != std::string::npos);
    int64_t held = KeptWeight::isKept(*variable) ? 2 * KeptWeight::pieceBytes(*variable) : isInParts ? 2 * pieceElements * each
                                                                                                     : 0;
    for (const abi::LoadStep &step : tensor.steps) {
      held += isVerbatim(tensor, *variable) || isInParts ? 0 : elementsOf(step.shape) * each;
      most = std::max(most, held);
      for (int64_t operand : step.operands)
        held -= elementsOf(tensor.steps[size_t(operand)].shape) * each;
    }
  }
  return most + mixed;
}

// The steps are taken with the places of elements in the place of their values: the tensors' elements are numbered through, and what
// comes out says for each element of the variable which of them it was.
bool putBack(const abi::LoadedTensor &tensor, const Shape &shape, const std::string &dtype, const char *from,
             std::map<std::string, PublishedTensor> &into) {
  DType type = dtypeNamed(dtype).value();
  std::vector<Elements> places;
  std::vector<PublishedTensor *> tensors; // of the numbers from `starts` on
  std::vector<uint32_t> starts;
  uint32_t count = 0;
  for (const abi::LoadStep &step : tensor.steps) {
    if (step.op == "pad" || step.op == "new" || step.op == "rows")
      return false;
    if (step.op != "tensor") {
      places.push_back(rearranged(step, tensor.steps, places, DType::I32));
      continue;
    }
    PublishedTensor &made = into[step.exported];
    made.shape = step.shape;
    made.dtype = nameOf(computedIn(type));
    made.values.resize(size_t(elementsOf(step.shape)));
    Elements &numbers = places.emplace_back(made.values.size());
    std::iota(numbers.begin(), numbers.end(), count);
    tensors.push_back(&made);
    starts.push_back(count);
    count += uint32_t(numbers.size());
  }
  Elements values = valuesOf(shape, type, from);
  for (size_t i = 0; i < values.size(); ++i) {
    uint32_t place = places.back()[i];
    size_t of = size_t(std::upper_bound(starts.begin(), starts.end(), place) - starts.begin()) - 1;
    tensors[of]->values[place - starts[of]] = values[i];
  }
  return true;
}

std::vector<Rounding> copyTensors(const std::string &path, const abi::Load &load, const abi::Stage &stage, memory::Arena variables) {
  weights::WeightFile file(path);
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
      if (std::string there = file.vocabularyOf(step.tensor); step.op == "tensor" && step.numbers.empty() && !there.empty() && !step.vocabulary.empty() && there != step.vocabulary)
        throw badData(place + "cannot load `" + tensor.path + "` from `" + path + "`: there `" + step.tensor +
                      "` is over a vocabulary with digest " + there + ", this program was compiled for " + step.vocabulary +
                      ": they number words differently; train that stage again");
  if (!load.digest.empty() && load.digest != file.digest())
    throw badData(place + "`" + path + "` has other tensors than when the program was compiled; compile it again, so that " +
                  "each of them is loaded or ignored");
  std::vector<Rounding> roundings;
  for (const abi::LoadedTensor &tensor : load.tensors) { // only now: all or nothing
    const abi::Variable &variable = *byPath.at(tensor.path);
    auto [at, rounding] = fill(file, tensor, stage, variable, variables);
    if (at)
      throw badData(place + "cannot load `" + tensor.path + "` from `" + path + "`: " + whereFrom(tensor) + " has a value that is not " +
                    "finite, the first in element " + std::to_string(*at) + " of `" + tensor.path +
                    "`; such weights train to nothing, and no checkpoint holds any");
    if (rounding)
      roundings.push_back(*rounding);
  }
  return roundings;
}

} // namespace tl::checkpoint
