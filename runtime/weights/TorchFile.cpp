// Names the tensors of a file of PyTorch, and finds their numbers in it.
#include "runtime/weights/TorchFile.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Checked.h"
#include "runtime/io/Utf8.h"
#include "runtime/weights/Strided.h"
#include "runtime/weights/Zip.h"
#include <algorithm>
#include <map>

namespace tl::weights {

static constexpr int deepest = 64;
static constexpr std::string_view magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"; // PyTorch's own, in front of the old form

using Kind = TorchPickle::Kind;
using Value = TorchPickle::Value;

TorchFile::TorchFile(const std::string &path) : TensorFile(path) {
  Budget budget(file);
  char first[2] = {};
  file.readAt(first, size_t(std::min<int64_t>(file.size(), 2)), 0);
  first[0] == 'P' ? readArchive(budget) : readOldForm(budget);
  if (std::optional<std::string> twice = sortByName())
    throw badData("`" + path + "` has two tensors of the name `" + *twice + "`: write them under names of their own");
}

/// An archive of `NAME/data.pkl`, and for each storage `NAME/data/KEY`.
void TorchFile::readArchive(Budget &budget) {
  Zip zip(file, budget);
  const Zip::Entry *main = nullptr;
  for (const Zip::Entry &entry : zip.entries())
    if (!main && entry.name.ends_with("/data.pkl"))
      main = &entry;
  if (!main)
    throw badData("`" + path() + "` is a zip archive without `data.pkl`, and so none that `torch.save` wrote");
  std::string folder = main->name.substr(0, main->name.size() - 8);
  auto stored = [&](const Zip::Entry &entry) {
    if (!entry.isStored)
      throw badData("`" + path() + "`: `" + entry.name + "` is deflated, which `torch.save` does to nothing; write it again with `torch.save`");
    return entry.at;
  };
  if (const Zip::Entry *order = zip.find(folder + "byteorder")) {
    std::string text(size_t(std::min<int64_t>(order->bytes, 8)), '\0');
    zip.read(*order, text.data(), int64_t(text.size()));
    if (text != "little")
      throw badData("`" + path() + "` has numbers whose order of bytes is not `little`; write it again on such a machine");
  }
  int64_t begin = stored(*main);
  TorchPickle pickle(file, begin, begin + main->bytes, budget);
  Value root = pickle.run();
  addTensors(pickle, root, [&](const TorchPickle::Storage &storage, int64_t elementBytes) {
    std::string name = folder + "data/" + std::string(pickle.text(storage.key));
    const Zip::Entry *entry = zip.find(name);
    if (!entry)
      throw badData("`" + path() + "` lacks `" + name + "`, which its pickle speaks of: it is damaged; fetch it again");
    if (int64_t bytes = io::checkedMultiply(storage.stored, elementBytes, "`" + path() + "`: `" + name + "`"); bytes != entry->bytes)
      throw badData("`" + path() + "`: `" + name + "` has " + std::to_string(entry->bytes) + " bytes, its pickle speaks of " + std::to_string(bytes) +
          ": it is damaged; fetch it again");
    return stored(*entry); }, budget);
}

/// Five pickles, a mark of PyTorch's, a version, facts of the machine, the object and the keys of its storages; behind them each storage, its
/// length in front.
void TorchFile::readOldForm(Budget &budget) {
  TorchPickle pickle(file, 0, file.size(), budget);
  if (Value mark = pickle.run(); mark.kind != Kind::Digits || pickle.text(mark) != magic)
    throw badData("`" + path() + "` is a pickle, but none that `torch.save` wrote; save the weights with it, or as safetensors");
  pickle.run();
  Value machine = pickle.run();
  for (size_t i = 0; machine.kind == Kind::Dict && i + 1 < pickle.sizeOf(machine); i += 2)
    if (Value key = pickle.cell(machine, i); key.kind == Kind::Text && pickle.text(key) == "little_endian" && pickle.cell(machine, i + 1).number != 1)
      throw badData("`" + path() + "` has numbers whose order of bytes is not `little`; write it again on such a machine");
  Value root = pickle.run(), keys = pickle.run();
  std::map<std::string_view, const TorchPickle::Storage *> known;
  for (const TorchPickle::Storage &storage : pickle.allStorages())
    if (known.emplace(pickle.text(storage.key), &storage).second)
      budget.spend(100);
  std::map<std::string_view, int64_t> starts;
  int64_t at = pickle.position();
  for (size_t i = 0; keys.kind == Kind::List && i < pickle.sizeOf(keys); ++i) {
    Value key = pickle.cell(keys, i);
    auto storage = key.kind == Kind::Text ? known.find(pickle.text(key)) : known.end();
    if (storage == known.end())
      throw badData("`" + path() + "` has a storage that its pickle does not speak of: it is damaged; fetch it again");
    budget.spend(100);
    starts[storage->first] = at + 8;
    at += 8 + lengthOfOldStorage(*storage->second, at);
  }
  addTensors(pickle, root, [&](const TorchPickle::Storage &storage, int64_t) {
    auto start = starts.find(pickle.text(storage.key));
    if (start == starts.end() || known.at(start->first)->type != storage.type || known.at(start->first)->stored != storage.stored)
      throw badData("`" + path() + "` lacks a storage that its pickle speaks of: it is damaged; fetch it again");
    return start->second; }, budget);
}

/// In bytes, behind the eight that say how many elements it has.
int64_t TorchFile::lengthOfOldStorage(const TorchPickle::Storage &storage, int64_t at) const {
  std::string what = "`" + path() + "`: the storage at byte " + std::to_string(at);
  int64_t count = 0, left = file.size() - at - int64_t(sizeof count);
  if (left >= 0)
    file.readAt(reinterpret_cast<char *>(&count), sizeof count, at);
  int64_t bytes = io::checkedMultiply(storage.stored, storage.type ? storage.type->bytes : 1, what);
  if (left < bytes || count != storage.stored)
    throw badData(what + " has " + std::to_string(count) + " elements, and " + std::to_string(std::max<int64_t>(left, 0)) +
                  " bytes follow; the pickle speaks of " +
                  std::to_string(storage.stored) + " in " + std::to_string(bytes) + " bytes: it is truncated or damaged; fetch it again");
  return bytes;
}

void TorchFile::addTensors(const TorchPickle &pickle, Value root, const Locate &locate, Budget &budget) {
  std::string name;
  if (root.kind == Kind::Tensor)
    name = nameOfFile(path());
  addNamed(pickle, root, name, 0, locate, budget);
}

/// The tensors in a value under what is its name so far.
void TorchFile::addNamed(const TorchPickle &pickle, Value value, std::string &name, int depth, const Locate &locate, Budget &budget) {
  if (value.kind == Kind::Tensor)
    return addTensor(pickle, pickle.tensor(value), name, locate, budget);
  if (!TorchPickle::isContainer(value))
    return;
  if (depth == deepest)
    throw badData("`" + path() + "`: `" + name + "` is nested more than " + std::to_string(deepest) +
                  " deep; save the weights alone, `torch.save(model.state_dict(), PATH)`");
  bool isDict = value.kind == Kind::Dict;
  for (size_t i = 0; i < pickle.sizeOf(value); ++i) {
    Value key{Kind::Whole, 0, int64_t(i)}, item = pickle.cell(value, i);
    if (isDict) {
      key = item;
      item = pickle.cell(value, ++i);
    }
    budget.spend(16 + key.size); // for the time that this takes: what is in many places is named in each
    if (item.kind != Kind::Tensor && !TorchPickle::isContainer(item))
      continue;
    if (key.kind != Kind::Text && key.kind != Kind::Whole) {
      if (item.kind == Kind::Tensor)
        throw badData("`" + path() + "`: a tensor in `" + name + "` has a key that is neither a text nor a whole number; save it under a name");
      continue;
    }
    size_t length = name.size();
    name += (name.empty() ? "" : ".") + (key.kind == Kind::Text ? std::string(pickle.text(key)) : std::to_string(key.number));
    addNamed(pickle, item, name, depth + 1, locate, budget);
    name.resize(length);
  }
}

/// Held against what is stored: views lie within it, and do not repeat elements.
void TorchFile::addTensor(const TorchPickle &pickle, const TorchPickle::Tensor &tensor, const std::string &name, const Locate &locate, Budget &budget) {
  if (io::findBadUtf8(name) != std::string_view::npos)
    throw badData("`" + path() + "` has a tensor whose name is no UTF-8; write it again with names that are");
  std::string what = "`" + path() + "`: tensor `" + name + "`";
  size_t dims = tensor.shape.size;
  if (dims > mostDims || tensor.strides.size != dims)
    throw badData(what + " has " + std::to_string(dims) + " dimensions and " + std::to_string(tensor.strides.size) +
                  " strides, expected as many and at most " + std::to_string(mostDims));
  budget.spend(int64_t(sizeof(TensorInfo) + sizeof(Place) + name.size() + 1 + 2 * dims * sizeof(int64_t)) + 32);
  TensorInfo info{name, tensor.type->name, {}};
  Place place{0, {}};
  for (size_t axis = 0; axis < dims; ++axis) {
    Value dim = pickle.item(tensor.shape, axis), stride = pickle.item(tensor.strides, axis);
    if (dim.kind != Kind::Whole || stride.kind != Kind::Whole || dim.number < 0 || stride.number < 0)
      throw badData(what + " has a shape or strides that are no whole numbers from 0 on: it is damaged; fetch it again");
    info.shape.push_back(dim.number);
    place.strides.push_back(stride.number);
  }
  int64_t elements = io::checkedElements(info.shape, what), width = tensor.type->bytes;
  info.bytes = io::checkedMultiply(elements, width, what);
  int64_t start = locate(tensor.storage, tensor.storage.type ? tensor.storage.type->bytes : 1);
  int64_t count = tensor.storage.type ? tensor.storage.count : tensor.storage.count / width;
  if (elements > count)
    throw badData(what + " has " + std::to_string(elements) + " elements and its storage " + std::to_string(count) +
                  ": it repeats some; save a copy, `.contiguous()`");
  int64_t reach = elements > 0 ? reachOf(info.shape, place.strides, what) : 0;
  if (elements > 0 && (tensor.first < 0 || tensor.first >= count || reach >= count - tensor.first))
    throw badData(what + " takes elements from " + std::to_string(tensor.first) + " on, the last one " + std::to_string(reach) +
                  " behind, of a storage of " + std::to_string(count) + ": it is damaged; fetch it again");
  if (tensor.storage.type && tensor.storage.type != tensor.type)
    throw badData(what + " is " + tensor.type->name + ", its storage " + tensor.storage.type->name + ": it is damaged; fetch it again");
  if (elements > 0)
    place.start = start + tensor.storage.first * (tensor.storage.type ? width : 1) + tensor.first * width;
  if (elements == 0 || isDense(info.shape, place.strides))
    place.strides = {};
  info.offset = int64_t(places.size());
  places.push_back(std::move(place));
  list.push_back(std::move(info));
}

void TorchFile::read(const TensorInfo &tensor, char *into) {
  const Place &place = places[size_t(tensor.offset)];
  if (place.strides.empty())
    return file.readAt(into, size_t(tensor.bytes), place.start);
  int64_t width = data::dtypeBytes(tensor.dtype);
  std::string span(size_t((reachOf(tensor.shape, place.strides, tensor.name) + 1) * width), '\0');
  file.readAt(span.data(), span.size(), place.start);
  gather(span.data(), tensor.shape, place.strides, width, into);
}

} // namespace tl::weights
