// Functions of one record, or of a text that they go on with, that a program answers with.
#include "compiler/sema/TestsAndDeploys.h"
#include "compiler/stages/Stages.h"
#include <algorithm>

namespace tl {

using Entry = ast::Deploy::Predict;

/// Whether a function can be asked of a model's result alone and gives something for each record, as its documentation shows.
static bool isAnswer(const ast::Definition &fn) {
  auto first = [](const ast::Type &type) { return type.dims.empty() ? "" : type.dims.front()->text; };
  if (fn.formals.empty() || !fn.formals.front().type || fn.results.size() != 1 || first(fn.results.front()).empty())
    return false;
  bool isAlone = std::all_of(fn.formals.begin() + 1, fn.formals.end(), [](const ast::Formal &formal) { return bool(formal.value); });
  return isAlone && first(*fn.formals.front().type) == first(fn.results.front()) && fn.doc.find("deploy") != std::string::npos;
}

void TestsAndDeploys::checkDeploy(const ast::Deploy &deploy) {
  std::string which;
  StagePlan *plan = stages.checkpointStage(deploy.checkpoint, which);
  if (!plan || !plan->isSound) {
    for (const Entry &entry : deploy.entries)
      for (size_t i = 0; i < entry.outputs.size() && !entry.by; ++i)
        declared.lookup(entry.outputs[i], ast::Definition::Kind::Fn, entry.outputSpans[i], isAnswer);
    return;
  }
  for (const Entry &entry : deploy.entries) {
    checkDeployedName(entry);
    int64_t batch = 1;
    if (entry.batch)
      stages.checkBatch(*entry.batch, "batch", batch = 0);
    if (batch == 0)
      continue;
    if (entry.next)
      Generation(declared, draft).add(entry, *plan, which, batch);
    else if (entry.by)
      addAsked(entry, *plan, which);
    else
      addDeployed(entry, *plan, which);
  }
}

void TestsAndDeploys::checkDeployedName(const Entry &entry) {
  auto taken = [&](const std::string &why) {
    declared.report(Diag::DeclaredTwice, entry.span, "`" + entry.name + "` is " + why).help = "give one of them another name";
  };
  for (const abi::Deploy &other : draft.program.deploys)
    if (other.name == entry.name)
      taken("deployed twice; it is a command of the program");
  for (const ast::Stage &stage : files.script().stages)
    if (stage.name == entry.name)
      taken("a stage already; both are commands of the program");
  checkCommandName(declared, draft.program, "deployed function", entry.name, entry.span);
}

void TestsAndDeploys::addDeployed(const Entry &entry, StagePlan &plan, const std::string &which) {
  Function function;
  function.name = "deploy." + std::to_string(draft.program.deploys.size());
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.ast->name;
  std::optional<Values> batch = fields.of(elaborator, *plan.data, 1, false);
  std::optional<std::vector<Value>> inputs = batch ? measures.modelInputs(plan, *batch, entry.span) : std::nullopt;
  std::optional<std::vector<Value>> results = inputs ? elaborator.forward(*plan.instance, *inputs, entry.span) : std::nullopt;
  abi::Deploy described;
  if (!results || !addAnswers(elaborator, entry, plan, *results, described))
    return;
  add(std::move(described), entry, plan, which, std::move(function));
}

/// `described` has the tokens that are asked for and answered.
void TestsAndDeploys::add(abi::Deploy described, const Entry &entry, const StagePlan &plan, const std::string &which, Function function) {
  dropDead(function);
  described.inputs = deployedInputs(entry, described.tokenInputs, plan, function);
  described.name = entry.name;
  described.stage = plan.ast->name;
  described.which = which;
  described.data = plan.ast->data;
  described.place = declared.place(entry.span);
  described.function = draft.add(std::move(function), plan.index);
  draft.program.deploys.push_back(std::move(described));
}

/// A value for each token, where the data knows words: each has a class.
static bool isOfWords(const TensorValue &value, const DataPlan &data) {
  auto isOfWords = [](const abi::Field &field) { return field.classes > 0 && !field.beside.empty(); };
  if (value.axes.size() < 2 || std::none_of(data.facts->fields.begin(), data.facts->fields.end(), isOfWords))
    return false;
  const Tokens &tokens = value.axes[1].tokens;
  return tokens && !tokens.isMixed && tokens.shift == 0;
}

/// Of how many classes a record may be: several, where each has a 1 or 0 of its own.
enum class Classes { One, Several };
static Classes classesOf(const abi::Field &field) { return dtypeNamed(field.dtype) == DType::I32 ? Classes::One : Classes::Several; }

/// The field that gives so many classes names; null where none does.
static const abi::Field *fieldOfClasses(int64_t count, Classes kind, const DataPlan &data) {
  for (const abi::Field &field : data.facts->fields)
    if (field.classes > 0 && classesOf(field) == kind && std::ssize(field.classNames) == field.classes && (count == data.facts->classesOf(field) || count == 0))
      return &field;
  return nullptr;
}

/// Which functions of the library answer for classes.
static std::optional<Classes> askedOf(const ast::Definition &answer, const Library &library) {
  static const std::map<std::string, Classes> known = {{"class", Classes::One}, {"probability", Classes::One}, {"probabilities", Classes::One}, {"labels", Classes::Several}, {"label_probabilities", Classes::Several}};
  auto found = known.find(answer.name);
  return found == known.end() || !library.isStandard(answer.span.file) ? std::nullopt : std::optional(found->second);
}

/// That a record is asked for one class where it has one, and for several where it may have several: of the fields with as many classes as the model
/// gives numbers that the objectives read, or, where they read none, of all.
bool TestsAndDeploys::isOfItsClasses(const ast::Definition &answer, const StagePlan &plan, const std::vector<Value> &results, ast::Span span) const {
  const std::optional<Classes> asked = askedOf(answer, declared.library);
  const auto *result = results.empty() ? nullptr : std::get_if<TensorValue>(&results.front());
  if (!asked || !result || result->axes.empty())
    return true;
  const abi::Data &data = *plan.data->facts;
  const abi::Field *other = nullptr;
  for (const abi::Field &field : data.fields) {
    if (field.classes == 0 || data.classesOf(field) != result->axes.back().size || (!plan.labels.empty() && !plan.labels.contains(field.name)))
      continue;
    if (classesOf(field) == *asked)
      return true;
    other = &field;
  }
  if (!other)
    return true;
  const std::string name = "`" + data.name + "." + other->name + "`";
  const bool isOne = *asked == Classes::One;
  declared.report(Diag::DeployOutput, span, "`" + answer.name + "` is of " + (isOne ? "the one class of a record, and by " + name + " it may have several" : "the several classes of a record, and by " + name + " it has one"))
      .help = isOne ? "write labels, which of them it has, or label_probabilities" : "write class, probability or probabilities";
  return false;
}

/// What each function behind the arrow gives; false after an error.
bool TestsAndDeploys::addAnswers(Elaborator &elaborator, const Entry &entry, const StagePlan &plan, const std::vector<Value> &results, abi::Deploy &into) {
  const DataPlan &data = *plan.data;
  bool isSound = true;
  for (size_t i = 0; i < entry.outputs.size(); ++i) {
    const ast::Definition *answer = declared.lookup(entry.outputs[i], ast::Definition::Kind::Fn, entry.outputSpans[i], isAnswer);
    std::optional<std::vector<Value>> values;
    if (answer && isOfItsClasses(*answer, plan, results, entry.outputSpans[i])) {
      auto closure = std::make_shared<Closure>();
      closure->definition = answer;
      values = elaborator.call(closure, results, {}, entry.outputSpans[i]);
    }
    const TensorValue *value = values && values->size() == 1 ? std::get_if<TensorValue>(&values->front()) : nullptr;
    if (values && (!value || value->axes.empty() || value->axes[0].size != 1))
      declared.report(Diag::DeployOutput, entry.outputSpans[i],
                      "`" + entry.outputs[i] + "` must give one value per record; it gives " +
                          (values->size() == 1 ? describe(values->front()) : "several"));
    isSound = isSound && value;
    if (!value)
      continue;
    elaborator.output(entry.outputs[i], *value, entry.outputSpans[i]);
    const abi::Field *field = nullptr;
    if (entry.outputs[i] == "class")
      field = fieldOfClasses(value->range.below, Classes::One, data);
    else if ((entry.outputs[i] == "labels" || entry.outputs[i] == "label_probabilities") && !value->axes.empty())
      field = fieldOfClasses(value->axes.back().size, Classes::Several, data);
    if (field) {
      into.classes = field->name;
      isSound = numbersAsHead(declared, results, *data.facts, *field) && isSound;
    }
    if (isOfWords(*value, data))
      into.ofWords.push_back(entry.outputs[i]);
  }
  return isSound;
}

/// What a record is asked for so that a function can read its fields, in its order: of tokens, and what comes with them, the texts.
static std::vector<std::string> fieldsReadBy(const Function &function, const DataPlan &data) {
  std::vector<std::string> needed;
  for (const Node &node : function.nodes) {
    if (node.op != Op::Input)
      continue;
    const abi::Field *field = data.field(node.attributes.name);
    if (field && !(field->lengthOf + field->beside).empty())
      field = data.field(field->lengthOf + field->beside);
    std::vector<std::string> names{node.attributes.name};
    for (const std::string &name : field && !field->of.empty() ? field->of : names)
      if (std::find(needed.begin(), needed.end(), name) == needed.end())
        needed.push_back(name);
  }
  return needed;
}

std::vector<std::string> TestsAndDeploys::deployedInputs(const Entry &entry, const std::vector<std::string> &tokens, const StagePlan &plan,
                                                         const Function &function) {
  std::vector<std::string> inputs;
  std::vector<std::string> needed = fieldsReadBy(function, *plan.data);
  auto isIn = [](const std::vector<std::string> &names, const std::string &name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  bool areFields = std::all_of(entry.inputs.begin(), entry.inputs.end(),
                               [&](const std::string &name) { return plan.data->field(name) || isIn(plan.data->texts, name) || isIn(tokens, name); });
  for (const std::string &name : needed) // where an input is no field, that is the mistake
    if (areFields && !isIn(entry.inputs, name))
      declared.report(Diag::DeployInput, entry.span, "`" + entry.name + "` needs the field `" + name + "`, which is not among its inputs")
          .help = "write " + entry.name + "(" + name + ", …)";
  for (size_t i = 0; i < entry.inputs.size(); ++i) {
    bool isKnown = plan.data->field(entry.inputs[i]) || isIn(tokens, entry.inputs[i]);
    if (isIn(needed, entry.inputs[i])) {
      inputs.push_back(entry.inputs[i]);
      continue;
    }
    std::string near = isKnown ? "" : nearest(entry.inputs[i], needed);
    declared.report(Diag::DeployInput, entry.inputSpans[i],
                    isKnown ? "input `" + entry.inputs[i] + "` has no effect on what `" + entry.name + "` gives"
                            : "data `" + plan.ast->data + "` has no field `" + entry.inputs[i] + "`" +
                                  (near.empty() ? "" : "; did you mean `" + near + "`?"))
        .help = isKnown || !near.empty() || needed.empty() ? "" : "`" + entry.name + "` needs `" + needed.front() + "`" + (needed.size() > 1 ? ", …" : "");
  }
  return inputs;
}

}  // namespace tl
