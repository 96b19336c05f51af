// Finds the files of a tokenizer; older forms become what `tokenizer.json` would say.
#include "runtime/tokenizers/Files.h"
#include "runtime/io/Gzip.h"
#include "runtime/io/Utf8.h"
#include "runtime/tokenizers/Layouts.h"
#include "runtime/tokenizers/Spec.h"

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

/// BERT's own vocabulary: a token a line.
json fromVocabulary(const std::string &path, const json &config) {
  json vocabulary = json::object();
  std::vector<std::string> lines = readLines(path);
  for (size_t i = 0; i < lines.size(); ++i)
    vocabulary[lines[i]] = i;
  for (const char *token : {"[CLS]", "[SEP]"})
    if (!vocabulary.contains(token))
      throw badData("`" + path + "` has no line `" + token + "`, which BERT puts around each text; if it is another model's, bring its tokenizer.json");
  return bertLayout(std::move(vocabulary), config);
}

/// GPT-2's, and RoBERTa's, which has the tokens that stand around its texts.
json fromMerges(const std::string &vocabularyPath, const std::string &mergesPath, const json &config) {
  json merges = json::array();
  for (const std::string &line : readLines(mergesPath))
    if (!line.empty() && !line.starts_with("#version"))
      merges.push_back(line);
  bool addsSpace = config.contains("add_prefix_space") && config["add_prefix_space"] == true;
  json vocabulary = readJson(vocabularyPath);
  if (!vocabulary.is_object())
    throw badData("`" + vocabularyPath + "` is no object of tokens and their numbers");
  json file = byteLevelLayout(std::move(vocabulary), std::move(merges), addsSpace);
  const json &vocab = file["model"]["vocab"];
  if (vocab.contains("<s>") && vocab.contains("</s>") && vocab.contains("<mask>"))
    file["post_processor"] = {{"type", "RobertaProcessing"}, {"cls", {"<s>", vocab["<s>"]}}, {"sep", {"</s>", vocab["</s>"]}}, {"trim_offsets", true}, {"add_prefix_space", addsSpace}};
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
