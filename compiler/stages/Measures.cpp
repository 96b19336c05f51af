// Objectives and metrics bound to a stage: the model's result, its inputs and the fields of a batch find their places.
#include "compiler/stages/Measures.h"
#include "compiler/stages/Objectives.h"
#include "compiler/syntax/AstWalk.h"
#include "compiler/syntax/AstWords.h"
#include "compiler/syntax/Habits.h"
#include <algorithm>

namespace tl {

static Metrics taken(std::vector<Elaborator::Measured> measured) {
  Metrics metrics;
  for (Elaborator::Measured &each : measured)
    metrics.push_back({std::move(each)});
  return metrics;
}

static bool isLabel(const abi::Field &field) { return field.classes > 0 || field.name == "label"; }

Values Measures::visibleFields(const StagePlan &plan, const Values &fields) const {
  Values visible = fields;
  if (plan.hidesLabels())
    for (const abi::Field &field : plan.data->facts->fields)
      if (isLabel(field))
        visible.erase(field.name);
  return visible;
}

static std::string fieldNames(const Values &visible) {
  std::string names;
  for (const auto &[name, value] : visible)
    if (std::holds_alternative<TensorValue>(value))
      names += (names.empty() ? "`" : ", `") + name + "`";
  return names.empty() ? "no fields" : names;
}

static const ast::Function *forwardOf(const ast::Definition &model) {
  for (const ast::Function &function : model.functions)
    if (function.name == "forward")
      return &function;
  return nullptr;
}

std::optional<std::vector<Value>> Measures::modelInputs(const StagePlan &plan, const Values &visible, ast::Span span) const {
  const ast::Function *forward = forwardOf(*plan.model);
  if (!forward)
    return std::nullopt;  // reported when the model was made
  std::vector<Value> inputs;
  auto isNeeded = [](const ast::Formal &formal) { return !formal.value; };
  bool isOne = std::count_if(forward->formals.begin(), forward->formals.end(), isNeeded) == 1;
  for (const ast::Formal &formal : forward->formals) {
    auto field = visible.find(formal.name);
    if (field == visible.end() && isOne && isNeeded(formal))
      field = visible.find(plainField(*plan.data));
    if (field == visible.end() && formal.value)
      break;  // It and what follows take their defaults.
    if (field == visible.end()) {
      const abi::Field *hidden = plan.data->field(formal.name);
      std::string why = hidden ? "stage `" + plan.ast->name + "` is `without labels`, which hides it"
                               : "data `" + plan.data->ast->name + "` has no such field; it has " + fieldNames(visible);
      std::string instead = habit(Habit::Name, formal.name);
      Diagnostic &told = declared.report(Diag::ModelInput, instead.empty() ? span : formal.span, "model `" + plan.model->name + "` reads `" + formal.name + "`, but " + why);
      told.help = instead;
      if (instead.empty())
        told.notes.push_back({formal.span, "`" + formal.name + "` is declared here"});
      return std::nullopt;
    }
    inputs.push_back(field->second);
  }
  return inputs;
}

/// What the model reads stands in for a field of another name, unless it is of another kind: then that field is what is missing.
bool Measures::checkKind(const StagePlan &plan, const ast::Definition &definition, const ast::Formal &formal, const Value &value,
                         const Values &visible, ast::Span span) const {
  const auto *input = std::get_if<TensorValue>(&value);
  if (!input || !isTensorType(*formal.type) || input->dtype == dtypeOf(*formal.type))
    return true;
  bool isMetric = definition.kind == ast::Definition::Kind::Metric;
  declared.report(Diag::FieldMissing, span,
                  "`" + definition.name + "` needs `" + formal.name + "`, of " + formal.type->name + ", and data `" + plan.data->ast->name +
                      "` has no field of that name; it has " + fieldNames(visible))
      .help = isMetric ? "`loss` is measured in every stage; another field is given by name: `" + definition.name + "(" + formal.name + " = …)`, where one is reported"
                       : "say which field it is: `" + definition.name + "(" + formal.name + " = …)`";
  return false;
}

bool Measures::bindTensors(const StagePlan &plan, const ast::Definition &definition,
                           const std::vector<ast::Argument> &arguments, const Values &visible,
                           const std::vector<Value> &inputs, ast::Span span, Values &bound) const {
  size_t given = 0;  // positional arguments made of fields: they fill tensor formals
  std::set<std::string> named;
  bool isSound = true;
  for (const ast::Argument &argument : arguments) {
    bool mentionsField = false;
    eachExpr(*argument.value, [&](const ast::Expr &expr) {
      if (expr.kind != ast::Expr::Kind::Name)
        return;
      auto field = visible.find(expr.text);
      mentionsField = mentionsField || (field != visible.end() && std::holds_alternative<TensorValue>(field->second));
      if (const abi::Field *raw = plan.data->field(expr.text); raw && plan.hidesLabels() && field == visible.end()) {
        declared.report(Diag::LabelHidden, expr.span,
                        "`" + expr.text + "` is not readable here: stage `" + plan.ast->name + "` is `without labels`")
            .help = "remove `without labels`, or choose an objective that needs no label";
        isSound = false;
      }
    });
    if (!argument.name.empty())
      named.insert(argument.name);
    else if (mentionsField)
      ++given;
  }
  if (!isSound)
    return false;
  size_t nextInput = 0;
  for (const ast::Formal &formal : definition.formals) {
    if (bound.count(formal.name) || named.count(formal.name) || !formal.type || !formal.type->hasDims)
      continue;
    if (given > 0) {
      --given;
      continue;
    }
    auto field = visible.find(formal.name);
    const abi::Field *raw = plan.data->field(formal.name);
    if (field != visible.end()) {
      bound[formal.name] = field->second;
    } else if (raw && plan.hidesLabels()) {
      declared.report(Diag::LabelHidden, span,
                      "`" + definition.name + "` needs `" + formal.name + "`, which stage `" + plan.ast->name +
                          "` hides: it is `without labels`")
          .help = "remove `without labels`, or choose an objective that needs no label";
      isSound = false;
    } else if (!formal.value && nextInput < inputs.size()) {
      bound[formal.name] = inputs[nextInput++];
      isSound = checkKind(plan, definition, formal, bound[formal.name], visible, span) && isSound;
    }
  }
  return isSound;
}

/// The objectives at hand that need nothing but the model and what it reads: "`causal_lm`, `masked_lm`".
std::string Measures::objectivesFor(const std::vector<Value> &inputs) const {
  auto *input = inputs.empty() ? nullptr : std::get_if<TensorValue>(&inputs[0]);
  std::string type = input && input->dtype == DType::I32 ? "tokens" : "f32", names;
  for (auto &[name, definition] : declared.library.allDefinitions()) {
    bool takesModel = false, reads = false, fits = definition->kind == ast::Definition::Kind::Objective;
    for (const ast::Formal &formal : definition->formals) {
      takesModel = takesModel || formal.name == "model";
      reads = reads || (formal.type && formal.type->hasDims);
      fits = fits && (formal.value || !formal.type || formal.type->name == type);
    }
    if (fits && takesModel && reads) // what reads no record is a term beside others
      names += (names.empty() ? "`" : ", `") + name + "`";
  }
  return names;
}

/// An argument that nothing has the name of is a field that the data lacks: then the objective is another one's, and what the
/// model would be given says nothing.
bool Measures::lacksField(const StagePlan &plan, const ObjectiveTerm &term, const Values &visible, const std::vector<Value> &inputs) const {
  std::optional<Callee> callee = declared.calleeOf(*term.call, "objective");
  if (!callee)
    return false;
  const Library &library = declared.library;
  std::vector<std::string> fields;
  for (const auto &[name, value] : visible)
    fields.push_back(name);
  for (const ast::Argument &argument : *callee->arguments) {
    const std::string &name = argument.value->text;
    if (argument.value->kind != ast::Expr::Kind::Name || name == "model" || visible.count(name) || plan.data->field(name) || library.builtins->count(name) ||
        library.constants.count(name) || library.params.count(name) || library.definitions.count(name) || library.data.count(name) ||
        !nearest(name, fields).empty() || !argument.name.empty())
      continue;
    std::string others = objectivesFor(inputs);
    declared.report(Diag::FieldMissing, argument.value->span,
                    "data `" + plan.data->ast->name + "` has no field `" + name + "`; it has " + fieldNames(visible))
        .help = others.empty() ? "" : "objectives that need no more than that: " + others;
    return true;
  }
  return false;
}

std::optional<Metrics> Measures::objective(Elaborator &elaborator, StagePlan &plan, const ObjectiveTerm &term, const Values &visible,
                                           const std::vector<Value> &inputs,
                                           const std::optional<std::vector<Value>> &results) const {
  std::optional<Callee> callee = declared.calleeOf(*term.call, "objective");
  if (!callee)
    return std::nullopt;
  const ast::Definition &objective = *term.objective;
  Values bound;
  if (!results)
    bound["model"] = plan.instance;
  else
    for (size_t i = 0; i < results->size() && i < objective.formals.size(); ++i)
      bound[objective.formals[i].name] = (*results)[i];
  if (!bindTensors(plan, objective, *callee->arguments, visible, inputs, callee->span, bound))
    return std::nullopt;
  Values names = visible;
  names.try_emplace("model", plan.instance); // so that a part of it can be given
  std::optional<Values> all = elaborator.bindArguments(objective, *callee->arguments, names, bound, callee->span);
  if (!all)
    return std::nullopt;
  Metrics measured = taken(elaborator.measure(objective, *all, callee->span));
  if (measured.empty())
    return std::nullopt;
  for (Measured &metric : measured) {
    const ast::Definition *known = declared.library.definition(metric.name, objective.span.file);
    if (metric.name == "loss")
      metric.better = "lower";
    else if (metric.better.empty() && known && known->kind == ast::Definition::Kind::Metric)
      metric.better = known->better;
  }
  return measured;
}

bool Measures::isOfObjectives(const StagePlan &plan, const std::string &name) {
  for (const StepPlan &step : plan.steps) {
    if (name == step.lossName())
      return true;
    for (const ObjectiveTerm &term : step.terms)
      if (!term.objective || (step.isSum() && name == term.name) || std::any_of(term.called.begin(), term.called.end(), [&](const auto &called) { return called.second == name; }))
        return true; // what is missing may have had it
  }
  return false;
}

void Measures::checkName(const StagePlan &plan, const std::string &name, ast::Span span) const {
  if (isOfObjectives(plan, name))
    return;
  if (name != "loss") {
    declared.lookup(name, ast::Definition::Kind::Metric, span);
    return;
  }
  if (plan.steps.empty()) {
    declared.report(Diag::KeyMissing, span, "stage `" + plan.ast->name + "` has no `objective` that says what `loss` is").help = "write one in it: objective cross_entropy(label)";
    return;
  }
  std::string losses;
  for (const StepPlan &step : plan.steps)
    losses += (losses.empty() ? "`" : ", `") + step.name + "`";
  declared.report(Diag::PhaseTurns, span, "stage `" + plan.ast->name + "` has a loss for each of the phases that take turns, and none is called `loss`").help = "name one of them: " + losses;
}

void Measures::checkWatchedNames(const StagePlan &plan) const {
  for (const ast::Watched *watched : plan.watched)
    checkName(plan, watched->metric, watched->span);
}

std::string measureName(const std::string &name, const std::vector<ast::Argument> &arguments) {
  std::string inside;
  for (const ast::Argument &argument : arguments) {
    if (argument.name == "patience")
      continue;
    char number[32] = "…";
    if (argument.value->kind == ast::Expr::Kind::Number)
      snprintf(number, sizeof number, "%g", argument.value->number);
    std::string text = argument.value->kind == ast::Expr::Kind::Name ? argument.value->text : number;
    inside += (inside.empty() ? "" : ", ") + (argument.name.empty() ? "" : argument.name + " = ") + text;
  }
  return inside.empty() ? name : name + "(" + inside + ")";
}

std::optional<Measured> Measures::metric(Elaborator &elaborator, StagePlan &plan,
                                         const std::string &name, ast::Span span,
                                         const std::vector<ast::Argument> &arguments,
                                         const Values &visible, const std::vector<Value> &inputs,
                                         const std::vector<Value> &results) const {
  const ast::Definition *metric = declared.lookup(name, ast::Definition::Kind::Metric, span);
  if (!metric)
    return std::nullopt;
  Values bound;
  if (asksModel(name))
    bound["model"] = plan.instance;
  for (size_t i = 0; !asksModel(name) && i < results.size() && i < metric->formals.size(); ++i)
    bound[metric->formals[i].name] = results[i];
  static const std::vector<ast::Argument> none;
  bool isWatched = false;  // `stop early(val.top_k, k = 3, patience = 2)`: patience is not the metric's
  for (const ast::Argument &argument : arguments)
    isWatched = isWatched || argument.name == "patience";
  if (isWatched)
    for (const ast::Argument &argument : arguments) {
      if (argument.name == "patience")
        continue;
      bool exists = false;
      for (const ast::Formal &formal : metric->formals)
        exists = exists || formal.name == argument.name;
      if (!exists) {
        declared.report(Diag::WatchArgument, argument.value->span,
                        "`" + name + "` has no argument `" + argument.name + "`, and `stop early` itself only `patience`");
        return std::nullopt;
      }
      if (std::optional<Value> value = elaborator.evaluate(*argument.value, {}))
        bound[argument.name] = *value;
    }
  const std::vector<ast::Argument> &passed = isWatched ? none : arguments;
  if (!bindTensors(plan, *metric, passed, visible, inputs, span, bound))
    return std::nullopt;
  std::optional<Values> all = elaborator.bindArguments(*metric, passed, visible, bound, span);
  if (!all)
    return std::nullopt;
  Metrics measured = taken(elaborator.measure(*metric, *all, span));
  if (measured.empty())
    return std::nullopt;
  measured.front().name = measureName(name, arguments);
  measured.front().better = metric->better;
  measured.front().span = span;
  return measured.front();
}

std::optional<Metrics> Measures::all(Elaborator &elaborator, const Function &function, StagePlan &plan, const Values &fields,
                                     const std::vector<ast::Report> *reports, const StepPlan *step) const {
  elaborator.startOf = [&plan](const std::string &path) { return plan.startOf(path); };
  Values visible = visibleFields(plan, fields);
  ast::Span span = plan.ast->modelSpan;
  std::optional<std::vector<Value>> inputs = modelInputs(plan, visible, span);
  if (!inputs)
    return std::nullopt;
  if (!plan.hasObjectives()) { // Said already; the model's own mistakes are said in the same run.
    elaborator.forward(*plan.instance, *inputs, span);
    return std::nullopt;
  }
  std::optional<std::vector<Value>> results;
  auto runModel = [&]() -> const std::vector<Value> * {
    if (!results)
      results = elaborator.forward(*plan.instance, *inputs, span);
    return results ? &*results : nullptr;
  };
  std::optional<Metrics> measured = Metrics();
  if (plan.steps.empty() && !runModel()) // of what has no objective, mistakes are told all the same
    return std::nullopt;
  bool areAsked = !reports || std::any_of(reports->begin(), reports->end(), [&](const ast::Report &wanted) { return isOfObjectives(plan, wanted.name); });
  for (const StepPlan &each : plan.steps) {
    if ((step && step != &each) || !areAsked)
      continue;
    for (const ObjectiveTerm &term : each.terms)
      if (lacksField(plan, term, visible, *inputs))
        return std::nullopt;
    std::optional<Metrics> own = this->step(elaborator, function, plan, each, visible, *inputs, runModel);
    if (!own)
      return std::nullopt;
    measured->insert(measured->end(), own->begin(), own->end());
  }

  bool isSound = true;
  auto want = [&](const std::string &name, ast::Span at, const std::vector<ast::Argument> &arguments) {
    std::string full = measureName(name, arguments);
    for (const Measured &metric : *measured)
      if (metric.name == full)
        return full;
    if (name == "loss")
      checkName(plan, name, at);
    // An objective that calls the model itself has run it already; equal nodes are merged later.
    std::optional<Measured> metric;
    if (name != "loss" && (asksModel(name) || runModel()))
      metric = this->metric(elaborator, plan, name, at, arguments, visible, *inputs, results.value_or(std::vector<Value>()));
    if (metric)
      measured->push_back(*metric);
    else
      isSound = false;
    return full;
  };
  if (!reports) {
    for (const ast::Watched *watched : plan.watched)
      if (!step || plan.steps.size() == 1 || (step == &plan.steps.front() && !isOfObjectives(plan, watched->metric)))
        want(watched->metric, watched->span, watched->arguments);
    return isSound ? measured : std::nullopt;
  }
  Metrics chosen;
  for (const ast::Report &wanted : *reports) {
    std::string full = want(wanted.name, wanted.span, wanted.arguments);
    for (const Measured &metric : *measured)
      if (metric.name == full) {
        chosen.push_back(metric);
        chosen.back().span = wanted.span;
      }
  }
  return isSound ? std::optional<Metrics>(chosen) : std::nullopt;
}

bool Measures::asksModel(const std::string &metric) const {
  auto known = declared.library.definitions.find(metric);
  return known != declared.library.definitions.end() && known->second->kind == ast::Definition::Kind::Metric && !known->second->formals.empty() &&
         known->second->formals.front().name == "model";
}

std::optional<Metrics> Measures::ofModel(Elaborator &elaborator, StagePlan &plan, const Values &fields, const std::vector<ast::Report> &reports) const {
  elaborator.startOf = [&plan](const std::string &path) { return plan.startOf(path); };
  Metrics all;
  for (const ast::Report &wanted : reports)
    if (std::optional<Measured> metric = this->metric(elaborator, plan, wanted.name, wanted.span, wanted.arguments, fields, {}, {}))
      all.push_back(*metric);
  return all.size() == reports.size() ? std::optional<Metrics>(all) : std::nullopt;
}

}  // namespace tl
