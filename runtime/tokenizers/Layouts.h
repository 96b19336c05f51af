// What `tokenizer.json` says of the two kinds of tokenizers that vocabularies alone are brought of, or fitted.
#pragma once
#include <nlohmann/json.hpp>

namespace tl::tokenizers {

/// BERT's, of an object of tokens and their numbers with `[CLS]` and `[SEP]`; `config` is that of `tokenizer_config.json`.
nlohmann::json bertLayout(nlohmann::json vocabulary, const nlohmann::json &config);
/// GPT-2's: bytes, and nothing around a text.
nlohmann::json byteLevelLayout(nlohmann::json vocabulary, nlohmann::json merges, bool addsSpace);

} // namespace tl::tokenizers
