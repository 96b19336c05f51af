// Reads headers of arrays, and numbers where they lie or unpacked.
#include "runtime/weights/NumpyFile.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Checked.h"
#include "runtime/weights/Strided.h"
#include <algorithm>

namespace tl::weights {

static constexpr int64_t mostHeader = 10'000; // NumPy itself reads no longer one
static constexpr int64_t prefixBytes = 12;    // "\x93NUMPY", two of the version, two or four of the header's length

NumpyFile::NumpyFile(const std::string &path) : TensorFile(path), budget(file) {
  char first[2] = {};
  file.readAt(first, size_t(std::min<int64_t>(file.size(), 2)), 0);
  if (first[0] == 'P') {
    zip.emplace(file, budget);
    for (const Zip::Entry &entry : zip->entries()) {
      if (!entry.name.ends_with(".npy"))
        throw badData("`" + path + "` is a zip archive of `" + entry.name + "`, expected arrays of NumPy alone, `NAME.npy`");
      addArray(entry.name.substr(0, entry.name.size() - 4), &entry);
    }
  } else {
    addArray(nameOfFile(path), nullptr);
  }
  sortByName(); // an archive has no entry twice
}

void NumpyFile::readFront(const Zip::Entry *entry, char *into, int64_t count) const {
  entry ? zip->read(*entry, into, count) : file.readAt(into, size_t(count), 0);
}

void NumpyFile::addArray(std::string name, const Zip::Entry *entry) {
  std::string what = "`" + path() + "`: array `" + name + "`";
  int64_t all = entry ? entry->bytes : file.size();
  if (all < prefixBytes)
    throw badData(what + " has " + std::to_string(all) + " bytes, a header takes more: it is truncated; fetch it again");
  std::string front(prefixBytes, '\0');
  readFront(entry, front.data(), prefixBytes);
  const int version = static_cast<unsigned char>(front[6]);
  if (!front.starts_with("\x93NUMPY") || version < 1 || version > 3)
    throw badData(what + " does not begin as NumPy's arrays of versions 1 to 3 do; write it again with `numpy.save`");
  auto byte = [&](size_t at) { return int64_t(static_cast<unsigned char>(front[at])); };
  int64_t length = byte(8) | byte(9) << 8 | (version == 1 ? 0 : byte(10) << 16 | byte(11) << 24), begin = version == 1 ? 10 : 12;
  if (length > std::min(all - begin, mostHeader))
    throw badData(what + " has a header of " + std::to_string(length) + " bytes, at most " + std::to_string(std::min(all - begin, mostHeader)) +
                  " are possible: it is damaged; fetch it again");
  std::string text(size_t(begin + length), '\0');
  readFront(entry, text.data(), begin + length);
  NumpyHeader header = parseNumpyHeader(text.substr(size_t(begin)), what);
  TensorInfo info{std::move(name), header.type->name, header.shape};
  info.bytes = io::checkedMultiply(io::checkedElements(info.shape, what), header.type->bytes, what);
  if (info.bytes != all - begin - length)
    throw badData(what + " has " + std::to_string(all - begin - length) + " bytes of numbers, " + data::typeText(info.dtype, info.shape) + " needs " +
                  std::to_string(info.bytes) + ": it is truncated or damaged; fetch it again");
  budget.spend(int64_t(sizeof info + sizeof(Place) + info.name.size() + 1 + info.shape.size() * sizeof(int64_t)) + 32);
  info.offset = int64_t(places.size());
  places.push_back({entry, begin + length, header.isByColumns && info.shape.size() > 1});
  list.push_back(std::move(info));
}

void NumpyFile::read(const TensorInfo &tensor, char *into) {
  const Place &place = places[size_t(tensor.offset)];
  if (tensor.bytes == 0)
    return;
  bool isWhereItLies = !place.entry || place.entry->isStored;
  if (isWhereItLies && !place.isByColumns)
    return file.readAt(into, size_t(tensor.bytes), (place.entry ? place.entry->at : 0) + place.front);
  std::string bytes(size_t(place.front + tensor.bytes), '\0');
  readFront(place.entry, bytes.data(), int64_t(bytes.size()));
  std::vector<int64_t> strides(tensor.shape.size(), 1);
  for (size_t axis = 0; axis < strides.size(); ++axis)
    strides[axis] = axis == 0 ? 1 : strides[axis - 1] * tensor.shape[axis - 1];
  if (!place.isByColumns)
    std::copy(bytes.begin() + ptrdiff_t(place.front), bytes.end(), into);
  else
    gather(bytes.data() + place.front, tensor.shape, strides, data::dtypeBytes(tensor.dtype), into);
}

} // namespace tl::weights
