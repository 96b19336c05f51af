// Objectives and metrics bound to a stage: the model's result, its inputs and the fields of a batch find their places.
#include "compiler/stages/Measures.h"
#include "compiler/stages/HeadClasses.h"
#include "compiler/stages/Objectives.h"
#include "compiler/syntax/AstWalk.h"
#include "compiler/syntax/AstWords.h"
#include "compiler/syntax/Habits.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl {

static Metrics taken(std::vector<Elaborator::Measured> measured) {
  Metrics metrics;
  for (Elaborator::Measured &each : measured)
    metrics.push_back({std::move(each)});
  return metrics;
}

bool takesModel(const ast::Definition &definition) {
  return std::any_of(definition.formals.begin(), definition.formals.end(), [](const ast::Formal &formal) { return formal.name == "model"; });
}

static bool isLabel(const abi::Field &field) { return field.classes > 0 || field.name == "label"; }

Values Measures::visibleFields(const StagePlan &plan, const DataPlan &data, const Values &fields) const {
  Values visible = fields;
  if (plan.hidesLabels())
    for (const abi::Field &field : data.facts->fields)
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

std::optional<std::vector<Value>> Measures::modelInputs(const StagePlan &plan, const DataPlan &data, const Values &visible, ast::Span span, bool isTold) const {
  const ast::Function *forward = forwardOf(*plan.model);
  if (!forward)
    return std::nullopt;  // reported when the model was made
  std::vector<Value> inputs;
  auto isNeeded = [](const ast::Formal &formal) { return !formal.value; };
  bool isOne = std::count_if(forward->formals.begin(), forward->formals.end(), isNeeded) == 1;
  for (const ast::Formal &formal : forward->formals) {
    auto field = visible.find(formal.name);
    if (field == visible.end() && isOne && isNeeded(formal))
      field = visible.find(plainField(data));
    if (field == visible.end() && formal.value)
      break;  // It and what follows take their defaults.
    if (field == visible.end() && !isTold)
      return std::nullopt;
    if (field == visible.end()) {
      const abi::Field *hidden = data.field(formal.name);
      std::string why = hidden ? "stage `" + plan.ast->name + "` is `without labels`, which hides it"
                               : "data `" + data.ast->name + "` has no such field; it has " + fieldNames(visible);
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
bool Measures::checkKind(const Reading &reading, const ast::Definition &definition, const ast::Formal &formal, const Value &value, ast::Span span) const {
  const auto *input = std::get_if<TensorValue>(&value);
  if (!input || !isTensorType(*formal.type) || input->dtype == dtypeOf(*formal.type))
    return true;
  bool isMetric = definition.kind == ast::Definition::Kind::Metric;
  declared.report(Diag::FieldMissing, span,
                  "`" + definition.name + "` needs `" + formal.name + "`, of " + formal.type->name + ", and data `" + reading.data.ast->name +
                      "` has no field of that name; it has " + fieldNames(reading.visible))
      .help = isMetric ? "`loss` is measured in every stage; another field is given by name: `" + definition.name + "(" + formal.name + " = …)`, where one is reported"
                       : "say which field it is: `" + definition.name + "(" + formal.name + " = …)`";
  return false;
}

bool Measures::bindTensors(const StagePlan &plan, const ast::Definition &definition,
                           const std::vector<ast::Argument> &arguments, const Reading &reading, ast::Span span, Values &bound) const {
  const Values &visible = reading.visible;
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
      if (const abi::Field *raw = reading.data.field(expr.text); raw && plan.hidesLabels() && field == visible.end()) {
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
    const abi::Field *raw = reading.data.field(formal.name);
    if (field != visible.end()) {
      bound[formal.name] = field->second;
    } else if (raw && plan.hidesLabels()) {
      declared.report(Diag::LabelHidden, span,
                      "`" + definition.name + "` needs `" + formal.name + "`, which stage `" + plan.ast->name +
                          "` hides: it is `without labels`")
          .help = "remove `without labels`, or choose an objective that needs no label";
      isSound = false;
    } else if (!formal.value && nextInput < reading.inputs.size()) {
      bound[formal.name] = reading.inputs[nextInput++];
      isSound = checkKind(reading, definition, formal, bound[formal.name], span) && isSound;
    } else if (!formal.value && reading.on > 0) {
      declared.report(Diag::FieldMissing, span, "`" + definition.name + "` needs `" + formal.name + "`, and data `" + reading.data.ast->name + "` has no field of that name; it has " + fieldNames(visible))
          .help = "say which field it is: `" + definition.name + "(" + formal.name + " = …) on " + reading.data.ast->name + "`";
      isSound = false;
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
bool Measures::lacksField(const ObjectiveTerm &term, const Reading &reading) const {
  std::optional<Callee> callee = declared.calleeOf(*term.call, "objective");
  if (!callee)
    return false;
  const Library &library = declared.library;
  std::vector<std::string> fields;
  for (const auto &[name, value] : reading.visible)
    fields.push_back(name);
  for (const ast::Argument &argument : *callee->arguments) {
    const std::string &name = argument.value->text;
    if (argument.value->kind != ast::Expr::Kind::Name || name == "model" || reading.visible.count(name) || reading.data.field(name) || library.builtins->count(name) ||
        library.constants.count(name) || library.params.count(name) || library.definitions.count(name) || library.data.count(name) ||
        !nearest(name, fields).empty() || !argument.name.empty())
      continue;
    std::string others = objectivesFor(reading.inputs);
    declared.report(Diag::FieldMissing, argument.value->span,
                    "data `" + reading.data.ast->name + "` has no field `" + name + "`; it has " + fieldNames(reading.visible))
        .help = others.empty() ? "" : "objectives that need no more than that: " + others;
    return true;
  }
  return false;
}

/// Every label among `bound`, which are noted in `labels`, beside what the model gave: as other arguments, or where a measure called it itself.
bool Measures::areClassesAlike(const Reading &reading, const Values &bound, std::vector<Value> gave, std::set<std::string> *labels) const {
  std::set<NodeId> nodes;
  for (const auto &[name, value] : bound) {
    gave.push_back(value);
    if (const auto *tensor = std::get_if<TensorValue>(&value))
      nodes.insert(tensor->node);
  }
  return std::all_of(reading.data.facts->fields.begin(), reading.data.facts->fields.end(), [&](const abi::Field &field) {
    auto visible = reading.visible.find(field.name);
    const auto *tensor = visible == reading.visible.end() ? nullptr : std::get_if<TensorValue>(&visible->second);
    if (!tensor || !nodes.contains(tensor->node))
      return true;
    if (labels && field.classes > 0)
      labels->insert(field.name);
    return numbersAsHead(declared, gave, *reading.data.facts, field);
  });
}

std::optional<Metrics> Measures::objective(Elaborator &elaborator, StagePlan &plan, const ObjectiveTerm &term, const Reading &reading) const {
  std::optional<Callee> callee = declared.calleeOf(*term.call, "objective");
  if (!callee)
    return std::nullopt;
  const ast::Definition &objective = *term.objective;
  Values bound;
  const bool isGiven = std::any_of(callee->arguments->begin(), callee->arguments->end(), [](const ast::Argument &argument) { return argument.name == "model"; });
  if (takesModel(objective) && !isGiven) // else a part of it
    bound["model"] = plan.instance;
  else if (!takesModel(objective))
    for (size_t i = 0; i < reading.results->size() && i < objective.formals.size(); ++i)
      bound[objective.formals[i].name] = (*reading.results)[i];
  if (!bindTensors(plan, objective, *callee->arguments, reading, callee->span, bound))
    return std::nullopt;
  Values names = reading.visible;
  names.try_emplace("model", plan.instance); // so that a part of it can be given
  elaborator.beside = reading.beside;
  std::optional<Values> all = elaborator.bindArguments(objective, *callee->arguments, names, bound, callee->span);
  if (!all)
    return std::nullopt;
  std::vector<Value> gave;
  const auto onCall = elaborator.onCall;
  elaborator.onCall = [&](const Instance &layer, const Value &took, const Value &given) {
    if (onCall)
      onCall(layer, took, given);
    if (&layer == plan.instance.get())
      gave.push_back(given);
  };
  Metrics measured = taken(elaborator.measure(objective, *all, callee->span));
  elaborator.onCall = onCall;
  if (measured.empty() || !areClassesAlike(reading, *all, std::move(gave), reading.on == 0 ? &plan.labels : nullptr))
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

/// Those of `stop early(val.top_k, 3, patience = 2)` that have no name, in the order of what nothing else is given for.
bool Measures::bindWatched(Elaborator &elaborator, const ast::Definition &metric, const std::vector<ast::Argument> &arguments, Values &bound) const {
  size_t given = 0;
  for (const ast::Argument &argument : arguments) {
    if (!argument.name.empty())
      continue;
    auto open = std::find_if(metric.formals.begin(), metric.formals.end(), [&](const ast::Formal &formal) { return !bound.count(formal.name); });
    if (open == metric.formals.end()) {
      declared.report(Diag::ArgumentSurplus, argument.value->span, "`" + metric.name + "` takes " + counted(int64_t(given), "argument") + " here, and `stop early` itself only `patience`");
      return false;
    }
    std::optional<Value> value = elaborator.evaluate(*argument.value, {});
    if (!value)
      return false;
    bound[open->name] = *value;
    ++given;
  }
  return true;
}

std::optional<Measured> Measures::metric(Elaborator &elaborator, StagePlan &plan,
                                         const std::string &name, ast::Span span,
                                         const std::vector<ast::Argument> &arguments, const Reading &reading) const {
  const ast::Definition *metric = declared.lookup(name, ast::Definition::Kind::Metric, span);
  if (!metric)
    return std::nullopt;
  Values bound;
  if (asksModel(name))
    bound["model"] = plan.instance;
  for (size_t i = 0; !asksModel(name) && i < reading.results->size() && i < metric->formals.size(); ++i)
    bound[metric->formals[i].name] = (*reading.results)[i];
  static const std::vector<ast::Argument> none;
  bool isWatched = false;  // `stop early(val.top_k, k = 3, patience = 2)`: patience is not the metric's
  for (const ast::Argument &argument : arguments)
    isWatched = isWatched || argument.name == "patience";
  if (isWatched)
    for (const ast::Argument &argument : arguments) {
      if (argument.name == "patience" || argument.name.empty())
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
  if (!bindTensors(plan, *metric, passed, reading, span, bound) || (isWatched && !bindWatched(elaborator, *metric, arguments, bound)))
    return std::nullopt;
  elaborator.beside = reading.beside;
  std::optional<Values> all = elaborator.bindArguments(*metric, passed, reading.visible, bound, span);
  if (!all)
    return std::nullopt;
  Metrics measured = taken(elaborator.measure(*metric, *all, span));
  if (measured.empty() || !areClassesAlike(reading, *all, {}, nullptr))
    return std::nullopt;
  measured.front().name = measureName(name, arguments);
  measured.front().better = metric->better;
  measured.front().span = span;
  return measured.front();
}

static bool isMetric(const Library &library, const std::string &name) {
  auto known = library.definitions.find(name);
  return known != library.definitions.end() && known->second->kind == ast::Definition::Kind::Metric;
}

/// A total is made of its terms, whether or not they are asked for.
static void addTermsAside(const Metrics &measured, Metrics &chosen) {
  auto isNamed = [](const std::string &name) { return [&name](const Measured &metric) { return metric.name == name; }; };
  for (size_t i = 0, asked = chosen.size(); i < asked; ++i)
    for (const Measured::Term &term : std::vector<Measured::Term>(chosen[i].terms))
      if (std::none_of(chosen.begin(), chosen.end(), isNamed(term.name))) {
        chosen.push_back(*std::find_if(measured.begin(), measured.end(), isNamed(term.name)));
        chosen.back().isAside = true;
      }
}

/// An objective has been given what it takes, and what it makes, such as `loss`, takes nothing more; false after an error.
bool Measures::checkAlone(const std::string &name, const std::vector<ast::Argument> &arguments) const {
  const bool hasPatience = std::any_of(arguments.begin(), arguments.end(), [](const ast::Argument &argument) { return argument.name == "patience"; });
  for (const ast::Argument &argument : arguments) {
    if (argument.name == "patience")
      continue;
    const bool isNamed = !argument.name.empty();
    declared.report(isNamed ? Diag::ArgumentUnknown : Diag::ArgumentSurplus, isNamed ? argument.nameSpan : argument.value->span, "`" + name + "` " + (isNamed ? "has no parameter `" + argument.name + "`" : "takes 0 arguments"))
        .help = hasPatience ? "leave it out: `patience` is all that stands beside `" + name + "`" : "leave it out: `" + name + "` stands alone";
    return false;
  }
  return true;
}

std::optional<Metrics> Measures::all(Elaborator &elaborator, const Function &function, StagePlan &plan, const Batches &batches,
                                     const std::vector<ast::Report> *reports, const StepPlan *step) const {
  elaborator.startOf = [&plan](const std::string &path) { return plan.startOf(path); };
  std::optional<Readings> readings = readingsOf(plan, batches);
  if (!readings)
    return std::nullopt;
  Reading &first = readings->begin()->second;
  std::optional<Metrics> measured = Metrics();
  if (!plan.hasObjectives() || plan.steps.empty()) { // of what has none, mistakes of the model are told all the same
    const bool hasRun = run(elaborator, plan, first);
    if (!plan.hasObjectives() || !hasRun)
      return std::nullopt;
  }
  bool areAsked = !reports || std::any_of(reports->begin(), reports->end(), [&](const ast::Report &wanted) { return isOfObjectives(plan, wanted.name); });
  for (const StepPlan &each : plan.steps) {
    if ((step && step != &each) || !areAsked)
      continue;
    for (const ObjectiveTerm &term : each.terms)
      if (auto reading = readings->find(term.on); reading != readings->end() && lacksField(term, reading->second))
        return std::nullopt;
    std::optional<Metrics> own = this->step(elaborator, function, plan, each, *readings, !reports);
    if (!own)
      return std::nullopt;
    measured->insert(measured->end(), own->begin(), own->end());
  }

  bool isSound = true;
  auto want = [&](const std::string &name, ast::Span at, const std::vector<ast::Argument> &arguments) {
    std::string full = measureName(name, arguments);
    if (isOfObjectives(plan, name) && !isMetric(declared.library, name) && !checkAlone(name, arguments)) {
      isSound = false;
      return full;
    }
    for (const Measured &metric : *measured)
      if (metric.name == full)
        return full;
    if (const bool isElsewhere = !measuredOn(plan, full).empty(); isElsewhere && !reports) // of other records, and not these
      return full;
    else if (isElsewhere && !isMetric(declared.library, name)) {
      reportElsewhere(plan, full, at, first.data);
      isSound = false;
      return full;
    }
    if (name == "loss")
      checkName(plan, name, at);
    // An objective that calls the model itself has run it already; equal nodes are merged later.
    std::optional<Measured> metric;
    if (name != "loss" && (asksModel(name) || run(elaborator, plan, first)))
      metric = this->metric(elaborator, plan, name, at, arguments, first);
    if (metric)
      measured->push_back(*metric);
    else
      isSound = false;
    return full;
  };
  const bool isOwn = batches.contains(0);
  if (!reports) {
    for (const ast::Watched *watched : plan.watched)
      if (isOwn && (!step || plan.steps.size() == 1 || (step == &plan.steps.front() && !isOfObjectives(plan, watched->metric))))
        want(watched->metric, watched->span, watched->arguments);
    elaborator.beside.clear();
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
  addTermsAside(*measured, chosen);
  elaborator.beside.clear();
  return isSound ? std::optional<Metrics>(chosen) : std::nullopt;
}

bool Measures::asksModel(const std::string &metric) const {
  return isMetric(declared.library, metric) && !declared.library.definitions.at(metric)->formals.empty() && declared.library.definitions.at(metric)->formals.front().name == "model";
}

std::optional<Metrics> Measures::ofModel(Elaborator &elaborator, StagePlan &plan, const Values &fields, const std::vector<ast::Report> &reports) const {
  elaborator.startOf = [&plan](const std::string &path) { return plan.startOf(path); };
  Metrics all;
  const Reading reading{*plan.data, 0, "", fields};
  for (const ast::Report &wanted : reports)
    if (std::optional<Measured> metric = this->metric(elaborator, plan, wanted.name, wanted.span, wanted.arguments, reading))
      all.push_back(*metric);
  return all.size() == reports.size() ? std::optional<Metrics>(all) : std::nullopt;
}

}  // namespace tl
