// A tokenizer of its components, what is known of it, and the way back to text.
#include "runtime/tokenizers/Tokenizer.h"
#include "runtime/data/Fnv.h"
#include "runtime/tokenizers/Classes.h"
#include "runtime/tokenizers/Files.h"
#include <algorithm>

namespace tl::tokenizers {

int64_t Tokenizer::size() const {
  int64_t end = model->entries.end();
  for (const AddedToken &token : added->all())
    end = std::max(end, int64_t(token.id) + 1);
  return end;
}

size_t Tokenizer::tokens() const {
  size_t count = model->entries.count();
  for (const AddedToken &token : added->all())
    count += model->entries.find(token.content) < 0;
  return count;
}

int32_t Tokenizer::find(std::string_view token) const {
  for (const AddedToken &one : added->all())
    if (one.content == token)
      return one.id;
  return model->entries.find(token);
}

const std::string *Tokenizer::text(int32_t id) const {
  if (const AddedToken *token = added->find(id))
    return &token->content;
  return model->entries.has(id) ? &model->entries.text(id) : nullptr;
}

std::vector<std::string> Tokenizer::entries() const {
  std::vector<std::string> all;
  for (int32_t id = 0, end = int32_t(size()); id < end; ++id) {
    const std::string *found = text(id);
    all.push_back(found ? *found : "");
  }
  return all;
}

bool Tokenizer::isSpecial(int32_t id) const {
  const AddedToken *token = added->find(id);
  return token && token->isSpecial;
}

std::string Tokenizer::decode(const std::vector<int32_t> &ids, bool skipsSpecial) const {
  std::vector<std::string> parts;
  for (int32_t id : ids) {
    const AddedToken *token = added->find(id);
    if (token ? !(skipsSpecial && token->isSpecial) : model->entries.has(id))
      parts.push_back(token ? token->decoded : model->entries.text(id));
  }
  if (decoder)
    decoder->apply(parts);
  std::string all;
  for (size_t i = 0; i < parts.size(); ++i)
    all += (i > 0 && !decoder ? " " : "") + parts[i];
  return all;
}

/// Names of published files, and ours.
static constexpr std::pair<const char *, const char *> specialNames[] = {
    {"pad_token", "padding"},
    {"unk_token", "unknown"},
    {"mask_token", "mask"},
    {"cls_token", "class"},
    {"sep_token", "separator"},
    {"bos_token", "start"},
    {"eos_token", "end"},
};

/// `config` says it, in a word or as an added token's object; else the usual names tell, where special tokens have them.
void Tokenizer::nameSpecialTokens(const Spec &config) {
  for (auto [theirs, ours] : specialNames) {
    if (!config.has(theirs))
      continue;
    Spec value = config[theirs];
    std::string token = value.isObject() ? value["content"].string() : value.string();
    if (int32_t id = find(token); id >= 0)
      specialTokens[ours] = id;
  }
  constexpr std::pair<const char *, const char *> usual[] = {
      {"[PAD]", "padding"},
      {"<pad>", "padding"},
      {"[UNK]", "unknown"},
      {"<unk>", "unknown"},
      {"[MASK]", "mask"},
      {"<mask>", "mask"},
      {"[CLS]", "class"},
      {"[SEP]", "separator"},
      {"<s>", "start"},
      {"</s>", "end"},
      {"<|endoftext|>", "end"},
  };
  for (const AddedToken &token : added->all())
    for (auto [name, ours] : usual)
      if (token.isSpecial && token.content == name)
        specialTokens.emplace(ours, token.id);
}

static std::string digestOf(const nlohmann::json &file) {
  uint64_t digest = data::fnvStart;
  for (const char *part : {"added_tokens", "decoder", "model", "normalizer", "post_processor", "pre_tokenizer"})
    if (auto it = file.find(part); it != file.end())
      digest = data::fnv(it->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), data::fnv(std::string_view(part), digest));
  return data::hexOf(digest);
}

static Spec partOf(const Spec &file, const std::string &name) {
  static const nlohmann::json nothing;
  return file.has(name) ? file[name] : Spec(nothing, file, name);
}

Tokenizer Tokenizer::fromJson(const std::string &text, const std::string &path) {
  readClasses();
  nlohmann::json json = parseJson(text, path);
  Spec file(json, path);
  Tokenizer made;
  made.model = readModel(file["model"]);
  made.normalizer = readNormalizer(partOf(file, "normalizer"));
  made.preTokenizer = readPreTokenizer(partOf(file, "pre_tokenizer"));
  made.postProcessor = readPostProcessor(partOf(file, "post_processor"));
  made.decoder = readDecoder(partOf(file, "decoder"));
  made.added = std::make_unique<AddedTokens>(partOf(file, "added_tokens"), made.model->entries, made.normalizer.get());
  made.seamsOfTexts = std::make_unique<Seams>(file, made.normalizer.get(), *made.added);
  if (file.has("truncation"))
    made.truncationOfFile = readTruncation(file["truncation"]);
  if (file.has("padding"))
    made.paddingOfFile = readPadding(file["padding"]);
  made.digestText = digestOf(json);
  nlohmann::json none = nlohmann::json::object();
  made.nameSpecialTokens(Spec(none, path));
  return made;
}

Tokenizer Tokenizer::read(const std::string &path) { return fromFiles(findFiles(path)); }

Tokenizer Tokenizer::fromFiles(const abi::Tokenizer &files) {
  Tokenizer made = fromJson(files.json, files.path);
  nlohmann::json config = parseJson(files.config, files.configPath);
  made.specialTokens.clear();
  made.nameSpecialTokens(Spec(config, files.configPath));
  return made;
}

} // namespace tl::tokenizers
