// Holds the tensors of a file against a stage's variables, and copies them.
#include "runtime/checkpoint/Tensors.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/KeptWeight.h"
#include "runtime/data/Facts.h"
#include "runtime/weights/VocabularyNotes.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

namespace tl::checkpoint {

bool isWeight(const abi::Variable &variable) {
  return variable.kind == "parameter" || variable.kind == "buffer" || variable.kind == "fitted";
}

bool startsAsOther(const abi::Variable &variable) { return !variable.of.empty() && (variable.kind == "live" || variable.kind == "fitted"); }

/// Accumulators are zero between steps, and a checkpoint stands between two steps. Tables follow from the data, or from a weight's numbers.
static bool isSavedWith(const abi::Variable &variable, bool weights) {
  return variable.kind != "accumulator" && variable.kind != "table" && isWeight(variable) == weights;
}

/// What files hold of a variable: of a weight that is kept in 8 bits, the numbers that it is read as.
static std::string savedAs(const abi::Variable &variable) { return KeptWeight::isKept(variable) ? nameOf(DType::F32) : variable.dtype; }

weights::TensorView viewOf(const abi::Stage &stage, const abi::Variable &variable, memory::Arena variables) {
  weights::TensorView view{variable.path, savedAs(variable), variable.shape, variables.at(variable)};
  if (auto kept = KeptWeight::of(stage, variable, variables))
    view.pieces = [kept = *kept](const std::function<void(std::string_view)> &take) {
      kept.eachPiece([&](std::span<const float> numbers) { take({reinterpret_cast<const char *>(numbers.data()), numbers.size_bytes()}); });
    };
  return view;
}

std::vector<weights::TensorView> viewsOf(const abi::Stage &stage, const memory::Arena &variables, bool weights) {
  std::vector<weights::TensorView> views;
  for (const abi::Variable &variable : stage.variables)
    if (isSavedWith(variable, weights))
      views.push_back(viewOf(stage, variable, variables));
  return views;
}

std::map<std::string, std::string> vocabularyNotes(const abi::Stage &stage, const std::function<std::string(const std::string &)> &named) {
  std::vector<std::pair<std::string, std::string>> vocabularies;
  for (const abi::Variable &variable : stage.variables)
    if (isWeight(variable) && !variable.vocabulary.empty())
      vocabularies.emplace_back(named(variable.path), variable.vocabulary);
  return weights::notesOf(vocabularies);
}

/// "has f32[784, 128], this program wants f32[784, 256]", or "" where they agree.
static std::string difference(const weights::TensorInfo *there, const std::string &dtype, const std::vector<int64_t> &shape) {
  if (there && there->dtype == dtype && there->shape == shape)
    return "";
  return (there ? "has " + data::typeText(there->dtype, there->shape) : std::string("is not there")) +
         ", this program wants " + data::typeText(dtype, shape);
}

void readVariables(weights::SafetensorsFile &file, const abi::Stage &stage, memory::Arena variables, bool weights) {
  std::string problems; // the first three
  size_t count = 0;
  auto add = [&](const std::string &name, const std::string &problem) {
    if (++count <= 3)
      problems += "\n  `" + name + "` " + problem;
  };
  std::set<std::string> wanted;
  for (const abi::Variable &variable : stage.variables)
    if (isSavedWith(variable, weights)) {
      wanted.insert(variable.path);
      if (std::string text = difference(file.find(variable.path), savedAs(variable), variable.shape); !text.empty())
        add(variable.path, text);
    }
  std::map<std::string, std::string> vocabularies = weights::vocabulariesIn(file.metadata());
  for (const abi::Variable &variable : stage.variables)
    if (auto there = vocabularies.find(variable.path); weights && there != vocabularies.end() && !variable.vocabulary.empty() &&
                                                       there->second != variable.vocabulary)
      add(variable.path, "is over a vocabulary with digest " + there->second + ", this program's has " + variable.vocabulary +
                             ": they number words differently");
  for (const weights::TensorInfo &tensor : file.tensors())
    if (!wanted.contains(tensor.name))
      add(tensor.name, "has " + data::typeText(tensor.dtype, tensor.shape) + ", this program has no such tensor");
  if (count > 0)
    throw badData("`" + file.path() + "` is a checkpoint of another model than stage `" + stage.name + "` trains:" + problems +
                  (count > 3 ? "\n  and " + std::to_string(count - 3) + " more" : "") +
                  "\nstart afresh in another folder (`--out FOLDER`), or go on with the program that wrote it");
  for (const abi::Variable &variable : stage.variables) {
    if (!isSavedWith(variable, weights))
      continue;
    const weights::TensorInfo &tensor = *file.find(variable.path);
    std::optional<KeptWeight> kept = KeptWeight::of(stage, variable, variables);
    if (!kept)
      file.read(tensor, variables.at(variable));
    else if (kept->keep([&](int64_t first, std::span<float> numbers) {
               file.readPart(tensor, first * int64_t(sizeof(float)), int64_t(numbers.size_bytes()), reinterpret_cast<char *>(numbers.data()));
             }))
      throw badData("`" + file.path() + "` is damaged: `" + variable.path + "` has a value that is not finite");
  }
}

static constexpr size_t mostSums = 2000; // two of each metric: their names fit into a state
static_assert(sizeof(Real) == sizeof(double));

void writeSums(io::File &file, const std::map<std::string, MetricSum> &sums) {
  std::vector<weights::TensorView> views;
  for (const auto &[name, sum] : sums) {
    views.push_back({name + ".count", "f64", {}, reinterpret_cast<const char *>(&sum.count)});
    views.push_back({name + ".sum", "f64", {int64_t(sum.sums.size())}, reinterpret_cast<const char *>(sum.sums.data())});
  }
  weights::writeSafetensors(file, views);
}

std::map<std::string, MetricSum> readSums(const std::string &path) {
  weights::SafetensorsFile file(path);
  if (size_t count = file.tensors().size(); count > mostSums)
    throw badData("`" + path + "` has " + std::to_string(count) + " tensors, expected at most " + std::to_string(mostSums));
  std::map<std::string, MetricSum> sums;
  for (const weights::TensorInfo &tensor : file.tensors()) {
    size_t dot = tensor.name.rfind('.');
    bool isCount = tensor.name.ends_with(".count") && tensor.shape.empty();
    bool isSum = tensor.name.ends_with(".sum") && tensor.shape.size() == 1;
    if (tensor.dtype != "f64" || !(isCount || isSum))
      throw badData("`" + path + "` has `" + tensor.name + "`, " + data::typeText(tensor.dtype, tensor.shape) +
                    ", expected the count or the sum of a metric");
    MetricSum &sum = sums[tensor.name.substr(0, dot)];
    if (isSum)
      sum.sums.resize(size_t(tensor.shape[0]));
    file.read(tensor, reinterpret_cast<char *>(isSum ? sum.sums.data() : &sum.count));
  }
  return sums;
}

std::optional<int64_t> firstNonFinite(const abi::Variable &variable, const memory::Arena &variables) {
  int64_t count = memory::elementsOf(variable.shape);
  DType dtype = dtypeNamed(variable.dtype).value();
  const char *data = variables.at(variable);
  return withStored(dtype, [&](auto element) -> std::optional<int64_t> {
    for (int64_t i = 0; isReal(dtype) && i < count; ++i) {
      std::memcpy(&element, data + i * int64_t(sizeof element), sizeof element);
      if (!std::isfinite(double(element)))
        return i;
    }
    return std::nullopt;
  });
}

std::optional<std::string> findNonFinite(const abi::Stage &stage, const memory::Arena &variables) {
  for (const abi::Variable &variable : stage.variables)
    if (firstNonFinite(variable, variables))
      return variable.path;
  return std::nullopt;
}

} // namespace tl::checkpoint
