// Which names the pickles of PyTorch's weights have, and what each stands for.
#include "runtime/weights/TorchPickle.h"
#include "runtime/io/Utf8.h"

namespace tl::weights {

namespace {

/// What is behind a name; element types follow from `firstType` on.
enum Meaning : int64_t { makesDict, makesTensor, makesTypedTensor, givesFirst, callsFirst, makesOther, untyped, className, firstType };

constexpr struct {
  const char *name;
  Meaning meaning;
} names[] = {{"collections.OrderedDict", makesDict},
             {"torch._utils._rebuild_tensor", makesTensor},
             {"torch._utils._rebuild_tensor_v2", makesTensor},
             {"torch._utils._rebuild_tensor_v3", makesTypedTensor},
             {"torch._utils._rebuild_parameter", givesFirst},
             {"torch._utils._rebuild_parameter_with_state", givesFirst},
             {"torch._tensor._rebuild_from_type_v2", callsFirst},
             {"torch.Size", givesFirst},
             {"_codecs.encode", makesOther}, // bytes, and sets: how protocol 2 writes them
             {"__builtin__.set", makesOther},
             {"torch.storage.UntypedStorage", untyped},
             {"torch.Tensor", className},
             {"torch.nn.parameter.Parameter", className},
             {"torch.nn.parameter.Buffer", className}};

/// For a message, whatever its bytes are.
std::string shown(std::string name) {
  for (char &c : name)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
      c = '?';
  name.resize(std::min<size_t>(name.size(), 100));
  while (io::findBadUtf8(name) != std::string_view::npos)
    name.resize(io::findBadUtf8(name));
  return name;
}

} // namespace

Pickle::Value TorchPickle::global(const std::string &name) {
  for (const auto &[known, meaning] : names)
    if (name == known)
      return {Kind::Global, 0, meaning};
  if (name.starts_with("torch."))
    if (const FileElementType *type = fileElementNamed(std::string_view(name).substr(6), &FileElementType::inTorch))
      return {Kind::Global, 0, firstType + (type - fileElementTypes)};
  refuse("`" + shown(name) + "` is no part of a file of weights, and nothing here is executed; save the weights alone, `torch.save(model.state_dict(), PATH)`");
}

const Pickle::Value &TorchPickle::argument(Value arguments, size_t i, Kind kind) const {
  if (arguments.kind != Kind::Tuple || i >= arguments.size || item(arguments, i).kind != kind)
    refuse("argument " + std::to_string(i) + " of a tensor or storage is not what PyTorch writes; write it again with `torch.save`");
  return item(arguments, i);
}

Pickle::Value TorchPickle::made(Value global, Value arguments) {
  if (global.number == callsFirst) { // (function, class, arguments, attributes)
    global = argument(arguments, 0, Kind::Global);
    arguments = argument(arguments, 2, Kind::Tuple);
  }
  switch (global.number) {
  case makesDict: return madeDict(arguments);
  case makesTensor: return madeTensor(arguments, false);
  case makesTypedTensor: return madeTensor(arguments, true);
  case makesOther: return {Kind::Other, 0, 0};
  case givesFirst:
    if (arguments.size > 0)
      return item(arguments, 0);
    [[fallthrough]];
  default: refuse("what makes nothing is called; write it again with `torch.save`");
  }
}

/// Of nothing, or of a list of pairs.
Pickle::Value TorchPickle::madeDict(Value arguments) {
  Value made = newContainer(Kind::Dict);
  if (arguments.size == 0)
    return made;
  Value pairs = item(arguments, 0);
  for (size_t i = 0; i < (isContainer(pairs) ? sizeOf(pairs) : 0); ++i) {
    Value pair = cell(pairs, i);
    if (!isContainer(pair) || sizeOf(pair) != 2)
      refuse("a dict of what is no pair; write it again with `torch.save`");
    append(made, cell(pair, 0));
    append(made, cell(pair, 1));
  }
  return made;
}

/// Of ("storage", type, key, place, count) and in the old form the part that it is: None or (key, first, count).
Pickle::Value TorchPickle::persistent(Value id) {
  const Value &kind = argument(id, 0, Kind::Text), &type = argument(id, 1, Kind::Global), &key = argument(id, 2, Kind::Text);
  int64_t count = argument(id, 4, Kind::Whole).number;
  if (text(kind) != "storage" || (type.number != untyped && type.number < firstType) || count < 0)
    refuse("a storage is not what PyTorch writes; write it again with `torch.save`");
  Storage storage{key, type.number == untyped ? nullptr : &fileElementTypes[type.number - firstType], 0, count, count};
  if (id.size > 5 && item(id, 5).kind != Kind::None) {
    const Value &part = argument(id, 5, Kind::Tuple);
    storage.first = argument(part, 1, Kind::Whole).number;
    storage.count = argument(part, 2, Kind::Whole).number;
    if (storage.first < 0 || storage.count < 0 || storage.first > count || storage.count > count - storage.first)
      refuse("a part of a storage is not within its " + std::to_string(count) + " elements: it is damaged; fetch it again");
  }
  budget.spend(sizeof storage);
  storages.push_back(storage);
  return {Kind::Storage, 0, int64_t(storages.size()) - 1};
}

/// Of (storage, first, shape, strides, …), where `hasType` with its type behind two more.
Pickle::Value TorchPickle::madeTensor(Value arguments, bool hasType) {
  const Storage &storage = storages[size_t(argument(arguments, 0, Kind::Storage).number)];
  Tensor tensor{storage, storage.type, argument(arguments, 1, Kind::Whole).number, argument(arguments, 2, Kind::Tuple), argument(arguments, 3, Kind::Tuple)};
  if (hasType) {
    int64_t type = argument(arguments, 6, Kind::Global).number - firstType;
    tensor.type = type >= 0 ? &fileElementTypes[type] : nullptr;
  } else if (arguments.size > 6 && !(isContainer(item(arguments, 6)) && sizeOf(item(arguments, 6)) == 0)) {
    refuse("a tensor is the negative of what is stored; save a copy, `.clone()`");
  }
  if (!tensor.type)
    refuse("a tensor has no type of elements; write it again with `torch.save`");
  budget.spend(sizeof tensor);
  tensors.push_back(tensor);
  return {Kind::Tensor, 0, int64_t(tensors.size()) - 1};
}

} // namespace tl::weights
