// `nearest(word) -> words, scores by near`: a function that is given the model, with all its tables, and not what it gives for a record.
#include "compiler/sema/TestsAndDeploys.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl {

using Entry = ast::Deploy::Predict;

/// What the function is given, by name. An input that is no field of the data is one token of its text; nullopt after an error.
std::optional<Values> TestsAndDeploys::askedFor(Elaborator &elaborator, const Entry &entry, StagePlan &plan, std::vector<std::string> &tokens) {
  std::optional<Values> batch = fields.of(elaborator, *plan.data, 1, false);
  if (!batch)
    return std::nullopt;
  const std::vector<abi::Field> &all = plan.data->facts->fields;
  auto text = std::find_if(all.begin(), all.end(), abi::hasText);
  Values given = {{"model", plan.instance}};
  for (size_t i = 0; i < entry.inputs.size(); ++i) {
    const std::string &name = entry.inputs[i];
    if (name == "model") {
      declared.report(Diag::DeployInput, entry.inputSpans[i], "`model` is what the function behind `by` asks, and cannot be asked for").help = "give the input another name";
      return std::nullopt;
    }
    if (auto field = batch->find(name); field != batch->end()) {
      given[name] = field->second;
    } else if (text != all.end()) {
      TensorValue token = elaborator.input(name, DType::I32, {Axis{1, "b", {1, 1}}}, entry.inputSpans[i]);
      token.range = {int64_t(text->vocabulary.size()), {plan.data->facts, &*text}};
      given[name] = token;
      tokens.push_back(name);
    } else {
      declared.report(Diag::DeployInput, entry.inputSpans[i],
                      "data `" + plan.ast->data + "` has no field `" + name + "`, and no text that it could be a word of");
      return std::nullopt;
    }
  }
  return given;
}

/// A lambda takes values in order, a `fn` by name. nullopt after an error.
std::optional<std::vector<Value>> TestsAndDeploys::callAsked(Elaborator &elaborator, const Entry &entry, const Values &given) {
  std::optional<Value> asked = elaborator.evaluate(*entry.by, {});
  if (!asked)
    return std::nullopt;
  const auto *closure = std::get_if<std::shared_ptr<Closure>>(&*asked);
  const ast::Definition *definition = closure ? (*closure)->definition : nullptr;
  bool isFn = definition && definition->kind == ast::Definition::Kind::Fn;
  if (!isFn && !(closure && (*closure)->lambda)) {
    declared.report(Diag::DeployOutput, entry.by->span, "behind `by` stands a function of the model and of what is asked; this is " + describe(*asked))
        .help = "write a `fn` of your own, by its name, or fn(model" + std::string(entry.inputs.empty() ? "" : ", " + entry.inputs[0]) + ") { … }";
    return std::nullopt;
  }
  if (isFn) {
    Values named = given;
    bool takesModel = std::any_of(definition->formals.begin(), definition->formals.end(), [](const ast::Formal &formal) { return formal.name == "model"; });
    if (!takesModel)
      named.erase("model");
    return elaborator.call(*asked, {}, named, entry.by->span);
  }
  std::vector<Value> inOrder = {given.at("model")};
  for (const std::string &name : entry.inputs)
    inOrder.push_back(given.at(name));
  return elaborator.call(*asked, inOrder, {}, entry.by->span);
}

void TestsAndDeploys::addAsked(const Entry &entry, StagePlan &plan, const std::string &which) {
  Function function;
  function.name = "deploy." + std::to_string(draft.program.deploys.size());
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.ast->name;
  abi::Deploy described;
  std::optional<Values> given = askedFor(elaborator, entry, plan, described.tokenInputs);
  std::optional<std::vector<Value>> values = given ? callAsked(elaborator, entry, *given) : std::nullopt;
  if (!values)
    return;
  if (values->size() != entry.outputs.size()) {
    declared.report(Diag::DeployOutput, entry.by->span,
                    "`" + entry.name + "` names " + counted(int64_t(entry.outputs.size()), "answer") + ", and its function gives " + std::to_string(values->size()));
    return;
  }
  for (size_t i = 0; i < values->size(); ++i) {
    const std::string &name = entry.outputs[i];
    const auto *value = std::get_if<TensorValue>(&(*values)[i]);
    bool isTwice = std::find(entry.outputs.begin(), entry.outputs.begin() + ptrdiff_t(i), name) != entry.outputs.begin() + ptrdiff_t(i);
    if (!value || value->axes.empty() || value->axes[0].size != 1 || isTwice) {
      declared.report(Diag::DeployOutput, entry.outputSpans[i],
                      isTwice ? "`" + name + "` is the name of two answers" : "`" + name + "` must be one value per record; it is " + describe((*values)[i]));
      return;
    }
    bool areTokens = value->dtype == DType::I32 && value->axes.size() == 2 && value->axes[1].tokens.isSaid();
    if (areTokens)
      described.tokenOutputs.push_back(name);
    elaborator.output(name, *value, entry.outputSpans[i]);
  }
  add(std::move(described), entry, plan, which, std::move(function));
}

}  // namespace tl
