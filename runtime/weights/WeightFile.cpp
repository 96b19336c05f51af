// Opens one file or all shards of an index, and finds tensors in them.
#include "runtime/weights/WeightFile.h"
#include "runtime/data/Facts.h"
#include "runtime/data/Fnv.h"
#include "runtime/weights/Formats.h"
#include "runtime/weights/VocabularyNotes.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace tl::weights {

static constexpr int64_t mostIndexBytes = 10'000'000; // as a tree of values a text takes up to sixty times its length

WeightFile::WeightFile(const std::string &path) : name(path) {
  if (path.ends_with(".json")) {
    io::File index = io::File::openRead(path);
    if (index.size() > mostIndexBytes)
      throw badData("`" + path + "` has " + std::to_string(index.size()) + " bytes, an index of weights at most " +
                    std::to_string(mostIndexBytes));
    std::string text(size_t(index.size()), '\0');
    index.readAt(text.data(), text.size(), 0);
    openShards(text);
  } else {
    files.push_back(openTensors(path));
  }
  std::vector<std::pair<const TensorInfo *, size_t>> all;
  for (size_t file = 0; file < files.size(); ++file)
    for (const TensorInfo &tensor : files[file]->tensors())
      all.emplace_back(&tensor, file);
  for (const auto &file : files)
    vocabularies.merge(vocabulariesIn(file->metadata()));
  if (words())
    vocabularies[all[0].first->name] = words()->digest();
  std::sort(all.begin(), all.end(), [](auto &a, auto &b) { return a.first->name < b.first->name; });
  for (const auto &[tensor, file] : all) {
    if (!list.empty() && list.back()->name == tensor->name)
      throw badData("`" + files[fileOf.back()]->path() + "` and `" + files[file]->path() + "` both have a tensor `" +
                    tensor->name + "`");
    list.push_back(tensor);
    fileOf.push_back(file);
  }
}

void WeightFile::openShards(const std::string &indexText) {
  auto isFlat = [](int depth, nlohmann::json::parse_event_t, nlohmann::json &) { // what is nested costs most
    if (depth > 3)
      throw badData("the values of an index of weights are nested three deep at most");
    return true;
  };
  nlohmann::json index = nlohmann::json::parse(indexText, isFlat, false);
  auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (!index.is_object() || map == index.end() || !map->is_object())
    throw badData("`" + name + "` is no index of weights: expected {\"weight_map\": {NAME: FILE}}");
  std::map<std::string, std::map<std::string, bool>> named; // tensors by file
  for (const auto &[tensor, file] : map->items()) {
    if (!file.is_string() || file.get<std::string>().find('/') != std::string::npos)
      throw badData("`" + name + "` maps the tensor `" + tensor + "` to " +
                    file.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                    ", expected the name of a file beside it");
    named[file.get<std::string>()][tensor] = true;
  }
  if (named.size() > 1000)
    throw badData("`" + name + "` names " + std::to_string(named.size()) + " files, expected at most 1000");
  std::string folder = name.find('/') == std::string::npos ? "." : name.substr(0, name.rfind('/'));
  for (const auto &[file, tensors] : named) {
    const TensorFile &shard = *files.emplace_back(openTensors(io::joinPath(folder, file)));
    for (const auto &[tensor, isNamed] : tensors)
      if (!shard.find(tensor))
        throw badData("`" + name + "` says that `" + shard.path() + "` has a tensor `" + tensor + "`, which it has not");
    for (const TensorInfo &tensor : shard.tensors())
      if (!tensors.contains(tensor.name))
        throw badData("`" + shard.path() + "` has a tensor `" + tensor.name + "` that `" + name + "` does not name");
  }
}

static bool isBefore(const TensorInfo *tensor, const std::string &name) { return tensor->name < name; }

const TensorInfo *WeightFile::find(const std::string &wanted) const {
  auto at = std::lower_bound(list.begin(), list.end(), wanted, isBefore);
  return at != list.end() && (*at)->name == wanted ? *at : nullptr;
}

TensorFile &WeightFile::fileWith(const TensorInfo &tensor) {
  auto at = std::lower_bound(list.begin(), list.end(), tensor.name, isBefore);
  return *files[fileOf[size_t(at - list.begin())]];
}

void WeightFile::read(const TensorInfo &tensor, char *into) { fileWith(tensor).read(tensor, into); }

bool WeightFile::readPart(const TensorInfo &tensor, int64_t first, int64_t bytes, char *into) { return fileWith(tensor).readPart(tensor, first, bytes, into); }

std::string WeightFile::vocabularyOf(const std::string &tensor) const {
  auto at = vocabularies.find(tensor);
  return at == vocabularies.end() ? "" : at->second;
}

std::string WeightFile::digest() const {
  std::string text;
  for (const TensorInfo *tensor : list)
    text += tensor->name + '\0' + data::typeText(tensor->dtype, tensor->shape) + vocabularyOf(tensor->name) + '\n';
  return data::hexOf(data::fnv(text));
}

} // namespace tl::weights
