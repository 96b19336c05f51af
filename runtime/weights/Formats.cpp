// Tells a file's format by its first bytes: a safetensors file ends in `.bin` here and there.
#include "runtime/weights/Formats.h"
#include "runtime/weights/NumpyFile.h"
#include "runtime/weights/Safetensors.h"
#include "runtime/weights/TorchFile.h"
#include "runtime/weights/VectorsFile.h"
#include <algorithm>

namespace tl::weights {

namespace {

/// The length of a header below 4 GiB, and the brace that it begins with: no zip archive and no pickle begins so.
bool isSafetensors(std::string_view first) { return first.size() > 8 && first.substr(4, 5) == std::string_view("\0\0\0\0{", 5); }

bool isPickle(std::string_view first) { return first.size() > 1 && first[0] == '\x80' && first[1] >= 2 && first[1] <= 5; }

/// The name of a zip archive's first entry is that of an array, or there is no entry.
bool isArchiveOfArrays(std::string_view first) {
  constexpr size_t front = 30, length = 26;
  if (first.starts_with("PK\5\6"))
    return true;
  if (first.size() < front)
    return false;
  size_t bytes = static_cast<unsigned char>(first[length]) | static_cast<unsigned char>(first[length + 1]) << 8;
  return first.substr(front, bytes).ends_with(".npy");
}

/// `50 4b 03 04`.
std::string inHex(std::string_view bytes) {
  std::string text;
  for (unsigned char c : bytes) {
    text += text.empty() ? "" : " ";
    text += {"0123456789abcdef"[c >> 4], "0123456789abcdef"[c & 15]};
  }
  return text;
}

} // namespace

std::unique_ptr<TensorFile> openTensors(const std::string &path) {
  std::string first(1000, '\0');
  {
    io::File file = io::File::openRead(path);
    first.resize(size_t(std::min<int64_t>(file.size(), int64_t(first.size()))));
    file.readAt(first.data(), first.size(), 0);
  }
  if (isSafetensors(first))
    return std::make_unique<SafetensorsFile>(path);
  if (first.starts_with("\x93NUMPY") || (first.starts_with("PK") && isArchiveOfArrays(first)))
    return std::make_unique<NumpyFile>(path);
  if (first.starts_with("PK\3\4") || isPickle(first))
    return std::make_unique<TorchFile>(path);
  bool isPacked = first.starts_with("\x1f\x8b"); // what others write has no such file
  if (isPacked || beginsAsVectors(first) || path.ends_with(".txt") || path.ends_with(".vec"))
    return std::make_unique<VectorsFile>(path);
  const char *other = ", as no file of weights does that PyTorch, NumPy or safetensors write";
  for (const char *ending : {".bin", ".pt", ".pth", ".th", ".ckpt", ".npz", ".npy"})
    if (path.ends_with(ending))
      throw badData("`" + path + "` " + (first.empty() ? "is empty" : "begins with the bytes " + inHex(std::string_view(first).substr(0, 8)) + other) +
                    "; fetch it again");
  return std::make_unique<SafetensorsFile>(path); // which says what is wrong with it
}

} // namespace tl::weights
