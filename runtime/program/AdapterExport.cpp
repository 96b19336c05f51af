// A folder of adapter_model.safetensors and adapter_config.json.
#include "runtime/program/AdapterExport.h"
#include "runtime/checkpoint/PublishedPlace.h"
#include "runtime/checkpoint/Remap.h"
#include "runtime/io/File.h"
#include "runtime/io/Lists.h"
#include "runtime/program/Terminal.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace tl::program {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t mostListed = 4; // of what is left out

/// What a model is for, by what its class is called; a body without a head gives features.
std::string taskOf(const std::string &config) {
  Json whole = Json::parse(config, nullptr, false);
  std::string name;
  if (whole.is_object() && whole.contains("architectures") && whole["architectures"].is_array() && !whole["architectures"].empty())
    name = whole["architectures"][0].get<std::string>();
  for (auto [part, task] : {std::pair{"ForSequenceClassification", "SEQ_CLS"}, {"ForTokenClassification", "TOKEN_CLS"}, {"ForCausalLM", "CAUSAL_LM"}, {"LMHead", "CAUSAL_LM"}})
    if (name.find(part) != std::string::npos)
      return task;
  return "FEATURE_EXTRACTION";
}

/// Entries that are the same for all adapters, and lists put together.
void join(Json &config, const abi::PublishedAdapter &adapter, const abi::Stage &stage) {
  const Json own = Json::parse(adapter.config);
  for (const auto &[key, value] : own.items()) {
    if (!config.contains(key)) {
      config[key] = value;
      continue;
    }
    if (value.is_array() && config[key].is_array()) {
      for (const Json &item : value)
        if (std::find(config[key].begin(), config[key].end(), item) == config[key].end())
          config[key].push_back(item);
    } else if (config[key] != value) {
      throw Error(exitUsage, "stage `" + stage.name + "` has adapters with " + key + " = " + config[key].dump() + " and " + value.dump() + " (`" + adapter.adapter + "` of `" + adapter.path +
                                 "`), and a folder has one; `export` without `--adapter` writes all of them");
    }
  }
}

using Tensors = std::map<std::string, checkpoint::PublishedTensor>;

/// What is trained beside the adapters: whole modules of the published model, such as a classifier, go into the file as well; the rest is left out.
class Beside {
public:
  void add(const ExportedWeight &weight, const checkpoint::PublishedPlace &place, bool isTrained) {
    std::string name;
    for (const abi::LoadStep &step : place.tensor ? place.tensor->steps : std::vector<abi::LoadStep>())
      name = name.empty() ? step.exported : name;
    if (!name.empty())
      isWhole.try_emplace(moduleOf(name), true).first->second &= isTrained;
    if (isTrained)
      trained.push_back({&weight, place.tensor, name});
  }

  /// Names of what is left out.
  std::vector<std::string> putInto(Tensors &tensors, Json &config) const {
    std::vector<std::string> leftOut;
    for (const Trained &each : trained) {
      bool isIn = !each.name.empty() && isWhole.at(moduleOf(each.name)) &&
                  checkpoint::putBack(*each.tensor, each.weight->variable.shape, each.weight->dtype, each.weight->values, tensors);
      if (!isIn) {
        leftOut.push_back(each.weight->variable.path);
        continue;
      }
      Json &modules = config["modules_to_save"];
      if (std::find(modules.begin(), modules.end(), moduleOf(each.name)) == modules.end())
        modules.push_back(moduleOf(each.name));
    }
    return leftOut;
  }

private:
  struct Trained {
    const ExportedWeight *weight;
    const abi::LoadedTensor *tensor;
    std::string name;
  };
  static std::string moduleOf(const std::string &name) { return name.substr(0, name.rfind('.')); }

  std::map<std::string, bool> isWhole; // of each module: all of it is trained, and nothing of it is adapted
  std::vector<Trained> trained;
};

} // namespace

void exportAdapters(Context &context, const abi::Stage &stage, const std::vector<ExportedWeight> &all, const std::string &folder) {
  if (stage.adapters.empty())
    throw Error(exitUsage, "stage `" + stage.name + "` has no adapters that `--adapter` could write");
  Tensors tensors;
  Json config = Json::object();
  Beside beside;
  const abi::Load *from = nullptr;
  for (const abi::PublishedAdapter &adapter : stage.adapters) {
    if (!adapter.problem.empty())
      throw Error(exitUsage, "`" + adapter.adapter + "` of `" + adapter.path + "` cannot be published: " + adapter.problem + "; `export` without `--adapter` writes it as it is");
    join(config, adapter, stage);
    for (const abi::LoadedTensor &tensor : adapter.tensors)
      for (const ExportedWeight &weight : all)
        if (weight.variable.path == tensor.path)
          checkpoint::putBack(tensor, weight.variable.shape, weight.dtype, weight.values, tensors);
  }
  for (const ExportedWeight &weight : all) {
    bool isTrained = std::any_of(stage.phases.begin(), stage.phases.end(), [&](const abi::Phase &phase) {
      return std::find(phase.trainable.begin(), phase.trainable.end(), weight.variable.path) != phase.trainable.end();
    });
    checkpoint::PublishedPlace place = checkpoint::publishedPlace(context.program, stage, weight.variable.path);
    if (weight.variable.of.empty() && weight.variable.kind == "parameter")
      beside.add(weight, place, isTrained);
    if (place.load && !place.load->config.empty())
      from = place.load;
  }
  Tensors others; // by their names in the model
  std::vector<std::string> leftOut = beside.putInto(others, config);
  for (const auto &[name, tensor] : others)
    tensors["base_model.model." + name] = tensor;
  config["base_model_name_or_path"] = from ? Json(from->file.substr(0, from->file.rfind('/'))) : Json();
  config["task_type"] = taskOf(from ? publishedConfig(context, stage, *from, others) : "");
  config["inference_mode"] = true;
  if (io::isThere(folder))
    throw Error(exitUsage, "`" + folder + "` is there already; name a new folder, or remove it");
  io::FolderCommit made(folder);
  made.add("adapter_model.safetensors", [&](io::File &file) {
    std::vector<weights::TensorView> views;
    for (const auto &[name, tensor] : tensors)
      views.push_back({name, tensor.dtype, tensor.shape, reinterpret_cast<const char *>(tensor.values.data())});
    weights::writeSafetensors(file, views, {{"format", "pt"}});
  });
  made.add("adapter_config.json", config.dump(2) + "\n");
  made.commit();
  printMessage(std::to_string(tensors.size()) + " tensors written to `" + folder + "`" +
               (leftOut.empty() ? "" : "; left out, as no adapter has them: " + firstOf(leftOut, mostListed)) + "\n");
}

} // namespace tl::program
