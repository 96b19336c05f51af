// WordPiece as BERT has it, and byte-level BPE as GPT-2 has it.
#include "runtime/tokenizers/Layouts.h"

namespace tl::tokenizers {

using nlohmann::json;

static void addSpecial(json &file, const std::vector<const char *> &tokens, bool isMask = false) {
  for (const char *token : tokens)
    if (auto it = file["model"]["vocab"].find(token); it != file["model"]["vocab"].end())
      file["added_tokens"].push_back({{"content", token}, {"id", *it}, {"special", true}, {"normalized", false}, {"lstrip", isMask}, {"rstrip", false}, {"single_word", false}});
}

// With every entry that PyPI's `tokenizers` wants: what is made here is published again.

json bertLayout(json vocabulary, const json &config) {
  auto option = [&](const char *name, const json &otherwise) { return config.contains(name) ? config[name] : otherwise; };
  json file = {{"model",
                {{"type", "WordPiece"},
                 {"unk_token", option("unk_token", "[UNK]")},
                 {"continuing_subword_prefix", "##"},
                 {"max_input_chars_per_word", 100},
                 {"vocab", std::move(vocabulary)}}},
               {"normalizer",
                {{"type", "BertNormalizer"},
                 {"clean_text", true},
                 {"lowercase", option("do_lower_case", true)},
                 {"strip_accents", option("strip_accents", nullptr)},
                 {"handle_chinese_chars", option("tokenize_chinese_chars", true)}}},
               {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
               {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
               {"added_tokens", json::array()}};
  const json &vocab = file["model"]["vocab"];
  file["post_processor"] = {{"type", "BertProcessing"}, {"cls", {"[CLS]", vocab["[CLS]"]}}, {"sep", {"[SEP]", vocab["[SEP]"]}}};
  addSpecial(file, {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"});
  return file;
}

json byteLevelLayout(json vocabulary, json merges, bool addsSpace) {
  json file = {{"model", {{"type", "BPE"}, {"vocab", std::move(vocabulary)}, {"merges", std::move(merges)}}},
               {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", addsSpace}, {"trim_offsets", true}, {"use_regex", true}}},
               {"post_processor", {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", false}, {"use_regex", true}}},
               {"decoder", {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}}},
               {"added_tokens", json::array()}};
  addSpecial(file, {"<s>", "<pad>", "</s>", "<unk>", "<|endoftext|>"});
  addSpecial(file, {"<mask>"}, true);
  return file;
}

} // namespace tl::tokenizers
