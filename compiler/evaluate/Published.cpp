// Built-ins that read a published model's folder: its `config.json` as a record, whose entries are members.
#include "compiler/evaluate/Builtins.h"
#include "compiler/values/Record.h"
#include "runtime/weights/WeightFile.h"
#include "runtime/data/Facts.h"
#include "runtime/data/Tokens.h"
#include "runtime/io/Error.h"
#include "runtime/io/File.h"
#include "runtime/io/JsonProblem.h"
#include "runtime/tokenizers/Tokenizer.h"
#include <cmath>

namespace tl {

namespace {

const std::string &textOf(BodyEvaluator &in, const Arg &arg, const char *what) {
  if (auto *text = std::get_if<std::string>(&arg.value))
    return *text;
  in.fail(Diag::ValueKind, arg.span, std::string(what) + " is a text in quotes, this is " + describe(arg.value));
}

std::shared_ptr<Record> recordOf(BodyEvaluator &in, const Arg &arg) {
  if (auto *record = std::get_if<std::shared_ptr<Record>>(&arg.value))
    return *record;
  in.fail(Diag::ValueKind, arg.span, "a published model's record is needed here, this is " + describe(arg.value), "`huggingface(\"FOLDER\")` reads one");
}

/// Of the tokenizer in its folder. One that cannot be read is told where a text is to be cut by it.
const std::string &vocabularyOf(Published &published, const Library &library) {
  if (published.vocabulary)
    return *published.vocabulary;
  published.vocabulary = "";
  try {
    published.vocabulary = data::vocabularyDigest(tokenizers::Tokenizer::read(published.path).entries());
    library.publishedVocabularies.emplace(*published.vocabulary, published.name);
  } catch (const Error &) {
  }
  return *published.vocabulary;
}

Value valueOf(const Library &library, const Record &record, const std::string &key, const nlohmann::json &json) {
  const std::string place = record.place + key;
  record.of->known.insert(place);
  if (json.is_number()) // a table of `vocab_size` rows has one for each piece
    return Number{json.get<double>(), json.is_number_integer(), "", place == "vocab_size" ? vocabularyOf(*record.of, library) : "", record.of->given};
  if (json.is_boolean())
    return json.get<bool>();
  if (json.is_string())
    return json.get<std::string>();
  if (json.is_object()) {
    record.of->known.insert(place + ".");
    return std::make_shared<Record>(Record{record.of, &json, place + "."});
  }
  if (!json.is_array())
    return None{};
  auto list = std::make_shared<List>();
  for (size_t i = 0; i < json.size(); ++i)
    list->items.push_back(valueOf(library, record, key + "[" + std::to_string(i) + "]", json[i]));
  return list;
}

/// `huggingface("all-MiniLM-L6-v2")`: the record of a folder; `huggingface("resnet-50", "preprocessor_config.json")` of another of its files.
Value huggingface(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "huggingface", {"folder", "file?"}, span);
  Arg name = *taken[0];
  if (auto *record = std::get_if<std::shared_ptr<Record>>(&name.value)) {
    if (!taken[1])
      return name.value;
    name.value = (*record)->of->name;
  }
  auto made = std::make_shared<Published>();
  if (taken[1])
    made->file = textOf(in, *taken[1], "a file");
  made->name = textOf(in, name, "a folder");
  made->given = in.isOfScript(name.span) ? name.span : name.written.line ? name.written
                                                                         : span;
  try {
    made->path = data::findFolder(made->name, in.library.scriptFolder);
    std::string file = io::joinPath(made->path, made->file);
    made->config = nlohmann::json::parse(io::readWhole(file));
    if (!made->config.is_object())
      throw badData("`" + file + "` is no object of entries and their values");
  } catch (const Error &error) {
    in.fail(Diag::ConfigFile, made->given, error.message);
  } catch (const nlohmann::json::exception &problem) {
    in.fail(Diag::ConfigFile, made->given, "`" + io::joinPath(made->path, made->file) + "` is not JSON: " + io::jsonProblem(problem));
  }
  return std::make_shared<Record>(Record{made, &made->config, ""});
}

/// `entry(config, "head_dim", otherwise = none)`: where it is absent or null, `otherwise`.
Value entry(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "entry", {"record", "key", "otherwise"}, span);
  std::shared_ptr<Record> record = recordOf(in, *taken[0]);
  const std::string &key = textOf(in, *taken[1], "a key");
  auto found = record->object->find(key);
  if (found == record->object->end())
    return taken[2]->value;
  Value value = valueOf(in.library, *record, key, *found);
  return std::holds_alternative<None>(value) ? taken[2]->value : value;
}

/// `without(config, ["use_cache"])`: the same record; these entries have no effect.
Value without(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "without", {"record", "keys"}, span);
  std::shared_ptr<Record> record = recordOf(in, *taken[0]);
  auto *keys = std::get_if<std::shared_ptr<List>>(&taken[1]->value);
  if (!keys)
    in.fail(Diag::ValueKind, taken[1]->span, "`keys` is a list of texts, this is " + describe(taken[1]->value));
  for (const Value &key : (*keys)->items)
    record->of->known.insert(record->place + textOf(in, Arg{key, taken[1]->span}, "a key"));
  return taken[0]->value;
}

/// `has_tensor(config, "pooler.dense.weight")`: whether the file of its weights has one of that name.
Value hasTensor(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "has_tensor", {"record", "name"}, span);
  const Published &published = *recordOf(in, *taken[0])->of;
  const std::string &name = textOf(in, *taken[1], "a tensor's name");
  std::string file = weightsOf(published);
  if (file.empty())
    in.fail(Diag::ConfigFile, published.given, "`" + published.path + "` has no weights: there is none of " + weightFileList());
  try {
    return weights::WeightFile(data::findFile(file, in.library.scriptFolder)).find(name) != nullptr;
  } catch (const Error &error) {
    in.fail(Diag::LoadFile, published.given, error.message);
  }
}

} // namespace

Value BodyEvaluator::memberOf(const Record &record, const std::string &name, ast::Span span) {
  auto found = record.object->find(name);
  if (found != record.object->end())
    return valueOf(library, record, name, *found);
  std::vector<std::string> known;
  for (const auto &[key, value] : record.object->items())
    known.push_back(key);
  std::string near = nearest(name, known);
  fail(Diag::ConfigKey, isOfScript(span) ? span : record.of->given,
       record.of->file + " of `" + record.of->name + "` has no `" + record.place + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"),
       "where it may be absent, `entry(config, \"" + name + "\", otherwise = …)` says what stands for it");
}

/// What is loaded from a published model is made by all that its config says.
void BodyEvaluator::requireAllRead(const Published &published) {
  std::vector<std::string> unread = unreadEntries(published);
  if (unread.empty())
    return;
  std::string list, quoted;
  for (const std::string &entry : unread) {
    list += (list.empty() ? "`" : ", `") + entry + "`";
    quoted += (quoted.empty() ? "\"" : ", \"") + entry + "\"";
  }
  fail(Diag::ConfigUnread, published.given,
       "config.json of `" + published.name + "` says " + list + ", and the layer is made without reading " + (unread.size() > 1 ? "them" : "it"),
       "where " + std::string(unread.size() > 1 ? "they do" : "it does") + " not change what is computed, give `without(huggingface(\"" +
           published.name + "\"), [" + quoted + "])`");
}

void addPublished(BuiltinTable &table) {
  table["huggingface"] = huggingface;
  table["entry"] = entry;
  table["without"] = without;
  table["has_tensor"] = hasTensor;
}

} // namespace tl
