// `./prog export STAGE.best --huggingface FOLDER`: a run's weights as the model was published that they started from.
#pragma once
#include "runtime/checkpoint/Remap.h"
#include "runtime/checkpoint/Tensors.h"
#include "runtime/program/Context.h"

namespace tl::program {

/// A weight of the stage, and its values as they are exported: of that element type.
struct ExportedWeight {
  const abi::Variable &variable;
  std::string dtype;
  const char *values = nullptr;
};

/// Writes `config.json`, `model.safetensors` by the names and in the layouts of the published model, and the tokenizer's files where the
/// stage's data has one. An error where a rule of its weights cannot be undone, or where the folder is there already.
void exportPublished(Context &context, const abi::Stage &stage, const std::vector<ExportedWeight> &all, const std::string &folder);

/// The config.json of the model that `load` read as it is now: by the tensors that are published of it, a model of classes perhaps. JSON.
std::string publishedConfig(const Context &context, const abi::Stage &stage, const abi::Load &load, const std::map<std::string, checkpoint::PublishedTensor> &tensors);

}  // namespace tl::program
