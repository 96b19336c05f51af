// A published model's folder, as a script sees it: what its `config.json` says, and which of that was read.
#pragma once
#include "compiler/syntax/Ast.h"
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tl {

struct Published {
  std::string name, path;  // of the folder: as the script has it, and where that was found
  std::string file = "config.json";
  nlohmann::json config;   // what that file says
  ast::Span given = {};    // where the script named it
  std::optional<std::string> vocabulary = {}; // the digest of its tokenizer's, "" where it has none; once it was asked for
  std::set<std::string> known = {};  // entries that were read, or said to have no effect: "hidden_size", "rope_scaling.factor"
};

/// The whole of a config, or an object in it. Copies of one know together what was read.
struct Record {
  std::shared_ptr<Published> of;
  const nlohmann::json *object = nullptr;
  std::string place = "";  // of the object: "rope_scaling."
};

/// Entries that nobody has read, and nobody said to have no effect.
std::vector<std::string> unreadEntries(const Published &published);
/// The file of its weights, or the index of several, as findFile looks for it; "" where it has none of `weightFileNames`.
std::string weightsOf(const Published &published);
std::string weightFileList();  // quoted, for messages
inline constexpr const char *weightFileNames[] = {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"};

}  // namespace tl
