// Pickles and files of PyTorch, made opcode by opcode.
#pragma once
#include "tests/unit/Archives.h"

namespace tl::test::pickles {

inline std::string text(const std::string &bytes) { return "X" + littleEndian(bytes.size(), 4) + bytes; }
inline std::string whole(int64_t number) { return "\x8a\x08" + littleEndian(uint64_t(number), 8); }
inline std::string name(const std::string &module, const std::string &name) { return "c" + module + "\n" + name + "\n"; }
inline std::string tuple(const std::vector<std::string> &items) {
  std::string all = "(";
  for (const std::string &item : items)
    all += item;
  return all + "t";
}
inline std::string wholes(const std::vector<int64_t> &numbers) {
  std::vector<std::string> items;
  for (int64_t number : numbers)
    items.push_back(whole(number));
  return tuple(items);
}
/// `{key: value, …}`.
inline std::string dict(const std::vector<std::pair<std::string, std::string>> &items) {
  std::string all = "}(";
  for (const auto &[key, value] : items)
    all += key + value;
  return all + "u";
}
inline const std::string ordered = name("collections", "OrderedDict") + ")R";
inline std::string storage(const std::string &type, const std::string &key, int64_t count, const std::string &part = "") {
  std::vector<std::string> items = {text("storage"), name(type == "UntypedStorage" ? "torch.storage" : "torch", type), text(key), text("cpu"), whole(count)};
  if (!part.empty())
    items.push_back(part);
  return tuple(items) + "Q";
}
inline std::string tensor(const std::string &storage, int64_t first, const std::vector<int64_t> &shape, const std::vector<int64_t> &strides,
                          const std::string &more = "") {
  return name("torch._utils", "_rebuild_tensor_v2") + "(" + storage + whole(first) + wholes(shape) + wholes(strides) + "\x89" + ordered + more + "tR";
}
inline std::string pickle(const std::string &value) { return std::string("\x80\2") + value + "."; }

struct Stored {
  std::string key, bytes;
  int64_t count = 0; // of the old form
};

inline std::string archive(const std::string &value, const std::vector<Stored> &storages, const std::string &order = "little", int method = 0) {
  std::vector<ZipEntry> entries = {{"m/data.pkl", pickle(value)}, {"m/byteorder", order}, {"m/version", "3\n"}};
  for (const Stored &one : storages)
    entries.push_back({"m/data/" + one.key, one.bytes, method, std::string(17, 'Z')});
  return zipOf(entries);
}

inline std::string oldForm(const std::string &value, const std::vector<Stored> &storages, const std::string &isLittle = "\x88") {
  std::string keys = "](", behind;
  for (const Stored &one : storages) {
    keys += text(one.key);
    behind += littleEndian(uint64_t(one.count), 8) + one.bytes;
  }
  return pickle("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") + pickle(whole(1001)) + pickle(dict({{text("little_endian"), isLittle}})) +
         pickle(value) + pickle(keys + "e") +
         behind;
}

} // namespace tl::test::pickles
