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

/// `huggingface("all-MiniLM-L6-v2")`: the record of a folder; `huggingface("resnet-50", "preprocessor_config.json")` of another of its files, which may
/// be a list of records. Of a file that the folder may lack, `otherwise` is what stands for it.
Value huggingface(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "huggingface", {"folder", "file?", "otherwise?"}, span);
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
    if (taken[2] && !io::isThere(file))
      return taken[2]->value;
    std::string text = io::readWhole(file);
    made->config = nlohmann::json::parse(text);
    if (!made->config.is_structured())
      throw badData("`" + file + "` is no object of entries and their values, and no list");
    if (made->file != "config.json" && made->file.front() != '/' && made->file.find("..") == std::string::npos)
      in.library.publishedFiles[made->path][made->file] = text;
  } catch (const Error &error) {
    in.fail(Diag::ConfigFile, made->given, error.message);
  } catch (const nlohmann::json::exception &problem) {
    in.fail(Diag::ConfigFile, made->given, "`" + io::joinPath(made->path, made->file) + "` is not JSON: " + io::jsonProblem(problem));
  }
  return in.valueOf(Record{made, &made->config, ""});
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

/// The texts of `{"0": "bad", "1": "good"}` by their numbers; none where it is no such object, or they are `LABEL_0`, `LABEL_1`, …, as Hugging
/// Face calls classes that nobody gave a name.
std::vector<std::string> classNamesOf(const nlohmann::json &object) {
  std::vector<std::string> names;
  bool areNamed = false;
  for (size_t i = 0; i < object.size(); ++i) {
    auto name = object.find(std::to_string(i));
    if (name == object.end())
      return {};
    names.push_back(name->is_string() ? name->get<std::string>() : name->dump());
    areNamed = areNamed || names.back() != "LABEL_" + std::to_string(i);
  }
  return areNamed ? names : std::vector<std::string>();
}

/// `named_classes(logits, config, "id2label")`: the same numbers, known to be along their last axis of the classes that the entry names; of `none` in
/// place of a record, as they are. Names are compared where there are others, so that no layer need read them.
Value namedClasses(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "named_classes", {"logits", "record", "key"}, span);
  TensorValue logits = in.asF32(taken[0]->value, taken[0]->span);
  if (std::holds_alternative<None>(taken[1]->value))
    return logits;
  std::shared_ptr<Record> record = recordOf(in, *taken[1]);
  if (logits.axes.empty())
    in.fail(Diag::AxisUnknown, taken[0]->span, "`named_classes` needs an axis of classes, this is " + describe(logits));
  auto entry = record->object->find(textOf(in, *taken[2], "a key"));
  if (std::vector<std::string> names = entry == record->object->end() ? std::vector<std::string>() : classNamesOf(*entry); !names.empty())
    logits.axes.back().classes = std::make_shared<const NamedClasses>(NamedClasses{std::move(names), record->of->name, record->of->given});
  return logits;
}

} // namespace

void addPublished(BuiltinTable &table) {
  table["huggingface"] = huggingface;
  table["entry"] = entry;
  table["without"] = without;
  table["has_tensor"] = hasTensor;
  table["named_classes"] = namedClasses;
}

} // namespace tl
