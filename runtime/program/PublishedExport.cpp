// A published model's folder, of the weights that started from it.
#include "runtime/program/PublishedExport.h"
#include "runtime/checkpoint/Remap.h"
#include "runtime/io/File.h"
#include "runtime/program/Terminal.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace tl::program {

namespace {

using Json = nlohmann::ordered_json;

/// How a weight is published, and the load that says so: of this stage, or of the one that it took it from.
struct Place {
  const abi::LoadedTensor *tensor = nullptr;
  const abi::Load *load = nullptr;
  bool isFresh = false; // the published file did not have it
};

Place placeOf(const Context &context, const abi::Stage &stage, const std::string &path) {
  for (const abi::Load &load : stage.loads) {
    auto find = [&](const std::vector<abi::LoadedTensor> &list) {
      auto it = std::find_if(list.begin(), list.end(), [&](const abi::LoadedTensor &tensor) { return tensor.path == path; });
      return it == list.end() ? nullptr : &*it;
    };
    if (const abi::LoadedTensor *named = find(load.named))
      return {named, &load, true};
    const abi::LoadedTensor *tensor = find(load.tensors);
    if (tensor && !load.config.empty())
      return {tensor, &load, false};
    if (tensor && !load.stage.empty() && tensor->steps.size() == 1)
      return placeOf(context, context.stage(load.stage), tensor->steps[0].tensor);
  }
  return {};
}

/// The config of the model that was read, and what is another one now: numbers are f32, and a head has these classes.
Json configOf(const abi::Load &load, const std::vector<std::string> &classes) {
  Json config = Json::parse(load.config);
  for (const char *key : {"torch_dtype", "dtype"})
    if (config.contains(key))
      config[key] = "float32";
  if (classes.empty())
    return config;
  Json names = Json::object(), numbers = Json::object();
  for (size_t i = 0; i < classes.size(); ++i)
    names[std::to_string(i)] = classes[i], numbers[classes[i]] = i;
  config["id2label"] = names;
  config["label2id"] = numbers;
  return config;
}

std::vector<std::string> classesOf(const abi::Data &data) {
  for (const abi::Field &field : data.fields)
    if (field.classes > 0) {
      std::vector<std::string> names = field.classNames;
      for (int64_t i = int64_t(names.size()); i < field.classes; ++i)
        names.push_back("LABEL_" + std::to_string(i));
      return names;
    }
  return {};
}

std::string listed(const std::vector<std::string> &paths) {
  constexpr size_t most = 4;
  std::string text;
  for (size_t i = 0; i < std::min(paths.size(), most); ++i)
    text += (i ? ", `" : "`") + paths[i] + "`";
  return text + (paths.size() > most ? " and " + std::to_string(paths.size() - most) + " more" : "");
}

void write(io::File &file, const std::map<std::string, checkpoint::PublishedTensor> &tensors) {
  std::vector<weights::TensorView> views;
  for (const auto &[name, tensor] : tensors)
    views.push_back({name, tensor.dtype, tensor.shape, reinterpret_cast<const char *>(tensor.values.data())});
  weights::writeSafetensors(file, views, {{"format", "pt"}});
}

} // namespace

void exportPublished(Context &context, const abi::Stage &stage, const std::vector<ExportedWeight> &all, const std::string &folder) {
  std::map<std::string, checkpoint::PublishedTensor> tensors;
  const abi::Load *from = nullptr;
  std::vector<std::string> leftOut;
  bool hasHead = false;
  for (const ExportedWeight &weight : all) {
    const std::string &path = weight.variable.path;
    Place place = placeOf(context, stage, path);
    if (!place.tensor) {
      leftOut.push_back(path);
      continue;
    }
    if (from && from->file != place.load->file)
      throw Error(exitUsage, "stage `" + stage.name + "` has weights of two published models, `" + from->file + "` and `" + place.load->file +
                                 "`; export them from stages that have one each");
    from = place.load;
    hasHead |= place.isFresh;
    if (!checkpoint::putBack(*place.tensor, weight.variable.shape, weight.dtype, weight.values, tensors))
      throw Error(exitUsage, from->place + ": the rule that makes `" + path + "` cannot be undone: it pads, takes `new` or goes by words, so the published "
                                                                              "tensors do not follow from it; `export` without `--huggingface` writes `" +
                                 path + "` as it is");
  }
  if (!from)
    throw Error(exitUsage, "stage `" + stage.name + "` has no weights that come from a published model: `pretrained(\"FOLDER\")`, or `… from huggingface(\"FOLDER\") by REMAP`");
  if (io::isThere(folder))
    throw Error(exitUsage, "`" + folder + "` is there already; name a new folder, or remove it");
  const abi::Data &data = context.data(stage.data);
  io::FolderCommit made(folder);
  made.add("model.safetensors", [&](io::File &file) { write(file, tensors); });
  made.add("config.json", configOf(*from, hasHead ? classesOf(data) : std::vector<std::string>()).dump(2) + "\n");
  if (data.tokenizer) {
    made.add("tokenizer.json", data.tokenizer->json);
    made.add("tokenizer_config.json", data.tokenizer->config);
  }
  made.commit();
  printMessage(std::to_string(tensors.size()) + " tensors written to `" + folder + "`" +
               (leftOut.empty() ? "" : "; left out, as the published layout has no name for them: " + listed(leftOut)) + "\n");
}

}  // namespace tl::program
