// Finds tensors by their names.
#include "runtime/weights/TensorFile.h"
#include <algorithm>

namespace tl::weights {

std::string nameOfFile(const std::string &path) {
  std::string name = path.substr(path.rfind('/') + 1);
  return name.substr(0, std::max<size_t>(name.rfind('.'), 1));
}

std::optional<std::string> TensorFile::sortByName() {
  std::sort(list.begin(), list.end(), [](const TensorInfo &a, const TensorInfo &b) { return a.name < b.name; });
  auto twice = std::adjacent_find(list.begin(), list.end(), [](auto &a, auto &b) { return a.name == b.name; });
  return twice == list.end() ? std::nullopt : std::optional(twice->name);
}

const TensorInfo *TensorFile::find(const std::string &name) const {
  auto it = std::lower_bound(list.begin(), list.end(), name,
                             [](const TensorInfo &tensor, const std::string &text) { return tensor.name < text; });
  return it != list.end() && it->name == name ? &*it : nullptr;
}

} // namespace tl::weights
