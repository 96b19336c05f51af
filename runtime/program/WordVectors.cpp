// Finds the table and its words, or the function and its data's.
#include "runtime/program/WordVectors.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/data/Tokens.h"
#include "runtime/program/CommandLine.h"
#include "runtime/program/Model.h"
#include <algorithm>
#include <cstring>

namespace tl::program {

namespace {

/// A weight with a row for each word of a field.
struct Words {
  const ExportedWeight *weight;
  const abi::Field *field;
  std::string name; // of the field: "corpus.text"
};

std::vector<Words> tablesOf(const Context &context, const std::vector<ExportedWeight> &all) {
  std::map<std::string, std::pair<const abi::Field *, std::string>> fields; // by the digest of their vocabulary
  for (const abi::Data &data : context.program.data)
    for (const abi::Field &field : data.fields)
      if (!field.vocabulary.empty())
        fields.emplace(data::vocabularyDigest(field.vocabulary), std::pair(&field, data.name + "." + field.name));
  std::vector<Words> tables;
  for (const ExportedWeight &weight : all) {
    auto field = fields.find(weight.variable.vocabulary);
    const std::vector<int64_t> &shape = weight.variable.shape;
    if (field != fields.end() && weight.variable.kind == "parameter" && shape.size() == 2 && shape[0] == int64_t(field->second.first->vocabulary.size()))
      tables.push_back({&weight, field->second.first, field->second.second});
  }
  return tables;
}

const Words &tableNamed(const std::string &wanted, const std::vector<Words> &tables, const abi::Stage &stage) {
  std::vector<std::string> paths;
  std::string list;
  for (const Words &table : tables) {
    paths.push_back(table.weight->variable.path);
    list += (list.empty() ? "`" : ", `") + paths.back() + "`";
    if (wanted == paths.back() || (wanted.empty() && tables.size() == 1))
      return table;
  }
  if (tables.empty())
    throw Error(exitUsage, "stage `" + stage.name + "` has no table with a row for each word of a vocabulary, which `--vectors` could write");
  std::optional<std::string> near = suggest(wanted, paths);
  if (!wanted.empty())
    throw Error(exitUsage, "stage `" + stage.name + "` has no table of words `" + wanted + "`" + (near ? "; did you mean `" + *near + "`?" : "; it has " + list));
  throw Error(exitUsage, "stage `" + stage.name + "` has " + std::to_string(tables.size()) + " tables with a row for each word, " + list + "; say which: `--table " + paths[0] + "`");
}

} // namespace

WordVectors vectorsInTable(const Context &context, const abi::Stage &stage, const std::vector<ExportedWeight> &all, const std::string &wanted) {
  const std::vector<Words> tables = tablesOf(context, all);
  const auto &[weight, field, name] = tableNamed(wanted, tables, stage);
  const int64_t width = weight->variable.shape[1];
  auto read = [weight, width, dtype = dtypeNamed(weight->dtype).value()](int64_t word, std::span<float> into) {
    for (int64_t i = 0; i < width; ++i)
      into[size_t(i)] = float(numberAt(dtype, weight->values, word * width + i));
  };
  return {field, name, weight->variable.path, width, read};
}

namespace {

std::string typesOf(const std::vector<abi::Port> &ports) {
  std::string list;
  for (const abi::Port &port : ports)
    list += (list.empty() ? "`" : ", `") + port.name + "` " + data::typeText(port.dtype, {port.shape.begin() + !port.shape.empty(), port.shape.end()}); // of one record
  return list;
}

const abi::Deploy &deployNamed(const Context &context, const abi::Stage &stage, const std::string &wanted) {
  std::vector<std::string> names;
  std::string list;
  for (const abi::Deploy &deploy : context.program.deploys)
    if (deploy.stage == stage.name && deploy.name == wanted)
      return deploy;
    else if (deploy.stage == stage.name) {
      names.push_back(deploy.name);
      list += (list.empty() ? "; it has `" : ", `") + deploy.name + "`";
    }
  std::optional<std::string> near = suggest(wanted, names);
  throw Error(exitUsage, "stage `" + stage.name + "` has no deployed function `" + wanted + "`" + (near ? "; did you mean `" + *near + "`?" : list));
}

/// What is wrong with a function that does not answer a word with its vector; "" where it does.
std::string problemOf(const abi::Deploy &deploy, const std::vector<abi::Port> &answers) {
  if (deploy.repeats)
    return "continues a text";
  if (deploy.inputs.size() != 1)
    return "is asked for " + std::to_string(deploy.inputs.size()) + " inputs";
  if (deploy.tokenInputs != deploy.inputs)
    return "is asked for `" + deploy.inputs[0] + "`, which is no word by itself";
  bool isVector = answers.size() == 1 && answers[0].shape.size() == 2 && answers[0].dtype == "f32";
  return isVector ? "" : "answers a word with " + typesOf(answers);
}

} // namespace

WordVectors vectorsAnswered(Context &context, const RunFolder &run, const abi::Stage &stage, const std::string &which, const std::string &wanted) {
  const abi::Deploy &deploy = deployNamed(context, stage, wanted);
  const std::vector<abi::Port> &answers = Context::about(context.program, deploy.function).outputs;
  if (std::string problem = problemOf(deploy, answers); !problem.empty())
    throw Error(exitUsage, "`" + wanted + "` " + problem + "; `--by` takes a function that answers a word with its vector, as `vector(word) -> value by fn(model, word) { model.net.word(word) }`");
  const abi::Data &data = context.data(deploy.data);
  auto field = std::find_if(data.fields.begin(), data.fields.end(), abi::hasText);
  const int64_t width = answers[0].shape[1];
  auto read = [&port = answers[0], &input = deploy.inputs[0], width, model = std::make_shared<Model>(context, deploy, run, which)](int64_t word, std::span<float> into) {
    auto number = int32_t(word);
    if (char *asked = model->whole.input(input)) // where it depends on the word
      std::memcpy(asked, &number, sizeof number);
    model->whole.run(word);
    std::memcpy(into.data(), model->whole.output(port), size_t(width) * sizeof(float));
  };
  return {&*field, data.name + "." + field->name, wanted, width, read};
}

} // namespace tl::program
