// Finds the files of a tokenizer; older forms become what `tokenizer.json` would say.
#include "runtime/tokenizers/Files.h"
#include "runtime/io/Gzip.h"
#include "runtime/tokenizers/Spec.h"
#include "runtime/io/Utf8.h"

namespace tl::tokenizers {

using nlohmann::json;

namespace {

/// Its lines, without their ends; an error where one is not UTF-8.
std::vector<std::string> readLines(const std::string &path) {
  std::vector<std::string> lines;
  std::string text = io::readWholeUnpacked(path);
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r'))
      line.pop_back();
    if (size_t bad = io::findBadUtf8(line); bad != std::string::npos)
      throw badData("`" + path + "`:" + std::to_string(lines.size() + 1) + ": byte " + std::to_string(bad) + " is not UTF-8");
    lines.push_back(std::move(line));
  }
  return lines;
}

json readJson(const std::string &path) { return parseJson(io::readWholeUnpacked(path), path); }

void addSpecial(json &file, const std::vector<const char *> &tokens, bool isMask = false) {
  for (const char *token : tokens)
    if (auto it = file["model"]["vocab"].find(token); it != file["model"]["vocab"].end())
      file["added_tokens"].push_back({{"content", token}, {"id", *it}, {"special", true}, {"normalized", false}, {"lstrip", isMask}, {"rstrip", false}, {"single_word", false}});
}

// With every entry that PyPI's `tokenizers` wants: what is made here is published again.

/// BERT's own vocabulary: a token a line.
json fromVocabulary(const std::string &path, const json &config) {
  json vocabulary = json::object();
  std::vector<std::string> lines = readLines(path);
  for (size_t i = 0; i < lines.size(); ++i)
    vocabulary[lines[i]] = i;
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
  for (const char *token : {"[CLS]", "[SEP]"})
    if (!vocab.contains(token))
      throw badData("`" + path + "` has no line `" + token + "`, which BERT puts around each text; if it is another model's, bring its tokenizer.json");
  file["post_processor"] = {{"type", "BertProcessing"}, {"cls", {"[CLS]", vocab["[CLS]"]}}, {"sep", {"[SEP]", vocab["[SEP]"]}}};
  addSpecial(file, {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"});
  return file;
}

/// GPT-2's, and RoBERTa's, which has the tokens that stand around its texts.
json fromMerges(const std::string &vocabularyPath, const std::string &mergesPath, const json &config) {
  json merges = json::array();
  for (const std::string &line : readLines(mergesPath))
    if (!line.empty() && !line.starts_with("#version"))
      merges.push_back(line);
  bool addsSpace = config.contains("add_prefix_space") && config["add_prefix_space"] == true;
  json file = {{"model", {{"type", "BPE"}, {"vocab", readJson(vocabularyPath)}, {"merges", std::move(merges)}}},
               {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", addsSpace}, {"trim_offsets", true}, {"use_regex", true}}},
               {"post_processor", {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", false}, {"use_regex", true}}},
               {"decoder", {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}}},
               {"added_tokens", json::array()}};
  const json &vocab = file["model"]["vocab"];
  if (!vocab.is_object())
    throw badData("`" + vocabularyPath + "` is no object of tokens and their numbers");
  if (vocab.contains("<s>") && vocab.contains("</s>") && vocab.contains("<mask>"))
    file["post_processor"] = {{"type", "RobertaProcessing"}, {"cls", {"<s>", vocab["<s>"]}}, {"sep", {"</s>", vocab["</s>"]}}, {"trim_offsets", true}, {"add_prefix_space", addsSpace}};
  addSpecial(file, {"<s>", "<pad>", "</s>", "<unk>", "<|endoftext|>"});
  addSpecial(file, {"<mask>"}, true);
  return file;
}

} // namespace

abi::Tokenizer findFiles(const std::string &path) {
  abi::Tokenizer found;
  bool isFolder = io::isFolder(path);
  std::string folder = isFolder ? path : io::parentFolder(path);
  auto named = [&](const char *name) {
    std::string whole = io::joinPath(folder, name);
    return (isFolder || whole == path || path == name) && io::isFile(whole) ? whole : "";
  };
  auto beside = [&](const char *first, const char *second) {
    for (const char *name : {first, second})
      if (std::string whole = io::joinPath(folder, name); io::isFile(whole))
        return whole;
    return std::string();
  };
  found.configPath = io::joinPath(folder, "tokenizer_config.json");
  if (io::isFile(found.configPath))
    found.config = io::readWholeUnpacked(found.configPath);
  bool isOther = !isFolder && named("vocab.txt").empty() && named("vocab.json").empty() && named("encoder.json").empty();
  found.path = isOther ? path : named("tokenizer.json");
  if (!found.path.empty()) {
    found.json = io::readWholeUnpacked(found.path);
    return found;
  }
  auto config = [&] { return io::isFile(found.configPath) ? readJson(found.configPath) : json::object(); };
  std::string vocabulary = beside("vocab.json", "encoder.json"), merges = beside("merges.txt", "vocab.bpe");
  if (found.path = named("vocab.txt"); !found.path.empty())
    found.json = fromVocabulary(found.path, config()).dump();
  else if (!vocabulary.empty() && !merges.empty())
    found.path = vocabulary, found.json = fromMerges(vocabulary, merges, config()).dump();
  else
    throw badData("`" + path + "` holds no tokenizer: there is no tokenizer.json, no vocab.txt, and no vocab.json (or encoder.json) "
                               "with merges.txt (or vocab.bpe)");
  return found;
}

} // namespace tl::tokenizers
