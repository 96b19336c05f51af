// A published model's folder, of the weights that started from it.
#include "runtime/program/PublishedExport.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/checkpoint/PublishedPlace.h"
#include "runtime/data/UnseenClasses.h"
#include "runtime/io/File.h"
#include "runtime/io/Lists.h"
#include "runtime/program/Terminal.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

namespace tl::program {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t mostListed = 4; // of what is left out

using Tensors = std::map<std::string, checkpoint::PublishedTensor>;

/// How many numbers the head gives that models of classes have under one of these names; 0: there is none.
int64_t outputsOf(const Tensors &tensors) {
  for (const char *name : {"classifier.weight", "classifier.out_proj.weight", "score.weight"})
    if (auto head = tensors.find(name); head != tensors.end())
      return head->second.shape.front();
  return 0;
}

/// What the stage is trained to give with such a head: of the fields that its steps read, the classes or numbers that are as many, or a label that the
/// script makes another one of. Null: none.
const abi::Field *predictedBy(const Context &context, const abi::Stage &stage, int64_t outputs) {
  auto isRead = [&](const abi::Field &field) {
    return std::any_of(stage.phases.begin(), stage.phases.end(), [&](const abi::Phase &phase) { return context.function(phase.stepFunction).input(field.name); });
  };
  const abi::Data &data = context.data(stage.data);
  auto fits = [&](const abi::Field &field) {
    return field.name == "target" ? field.shape == std::vector{outputs} : field.classes == outputs || (field.classes > 0 && data::isRebound(data, field.name));
  };
  auto found = std::find_if(data.fields.begin(), data.fields.end(), [&](const abi::Field &field) { return outputs > 0 && fits(field) && isRead(field); });
  return found == data.fields.end() ? nullptr : &*found;
}

/// What transformers calls the problem; a class for each token is of models that ask for none.
std::string problemOf(const abi::Field &field) {
  return !field.beside.empty() ? "" : field.classes == 0 ? "regression"
                                  : field.dtype == "f32" ? "multi_label_classification"
                                                         : "single_label_classification";
}

/// The outputs of a head by the names of their classes, where those are the field's, and in a model that begins as another one did, what transformers
/// calls such a model: of images where the data has no text.
void setHead(Json &config, const abi::Field &field, int64_t outputs, bool hasNames, bool isOfTexts) {
  bool isKnown = field.classes > 0 && field.classNames.empty() && config.contains("id2label") && int64_t(config["id2label"].size()) == outputs;
  if (!isKnown) {
    Json names = Json::object(), numbers = Json::object();
    for (int64_t i = 0; i < outputs; ++i) {
      std::string name = hasNames ? field.classNames[size_t(i)] : "LABEL_" + std::to_string(i);
      names[std::to_string(i)] = name, numbers[name] = i;
    }
    config["id2label"] = names;
    config["label2id"] = numbers;
  }
  config.erase("problem_type");
  if (std::string problem = problemOf(field); !problem.empty())
    config["problem_type"] = problem;
  Json &architectures = config["architectures"];
  std::string known = architectures.is_array() && !architectures.empty() && architectures[0].is_string() ? architectures[0].get<std::string>() : "";
  size_t family = std::min({known.find("For"), known.find("LMHead"), known.find("Model")});
  if (known.empty())
    config.erase("architectures");
  else if (family != std::string::npos)
    architectures = {known.substr(0, family) + (!isOfTexts             ? "ForImageClassification"
                                                : field.beside.empty() ? "ForSequenceClassification"
                                                                       : "ForTokenClassification")};
}

/// What the numbers of the weights are, under either name that a config has for that; one that has neither means f32.
void setDtype(Json &config, DType dtype) {
  if (isNarrow(dtype) && !config.contains("dtype"))
    config["torch_dtype"] = nullptr;
  for (const char *key : {"dtype", "torch_dtype"})
    if (config.contains(key))
      config[key] = dtype == DType::BF16 ? "bfloat16" : dtype == DType::F16 ? "float16"
                                                                            : "float32";
}

/// The config of the model that was read, and what is another one now: its numbers, and a head that has the classes of the data.
Json configOf(const Context &context, const abi::Stage &stage, const abi::Load &load, const Tensors &tensors) {
  Json config = Json::parse(load.config);
  setDtype(config, dtypeNamed(context.options.dtype).value());
  const abi::Data &data = context.data(stage.data);
  bool isOfTexts = std::any_of(data.fields.begin(), data.fields.end(), [](const abi::Field &field) { return !field.tokens.empty(); });
  int64_t outputs = outputsOf(tensors);
  if (const abi::Field *field = predictedBy(context, stage, outputs))
    setHead(config, *field, outputs, !field->classNames.empty() && !data::isRebound(data, field->name), isOfTexts);
  return config;
}

bool isNarrowed(const checkpoint::PublishedTensor &tensor, DType dtype) { return tensor.dtype == "f32" && isNarrow(dtype); }

/// A tensor's f32 numbers, rounded to the nearest. An error where one is too large for a number of that type.
std::string narrowed(const std::string &name, const checkpoint::PublishedTensor &tensor, DType dtype) {
  std::string bytes(tensor.values.size() * size_t(bytesOf(dtype)), 0);
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    float number = std::bit_cast<float>(tensor.values[i]);
    putNumber(dtype, bytes.data(), int64_t(i), double(number));
    if (std::isfinite(number) && !std::isfinite(numberAt(dtype, bytes.data(), int64_t(i))))
      throw Error(exitUsage, "`" + name + "` has the number " + format("%g", double(number)) + ", which is too large for " + nameOf(dtype) + "; `--dtype " +
                                 (dtype == DType::F16 ? "bf16" : "f32") + "` has room for it");
  }
  return bytes;
}

void write(io::File &file, const Tensors &tensors, DType dtype) {
  std::vector<weights::TensorView> views;
  for (const auto &[name, tensor] : tensors) {
    weights::TensorView view{name, tensor.dtype, tensor.shape, reinterpret_cast<const char *>(tensor.values.data())};
    if (isNarrowed(tensor, dtype)) {
      view.dtype = nameOf(dtype);
      view.pieces = [&, dtype](const auto &take) { take(narrowed(name, tensor, dtype)); };
    }
    views.push_back(std::move(view));
  }
  weights::writeSafetensors(file, views, {{"format", "pt"}});
}

} // namespace

std::string publishedConfig(const Context &context, const abi::Stage &stage, const abi::Load &load, const Tensors &tensors) {
  return configOf(context, stage, load, tensors).dump(2) + "\n";
}

void exportPublished(Context &context, const abi::Stage &stage, const std::vector<ExportedWeight> &all, const std::string &folder) {
  Tensors tensors;
  const abi::Load *from = nullptr;
  std::vector<std::string> leftOut;
  for (const ExportedWeight &weight : all) {
    const std::string &path = weight.variable.path;
    checkpoint::PublishedPlace place = checkpoint::publishedPlace(context.program, stage, path);
    if (!place.tensor) {
      leftOut.push_back(path);
      continue;
    }
    if (from && from->file != place.load->file)
      throw Error(exitUsage, "stage `" + stage.name + "` has weights of two published models, `" + from->file + "` and `" + place.load->file +
                                 "`; export them from stages that have one each");
    from = place.load;
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
  made.add("model.safetensors", [&](io::File &file) { write(file, tensors, dtypeNamed(context.options.dtype).value()); });
  made.add("config.json", publishedConfig(context, stage, *from, tensors));
  std::map<std::string, std::string> files = from->files;
  if (data.tokenizer) {
    files["tokenizer.json"] = data.tokenizer->json;
    files["tokenizer_config.json"] = data.tokenizer->config;
  }
  for (const auto &[name, text] : files)
    made.add(name, text);
  made.commit();
  printMessage(std::to_string(tensors.size()) + " tensors written to `" + folder + "`" +
               (leftOut.empty() ? "" : "; left out, as the published layout has no name for them: " + firstOf(leftOut, mostListed)) + "\n");
}

}  // namespace tl::program
