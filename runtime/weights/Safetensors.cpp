// Reads and writes safetensors. The header is parsed as events, never as a tree: a hostile one costs no more than its
// bytes.
#include "runtime/weights/Safetensors.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Checked.h"
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <tuple>

namespace tl::weights {

namespace {

constexpr int64_t headerLimit = 100'000'000;
constexpr size_t mostNotes = 1000, blanksLimit = 1000;

/// Takes exactly { "__metadata__": {string: string}, NAME: {"dtype": …, "shape": […], "data_offsets": [b, e]} }.
struct HeaderEvents : nlohmann::json_sax<nlohmann::json> {
  enum Place { outside, top, metadata, tensor, shape, offsets, done } place = outside;
  std::deque<TensorInfo> list; // `offset` from the start of the data; `bytes` is where it ends, until that is checked
  Notes notes;
  std::vector<int64_t> dims; // of the last tensor
  std::string lastKey, problem;
  bool seenMetadata = false, seenDtype = false, seenShape = false, seenOffsets = false;
  int offsetCount = 0;

  bool refuse(std::string text) {
    if (problem.empty())
      problem = std::move(text);
    return false;
  }
  std::string here() const { return list.empty() ? "the header" : "tensor `" + list.back().name + "`"; }

  bool null() override { return refuse(here() + " has a null"); }
  bool boolean(bool) override { return refuse(here() + " has a true or false"); }
  bool number_float(double, const std::string &text) override { return refuse(here() + " has the number " + text); }
  bool number_integer(int64_t value) override { return refuse(here() + " has the number " + std::to_string(value)); }
  bool binary(binary_t &) override { return refuse("the header is not text"); }

  bool number_unsigned(uint64_t number) override {
    if (number > uint64_t(INT64_MAX))
      return refuse(here() + " has the number " + std::to_string(number));
    if (place == shape && dims.size() == mostDims)
      return refuse(here() + " has more than " + std::to_string(mostDims) + " dimensions, expected at most so many");
    if (place == shape)
      dims.push_back(int64_t(number));
    else if (place == offsets && ++offsetCount <= 2)
      (offsetCount == 1 ? list.back().offset : list.back().bytes) = int64_t(number);
    else
      return refuse(here() + " has a number where none belongs");
    return true;
  }

  bool string(std::string &text) override {
    if (place == metadata && notes.size() == mostNotes)
      return refuse("the metadata has more than " + std::to_string(mostNotes) + " keys, expected at most so many");
    if (place == metadata)
      return notes.emplace(lastKey, text).second || refuse("the metadata has the key `" + lastKey + "` twice");
    if (place != tensor || lastKey != "dtype")
      return refuse(here() + " has a text where none belongs");
    const FileElementType *type = fileElementNamed(text, &FileElementType::inFiles);
    if (!type)
      return refuse(here() + " has the unknown dtype `" + text + "`");
    list.back().dtype = type->name;
    return true;
  }

  bool start_object(size_t) override {
    if (place == outside)
      place = top;
    else if (place == top && lastKey == "__metadata__")
      place = metadata;
    else if (place == top) {
      place = tensor;
      list.push_back({lastKey, "", {}});
      seenDtype = seenShape = seenOffsets = false;
    } else
      return refuse(here() + " has an object where none belongs");
    return true;
  }

  bool key(std::string &name) override {
    bool isNew = true;
    if (place == top) // two tensors of a name are told when all are sorted
      isNew = name != "__metadata__" || !std::exchange(seenMetadata, true);
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
    dims.clear();
    return true;
  }

  bool end_array() override {
    if (place == offsets && offsetCount != 2)
      return refuse(here() + " has " + std::to_string(offsetCount) + " data offsets, expected 2");
    if (place == shape)
      list.back().shape = dims; // exactly as many
    place = tensor;
    return true;
  }

  bool parse_error(size_t position, const std::string &, const nlohmann::json::exception &) override {
    return refuse("its header is no JSON at byte " + std::to_string(8 + position));
  }
};

/// What the library holds of the text, number or blanks that it reads is several times their length.
void checkLengths(const std::string &header, size_t mostText, const std::string &quoted) {
  for (size_t at = 0, begin = 0; at < header.size(); ++at) {
    bool isText = header[at] == '"';
    if (isText)
      for (begin = ++at; at < header.size() && header[at] != '"'; ++at)
        at += header[at] == '\\';
    else if (std::strchr(",:{}[]", header[at]))
      begin = at;
    size_t length = std::min(at, header.size()) - begin, most = isText ? mostText : blanksLimit;
    if (length > most)
      throw badData(quoted + " has a bad safetensors header: byte " + std::to_string(8 + begin) + " starts " +
                    (isText ? "a text" : "a number or blanks") + " of more than " + std::to_string(most) +
                    " bytes, expected at most so many");
    begin = isText ? at : begin;
  }
}

/// Extents follow from shapes, and cover the data from 0 to its end, each byte once.
void checkExtents(std::deque<TensorInfo> &list, int64_t dataBytes, const std::string &path) {
  std::vector<TensorInfo *> inFile;
  inFile.reserve(list.size());
  for (TensorInfo &tensor : list)
    inFile.push_back(&tensor);
  std::sort(inFile.begin(), inFile.end(), [](const TensorInfo *a, const TensorInfo *b) {
    return std::tie(a->offset, a->bytes) < std::tie(b->offset, b->bytes);
  });
  int64_t covered = 0;
  for (TensorInfo *tensor : inFile) {
    std::string what = "`" + path + "`: tensor `" + tensor->name + "`";
    int64_t bytes = io::checkedMultiply(io::checkedElements(tensor->shape, what), data::dtypeBytes(tensor->dtype), what);
    int64_t begin = tensor->offset, end = tensor->bytes;
    if (begin != covered)
      throw badData(what + " starts at byte " + std::to_string(begin) + " of the data, expected " +
                    std::to_string(covered) + ": tensors must neither overlap nor leave holes");
    if (end < begin || end - begin != bytes)
      throw badData(what + " takes bytes " + std::to_string(begin) + " to " + std::to_string(end) + ", " +
                    data::typeText(tensor->dtype, tensor->shape) + " needs " + std::to_string(bytes));
    tensor->bytes = bytes;
    covered = end;
  }
  if (covered != dataBytes)
    throw badData("`" + path + "` has " + std::to_string(dataBytes) + " bytes of data, its tensors take " +
                  std::to_string(covered) + (covered > dataBytes ? ": it is truncated" : ""));
}

} // namespace

SafetensorsFile::SafetensorsFile(const std::string &path) : TensorFile(path) {
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
  checkLengths(header, size_t(std::max<int64_t>(50'000, size / 64)), quoted);
  HeaderEvents events;
  if (!nlohmann::json::sax_parse(header, &events) || events.place != HeaderEvents::done)
    throw badData(quoted +
                  " has a bad safetensors header: " + (events.problem.empty() ? "it is incomplete" : events.problem));
  list = std::move(events.list);
  notes = std::move(events.notes);
  if (std::optional<std::string> twice = sortByName())
    throw badData(quoted + " has a bad safetensors header: the header has the key `" + *twice + "` twice");
  int64_t dataStart = 8 + int64_t(headerBytes);
  checkExtents(list, size - dataStart, path);
  for (TensorInfo &tensor : list)
    tensor.offset += dataStart;
}

void SafetensorsFile::read(const TensorInfo &tensor, char *into) {
  file.readAt(into, size_t(tensor.bytes), tensor.offset);
}

bool SafetensorsFile::readPart(const TensorInfo &tensor, int64_t first, int64_t bytes, char *into) {
  file.readAt(into, size_t(bytes), tensor.offset + first);
  return true;
}

void writeSafetensors(io::File &file, std::span<const TensorView> tensors,
                      const Notes &metadata) {
  std::vector<std::pair<int64_t, const TensorView *>> sorted; // wide elements first, so that every tensor is aligned for a reader that maps the file
  for (const TensorView &tensor : tensors)
    sorted.emplace_back(-data::dtypeBytes(tensor.dtype), &tensor);
  std::sort(sorted.begin(), sorted.end());
  if (!sorted.empty() && sorted.back().first == 0)
    throw Error(exitInternal, "cannot write `" + file.path() + "`: a tensor has no type that safetensors knows");
  std::string header = metadata.empty() ? "{" : "{\"__metadata__\":" + nlohmann::json(metadata).dump();
  int64_t offset = 0;
  for (const auto &[width, view] : sorted) {
    const TensorView &tensor = *view;
    const FileElementType *type = fileElementNamed(tensor.dtype, &FileElementType::name);
    int64_t end =
        offset + io::checkedMultiply(io::checkedElements(tensor.shape, tensor.name), type->bytes, tensor.name);
    header += (header.size() > 1 ? "," : "") + nlohmann::json(tensor.name).dump() + ":{\"dtype\":\"" + type->inFiles +
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
  for (const auto &[width, tensor] : sorted)
    if (tensor->pieces)
      tensor->pieces([&](std::string_view bytes) { file.write(bytes); });
    else
      file.write({tensor->data, size_t(io::checkedElements(tensor->shape, tensor->name) * -width)});
}

} // namespace tl::weights
