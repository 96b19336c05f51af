// Reads and writes safetensors. The header is parsed as events, never as a tree: a hostile one costs no more than its
// bytes.
#include "runtime/checkpoint/Safetensors.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Checked.h"
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace tl::checkpoint {

namespace {

struct DtypeName {
  const char *file, *tl; // tl: "" where TL has no such type
  int64_t bytes;
};
constexpr DtypeName dtypes[] = {{"F32", "f32", 4}, {"F64", "f64", 8},  {"I32", "i32", 4}, {"I64", "i64", 8},
                                {"U8", "u8", 1},   {"BOOL", "i1", 1},  {"F16", "", 2},    {"BF16", "", 2},
                                {"I8", "", 1},     {"I16", "", 2},     {"U16", "", 2},    {"U32", "", 4},
                                {"U64", "", 8},    {"F8_E4M3", "", 1}, {"F8_E5M2", "", 1}};
constexpr int64_t headerLimit = 100'000'000;

/// What the header says of one tensor; offsets from the start of the data.
struct Entry {
  TensorInfo tensor;
  int64_t begin = 0, end = 0, elementBytes = 0;
};

/// Takes exactly { "__metadata__": {string: string}, NAME: {"dtype": …, "shape": […], "data_offsets": [b, e]} }.
struct HeaderEvents : nlohmann::json_sax<nlohmann::json> {
  enum Place { outside, top, metadata, tensor, shape, offsets, done } place = outside;
  std::vector<Entry> entries;
  std::map<std::string, std::string> notes;
  std::set<std::string> names; // of all keys at the top
  std::string lastKey, problem;
  bool seenDtype = false, seenShape = false, seenOffsets = false;
  int offsetCount = 0;

  bool refuse(std::string text) {
    if (problem.empty())
      problem = std::move(text);
    return false;
  }
  std::string here() const { return entries.empty() ? "the header" : "tensor `" + entries.back().tensor.name + "`"; }

  bool null() override { return refuse(here() + " has a null"); }
  bool boolean(bool) override { return refuse(here() + " has a true or false"); }
  bool number_float(double, const std::string &text) override { return refuse(here() + " has the number " + text); }
  bool number_integer(int64_t value) override { return refuse(here() + " has the number " + std::to_string(value)); }
  bool binary(binary_t &) override { return refuse("the header is not text"); }

  bool number_unsigned(uint64_t number) override {
    if (number > uint64_t(INT64_MAX))
      return refuse(here() + " has the number " + std::to_string(number));
    if (place == shape)
      entries.back().tensor.shape.push_back(int64_t(number));
    else if (place == offsets && ++offsetCount <= 2)
      (offsetCount == 1 ? entries.back().begin : entries.back().end) = int64_t(number);
    else
      return refuse(here() + " has a number where none belongs");
    return true;
  }

  bool string(std::string &text) override {
    if (place == metadata)
      return notes.emplace(lastKey, text).second || refuse("the metadata has the key `" + lastKey + "` twice");
    if (place != tensor || lastKey != "dtype")
      return refuse(here() + " has a text where none belongs");
    for (const DtypeName &dtype : dtypes)
      if (text == dtype.file) {
        entries.back().tensor.dtype = *dtype.tl ? dtype.tl : dtype.file;
        entries.back().elementBytes = dtype.bytes;
        return true;
      }
    return refuse(here() + " has the unknown dtype `" + text + "`");
  }

  bool start_object(size_t) override {
    if (place == outside)
      place = top;
    else if (place == top && lastKey == "__metadata__")
      place = metadata;
    else if (place == top) {
      place = tensor;
      entries.emplace_back().tensor.name = lastKey;
      seenDtype = seenShape = seenOffsets = false;
    } else
      return refuse(here() + " has an object where none belongs");
    return true;
  }

  bool key(std::string &name) override {
    bool isNew = true;
    if (place == top)
      isNew = names.insert(name).second;
    else if (place == tensor && name == "dtype")
      isNew = !std::exchange(seenDtype, true);
    else if (place == tensor && name == "shape")
      isNew = !std::exchange(seenShape, true);
    else if (place == tensor && name == "data_offsets")
      isNew = !std::exchange(seenOffsets, true);
    else if (place == tensor)
      return refuse(here() + " has the unknown key `" + name + "`");
    lastKey = name;
    return isNew || refuse((place == tensor ? here() : "the header") + " has the key `" + name + "` twice");
  }

  bool end_object() override {
    if (place == tensor && (!seenDtype || !seenOffsets || !seenShape))
      return refuse(here() + " lacks one of `dtype`, `shape`, `data_offsets`");
    place = place == top ? done : top;
    return true;
  }

  bool start_array(size_t) override {
    if (place != tensor || (lastKey != "shape" && lastKey != "data_offsets"))
      return refuse(here() + " has a list where none belongs");
    place = lastKey == "shape" ? shape : offsets;
    offsetCount = 0;
    return true;
  }

  bool end_array() override {
    if (place == offsets && offsetCount != 2)
      return refuse(here() + " has " + std::to_string(offsetCount) + " data offsets, expected 2");
    place = tensor;
    return true;
  }

  bool parse_error(size_t position, const std::string &, const nlohmann::json::exception &) override {
    return refuse("its header is no JSON at byte " + std::to_string(8 + position));
  }
};

/// Extents follow from shapes, and cover the data from 0 to its end, each byte once.
void checkExtents(std::vector<Entry> &entries, int64_t dataBytes, const std::string &path) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry &a, const Entry &b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  int64_t covered = 0;
  for (const Entry &entry : entries) {
    std::string what = "`" + path + "`: tensor `" + entry.tensor.name + "`";
    int64_t bytes = io::checkedMultiply(io::checkedElements(entry.tensor.shape, what), entry.elementBytes, what);
    if (entry.begin != covered)
      throw badData(what + " starts at byte " + std::to_string(entry.begin) + " of the data, expected " +
                    std::to_string(covered) + ": tensors must neither overlap nor leave holes");
    if (entry.end < entry.begin || entry.end - entry.begin != bytes)
      throw badData(what + " takes bytes " + std::to_string(entry.begin) + " to " + std::to_string(entry.end) + ", " +
                    data::typeText(entry.tensor.dtype, entry.tensor.shape) + " needs " + std::to_string(bytes));
    covered = entry.end;
  }
  if (covered != dataBytes)
    throw badData("`" + path + "` has " + std::to_string(dataBytes) + " bytes of data, its tensors take " +
                  std::to_string(covered) + (covered > dataBytes ? ": it is truncated" : ""));
}

} // namespace

SafetensorsFile::SafetensorsFile(const std::string &path) : file(io::File::openRead(path)) {
  std::string quoted = "`" + path + "`";
  int64_t size = file.size();
  if (size < 8)
    throw badData(quoted + " is no safetensors file: it has " + std::to_string(size) + " bytes, expected at least 8");
  unsigned char prefix[8];
  file.readAt(reinterpret_cast<char *>(prefix), 8, 0);
  uint64_t headerBytes = 0;
  for (int i = 7; i >= 0; --i)
    headerBytes = headerBytes << 8 | prefix[i];
  if (int64_t most = std::min(size - 8, headerLimit); headerBytes > uint64_t(most))
    throw badData(quoted + " is no safetensors file, or truncated: it declares a header of " +
                  std::to_string(headerBytes) + " bytes, at most " + std::to_string(most) + " are possible");
  std::string header(headerBytes, '\0');
  file.readAt(header.data(), headerBytes, 8);
  HeaderEvents events;
  if (!nlohmann::json::sax_parse(header, &events) || events.place != HeaderEvents::done)
    throw badData(quoted +
                  " has a bad safetensors header: " + (events.problem.empty() ? "it is incomplete" : events.problem));
  int64_t dataStart = 8 + int64_t(headerBytes);
  checkExtents(events.entries, size - dataStart, path);
  for (Entry &entry : events.entries) {
    entry.tensor.offset = dataStart + entry.begin;
    entry.tensor.bytes = entry.end - entry.begin;
    list.push_back(std::move(entry.tensor));
  }
  std::sort(list.begin(), list.end(), [](const TensorInfo &a, const TensorInfo &b) { return a.name < b.name; });
  notes = std::move(events.notes);
}

const TensorInfo *SafetensorsFile::find(const std::string &name) const {
  auto it = std::lower_bound(list.begin(), list.end(), name,
                             [](const TensorInfo &tensor, const std::string &text) { return tensor.name < text; });
  return it != list.end() && it->name == name ? &*it : nullptr;
}

void SafetensorsFile::read(const TensorInfo &tensor, char *into) {
  file.readAt(into, size_t(tensor.bytes), tensor.offset);
}

void writeSafetensors(io::File &file, std::span<const TensorView> tensors,
                      const std::map<std::string, std::string> &metadata) {
  std::vector<TensorView>
      sorted; // wide elements first, so that every tensor is aligned for a reader that maps the file
  for (int64_t width : {8, 4, 1})
    for (const TensorView &tensor : tensors)
      if (data::dtypeBytes(tensor.dtype) == width)
        sorted.push_back(tensor);
  if (sorted.size() != tensors.size())
    throw Error(exitInternal, "cannot write `" + file.path() + "`: a tensor has no type that safetensors knows");
  std::string header = metadata.empty() ? "{" : "{\"__metadata__\":" + nlohmann::json(metadata).dump();
  int64_t offset = 0;
  for (const TensorView &tensor : sorted) {
    auto dtype =
        std::find_if(std::begin(dtypes), std::end(dtypes), [&](auto &each) { return tensor.dtype == each.tl; });
    int64_t end =
        offset + io::checkedMultiply(io::checkedElements(tensor.shape, tensor.name), dtype->bytes, tensor.name);
    header += (header.size() > 1 ? "," : "") + nlohmann::json(tensor.name).dump() + ":{\"dtype\":\"" + dtype->file +
              "\",\"shape\":" + nlohmann::json(tensor.shape).dump() + ",\"data_offsets\":[" + std::to_string(offset) +
              "," + std::to_string(end) + "]}";
    offset = end;
  }
  header += "}";
  header.resize((header.size() + 8 + 63) / 64 * 64 - 8, ' '); // the data starts at a multiple of 64
  std::string prefix;
  for (int i = 0; i < 8; ++i)
    prefix += char(uint64_t(header.size()) >> (8 * i));
  file.write(prefix + header);
  for (const TensorView &tensor : sorted)
    file.write({tensor.data, size_t(io::checkedElements(tensor.shape, tensor.name) * data::dtypeBytes(tensor.dtype))});
}

} // namespace tl::checkpoint
