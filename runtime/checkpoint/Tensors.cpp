// Holds the tensors of a file against a stage's variables, and copies them.
#include "runtime/checkpoint/Tensors.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/data/Facts.h"
#include <cmath>
#include <cstring>
#include <set>
#include <unordered_map>

namespace tl::checkpoint {

bool isWeight(const abi::Variable &variable) {
  return variable.kind == "parameter" || variable.kind == "buffer" || variable.kind == "fitted";
}

std::vector<TensorView> viewsOf(const abi::Stage &stage, const char *variables, bool weights) {
  std::vector<TensorView> views;
  for (const abi::Variable &variable : stage.variables)
    if (isWeight(variable) == weights)
      views.push_back({variable.path, variable.dtype, variable.shape, variables + variable.offset});
  return views;
}

/// "has f32[784, 128], this program wants f32[784, 256]", or "" where they agree.
static std::string difference(const TensorInfo *there, const abi::Variable &here) {
  if (there && there->dtype == here.dtype && there->shape == here.shape)
    return "";
  return (there ? "has " + data::typeText(there->dtype, there->shape) : std::string("is not there")) +
         ", this program wants " + data::typeText(here.dtype, here.shape);
}

void readVariables(SafetensorsFile &file, const abi::Stage &stage, char *variables, bool weights) {
  std::vector<std::string> problems;
  std::set<std::string> wanted;
  for (const abi::Variable &variable : stage.variables)
    if (isWeight(variable) == weights) {
      wanted.insert(variable.path);
      if (std::string text = difference(file.find(variable.path), variable); !text.empty())
        problems.push_back("`" + variable.path + "` " + text);
    }
  for (const TensorInfo &tensor : file.tensors())
    if (!wanted.contains(tensor.name))
      problems.push_back("`" + tensor.name + "` has " + data::typeText(tensor.dtype, tensor.shape) +
                         ", this program has no such tensor");
  if (!problems.empty()) {
    std::string text = "`" + file.path() + "` is a checkpoint of another model than stage `" + stage.name + "` trains:";
    for (size_t i = 0; i < std::min<size_t>(problems.size(), 3); ++i)
      text += "\n  " + problems[i];
    if (problems.size() > 3)
      text += "\n  and " + std::to_string(problems.size() - 3) + " more";
    throw badData(text + "\nstart afresh in another folder (`--out FOLDER`), or go on with the program that wrote it");
  }
  for (const abi::Variable &variable : stage.variables)
    if (isWeight(variable) == weights)
      file.read(*file.find(variable.path), variables + variable.offset);
}

template <typename Float> static bool isAllFinite(const char *data, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    Float value;
    std::memcpy(&value, data + size_t(i) * sizeof value, sizeof value);
    if (!std::isfinite(value))
      return false;
  }
  return true;
}

std::optional<std::string> findNonFinite(const abi::Stage &stage, const char *variables) {
  for (const abi::Variable &variable : stage.variables) {
    int64_t count = 1;
    for (int64_t dim : variable.shape)
      count *= dim;
    const char *data = variables + variable.offset;
    if ((variable.dtype == "f32" && !isAllFinite<float>(data, count)) ||
        (variable.dtype == "f64" && !isAllFinite<double>(data, count)))
      return variable.path;
  }
  return std::nullopt;
}

void copyTensors(const std::string &path, const abi::Load &load, const abi::Stage &stage, char *variables) {
  SafetensorsFile file(path);
  std::unordered_map<std::string, const abi::Variable *> byPath;
  for (const abi::Variable &variable : stage.variables)
    byPath.emplace(variable.path, &variable);
  std::string place = load.place.empty() ? "" : load.place + ": ";
  for (const auto &[there, here] : load.tensors) {
    auto variable = byPath.find(here);
    if (variable == byPath.end())
      throw Error(exitInternal, "stage `" + stage.name + "` has no variable `" + here + "` to load");
    if (std::string text = difference(file.find(there), *variable->second); !text.empty())
      throw badData(place + "cannot load `" + here + "` from `" + path + "`: there `" + there + "` " + text);
  }
  for (const auto &[there, here] : load.tensors) // only now: all or nothing
    file.read(*file.find(there), variables + byPath.at(here)->offset);
}

} // namespace tl::checkpoint
