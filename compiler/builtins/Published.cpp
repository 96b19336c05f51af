// Built-ins that read a published model's folder: its `config.json` as a record.
#include "compiler/builtins/Taking.h"
#include "compiler/values/Record.h"
#include "runtime/weights/WeightFile.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Error.h"
#include "runtime/io/File.h"
#include "runtime/io/JsonProblem.h"

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
  std::optional<Value> value = in.entryOf(*record, key);
  return !value || std::holds_alternative<None>(*value) ? taken[2]->value : *value;
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

void addPublished(BuiltinTable &table) {
  table["huggingface"] = huggingface;
  table["entry"] = entry;
  table["without"] = without;
  table["has_tensor"] = hasTensor;
}

} // namespace tl
