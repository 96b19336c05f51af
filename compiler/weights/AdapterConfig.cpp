// What a folder of adapters says of itself, in the words of PyPI's `peft`: where that is another adapter than the script's, its weights are none for it.
#include "compiler/weights/Weights.h"
#include "runtime/io/File.h"
#include "runtime/io/Lists.h"
#include "runtime/weights/WeightFile.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

namespace tl {

namespace {

using Json = nlohmann::ordered_json;

/// Of what it was made, by whom, how it began and how it was trained: none of it says what the adapter computes. `fan_in_fan_out` is how the weight below lies in
/// the published model, and of a prefix that a network made, the file has what that gave.
constexpr const char *notes[] = {
    "auto_mapping", "base_model_name_or_path", "inference_mode", "peft_version", "revision", "task_type",
    "corda_config", "eva_config", "init_ia3_weights", "init_weights", "loftq_config", "lora_ga_config", "prompt_tuning_init", "prompt_tuning_init_text", "tokenizer_kwargs", "tokenizer_name_or_path",
    "encoder_hidden_size", "fan_in_fan_out", "megatron_core", "num_attention_heads", "num_layers", "prefix_projection", "qalora_group_size"};

/// These choose modules, together with `targets`.
constexpr const char *targets = "target_modules";
constexpr const char *choosing[] = {"exclude_modules", "layers_pattern", "layers_to_transform"};

/// What has a value for some modules, and the entry that has the others'.
constexpr std::pair<const char *, const char *> patterns[] = {{"alpha_pattern", "lora_alpha"}, {"rank_pattern", "r"}};

/// Ways to begin that change the weights below as well; the others are notes.
constexpr const char *startsBelow[] = {"corda", "loftq", "lora_ga", "olora", "pissa"};

bool isAmong(const std::string &key, const auto &list) { return std::find(std::begin(list), std::end(list), key) != std::end(list); }

bool isEmpty(const Json &value) { return value.is_null() || value == false || value == "" || (value.is_structured() && value.empty()); }

bool matches(const std::string &expression, const std::string &module) try {
  return std::regex_match(module, std::regex(expression));
} catch (const std::regex_error &) {
  return false;
}

/// Whether a list has the module, or the end of its path, or an expression is all of that.
bool names(const Json &list, const std::string &module) {
  if (list.is_string())
    return list == "all-linear" || matches(list.get<std::string>(), module);
  return std::any_of(list.begin(), list.end(), [&](const Json &each) { return each.is_string() && (each == module || module.ends_with("." + each.get<std::string>())); });
}

/// The number of the module's layer, `layer.0` of `encoder.layer.0.attention`; -1: it has none.
int64_t layerOf(const Json &pattern, const std::string &module) try {
  std::vector<std::string> lists;
  for (const Json &each : pattern.is_array() ? pattern : Json::array({pattern}))
    if (each.is_string() && each != "")
      lists.push_back(each.get<std::string>());
  if (lists.empty())
    lists = {"[^.]*"};
  for (const std::string &list : lists)
    if (std::smatch found; std::regex_search(module, found, std::regex("^.*\\." + list + "\\.(\\d+)\\.")))
      return std::stoll(found[1]);
  return -1;
} catch (const std::exception &) { // no expression, or no number of a layer
  return -1;
}

/// Whether the configuration gives the module an adapter.
bool chooses(const Json &config, const std::string &module) {
  auto entry = [&](const char *key) { return config.contains(key) ? config[key] : Json(); };
  const Json wanted = entry(targets), excluded = entry("exclude_modules"), layers = entry("layers_to_transform");
  if (isEmpty(wanted)) // then `peft` knows them by the kind of the model
    return true;
  if (!names(wanted, module) || (!isEmpty(excluded) && names(excluded, module)))
    return false;
  if (wanted.is_string() || isEmpty(layers))
    return true;
  const int64_t layer = layerOf(entry("layers_pattern"), module);
  return layers.is_array() ? std::find(layers.begin(), layers.end(), layer) != layers.end() : layers == layer;
}

class ConfigCheck {
public:
  ConfigCheck(const Declared &declared, std::string path, ast::Span span, const Json &theirs, const weights::WeightFile &file)
      : declared(declared), path(std::move(path)), span(span), theirs(theirs), file(file) {}

  /// Of the first of the rule's adapters for which something is not so, it is told, once of each entry.
  void check(const abi::PublishedAdapter &adapter) {
    const Json ours = Json::parse(adapter.config);
    std::set<std::string> modules; // the adapter's own: one, or none of an adapter of a body
    for (const Json &value : ours)
      for (const Json &module : value.is_array() ? value : Json::array())
        if (module.is_string())
          modules.insert(module.get<std::string>());
    for (const auto &[key, value] : ours.items())
      if (value.is_array())
        checkModules(adapter, key, value, modules);
      else
        checkValue(adapter, key, value, modules);
    for (const auto &[key, value] : theirs.items())
      if (!ours.contains(key) && !isEmpty(value) && !isAmong(key, notes) && !isAmong(key, choosing))
        checkOther(adapter, key, value, ours);
  }

private:
  void tell(const std::string &key, const std::string &message, const std::string &help) {
    if (told.insert(key).second)
      declared.report(Diag::ConfigFile, span, message).help = help;
  }

  std::string said(const std::string &key) const { return "`" + path + "` says " + key + " = " + theirs[key].dump(); }

  /// An adapter is of a module that the list has, or of one that it has not, there as here.
  void checkModules(const abi::PublishedAdapter &adapter, const std::string &key, const Json &own, const std::set<std::string> &modules) {
    if (!theirs.contains(key) || theirs[key].is_null())
      return;
    for (const std::string &module : modules) {
      const bool isHere = std::find(own.begin(), own.end(), module) != own.end(), isThere = key == targets ? chooses(theirs, module) : names(theirs[key], module);
      if (isHere == isThere)
        continue;
      std::string all = said(key);
      for (const char *other : choosing)
        if (key == targets && theirs.contains(other) && !isEmpty(theirs[other]))
          all += std::string(", ") + other + " = " + theirs[other].dump();
      tell(key, "`" + adapter.adapter + "` here has `" + module + "` " + (isHere ? "" : "not ") + "among its " + key + ", and " + all,
           key == targets ? "adapt the modules alone that it names" : "give the adapter the arguments that it was trained with");
    }
  }

  void checkValue(const abi::PublishedAdapter &adapter, const std::string &key, const Json &own, const std::set<std::string> &modules) {
    for (const auto &[pattern, of] : patterns)
      if (key == of && theirs.contains(pattern) && theirs[pattern].is_object())
        for (const std::string &module : modules)
          for (const auto &[expression, value] : theirs[pattern].items())
            if (matches("(.*\\.)?(" + expression + ")", module)) {
              if (value != own)
                tell(key, "`" + adapter.adapter + "` here has " + key + " = " + own.dump() + ", and for `" + module + "` " + said(pattern), "adapt these modules by a rule of their own, with the arguments that they were trained with");
              return;
            }
    const Json their = theirs.contains(key) ? theirs[key] : Json();
    const bool isUnsaid = their.is_null() && !(own.is_boolean() && own == true); // what is not said is false
    if (!isUnsaid && their != own)
      tell(key, "`" + adapter.adapter + "` here has " + key + " = " + own.dump() + ", `" + path + "` says " + (their.is_null() ? "nothing of it, which is false" : their.dump()),
           "give the adapter the arguments that it was trained with");
  }

  void checkOther(const abi::PublishedAdapter &adapter, const std::string &key, const Json &value, const Json &ours) {
    if (key == "init_lora_weights" && !(value.is_string() && std::any_of(std::begin(startsBelow), std::end(startsBelow), [&](const char *start) { return value.get<std::string>().starts_with(start); })))
      return;
    for (const auto &[pattern, of] : patterns)
      if (key == pattern && ours.contains(of))
        return; // held against that
    if (key == "modules_to_save" && value.is_array()) {
      for (const weights::TensorInfo *tensor : file.tensors()) // what there is of them is loaded or ignored, as all of the file
        for (const Json &module : value)
          if (module.is_string() && ("." + tensor->name).find("." + module.get<std::string>() + ".") != std::string::npos)
            return;
      tell(key, said(key) + ", and `" + file.path() + "` has none of them", "bring the file that was saved with it, or remove the entry where they are as in the model below");
      return;
    }
    tell(key, said(key) + ", and `" + adapter.adapter + "` here knows nothing of it", "load what was trained without it; where it changes nothing of what the adapter computes, remove the entry");
  }

  const Declared &declared;
  std::string path;
  ast::Span span;
  const Json &theirs;
  const weights::WeightFile &file;
  std::set<std::string> told;
};

} // namespace

void AdapterFiles::checkConfig(const std::string &folder, ast::Span span, const std::vector<const abi::PublishedAdapter *> &adapters, const weights::WeightFile &weights) const {
  const std::string path = folder + "adapter_config.json";
  if (!io::isFile(path)) // weights alone
    return;
  Json theirs = Json::parse(io::readWhole(path), nullptr, /*allow_exceptions=*/false);
  if (theirs.is_discarded() || !theirs.is_object()) {
    declared.report(Diag::ConfigFile, span, "`" + path + "` is no object of JSON");
    return;
  }
  ConfigCheck check(declared, path, span, theirs, weights);
  for (const abi::PublishedAdapter *adapter : adapters)
    if (adapter->problem.empty())
      check.check(*adapter);
}

} // namespace tl
