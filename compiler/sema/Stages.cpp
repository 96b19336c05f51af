// Stages: variables and phases; their keys are in StageKeys.cpp, what they compute in StageFunctions.cpp.
#include "compiler/sema/Checker.h"
#include "compiler/sema/Phases.h"
#include <algorithm>
#include <cmath>

namespace tl {

using Kind = ast::Rule::Kind;

void Checker::checkStage(const ast::Stage &stage, StagePlan &plan) {
  plan.ast = &stage;
  plan.index = int(draft.program.stages.size());
  abi::Stage &described = draft.program.stages.emplace_back();
  described.name = stage.name;
  described.kind = stage.isPretrain ? "pretrain" : "finetune";
  described.model = stage.model;
  described.data = stage.data;
  described.place = place(stage.span);

  checkCommandName("stage", stage.name, stage.span);

  size_t before = errorCount();
  collectRules(plan);
  bool isKnown = resolveStageNames(plan);
  updates.check(plan);
  measures.checkWatchedNames(plan);
  if (!plan.model || !plan.data || !plan.data->isSound || plan.batch <= 0)
    return;
  Function scratch;
  Elaborator elaborator(library, diagnostics, scratch);
  elaborator.scope = stage.name;
  plan.instance = elaborator.instantiate(*plan.model, "", {}, stage.modelSpan);
  if (!plan.instance)
    return;
  plan.tree = ParameterTree(*plan.instance);
  Vocabularies vocabularies(*this, draft.program.data);
  Loads(*this, vocabularies, [&](const ast::Checkpoint &checkpoint, std::string &which) {
    return earlierStage(plan, checkpoint, which);
  }).resolve(plan, described.loads);
  // What does not follow from a mistake is checked all the same, so that one run says everything.
  if (!probeStage(plan) || !isKnown)
    for (const TreeEntry &entry : plan.tree.entries)
      if (entry.isWeight)
        plan.onGradientPath.insert(entry.path);
  resolvePhases(*this, plan);
  if (!isKnown)
    return;
  resolveOptimizerSelectors(*this, plan);
  if (errorCount() == before)
    planSlots(plan);
  describeVariables(plan);
  describePhases(plan);
  if (errorCount() != before)
    return;
  functions.init(plan);
  for (size_t i = 0; i < plan.phases.size(); ++i) {
    openPhase = &draft.program.stages[size_t(plan.index)].phases[i];
    functions.step(plan, plan.phases[i], *openPhase);
  }
  openPhase = nullptr;
  for (size_t i = 0; i < plan.phases.size() && errorCount() == before; ++i)
    functions.rate(plan, plan.phases[i], draft.program.stages[size_t(plan.index)].phases[i]);
  functions.evaluate(plan);
  plan.isSound = errorCount() == before;
}

/// Runs the model and the objective once: true where they are sound, and what the loss depends on is known.
bool Checker::probeStage(StagePlan &plan) {
  size_t before = errorCount();
  Function probe;
  probe.name = plan.ast->name;
  Elaborator elaborator(library, diagnostics, probe);
  elaborator.scope = plan.ast->name;
  elaborator.maskBatch = true;
  int order = 0;
  elaborator.modeOf = [&](const Instance *instance) {
    for (TreeEntry &entry : plan.tree.entries)
      if (instance && !entry.isLeaf && entry.instance == instance && entry.order < 0)
        entry.order = order++;
    return Mode{true, true};
  };
  elaborator.onRead = [&](const Leaf &leaf, NodeId) {
    for (TreeEntry &entry : plan.tree.entries)
      if (entry.leaf == &leaf && entry.order < 0)
        entry.order = order++;
  };
  std::optional<Values> batch = fields.of(elaborator, *plan.data, plan.batch, true);
  std::optional<Metrics> metrics = batch ? measures.all(elaborator, plan, *batch, nullptr) : std::nullopt;
  if (!metrics || errorCount() != before)
    return false;  // What a body with mistakes leaves out, the sound one may use.
  plan.metrics = measures.output(elaborator, *metrics);
  plan.onGradientPath = gradientSources(probe, metrics->front().sum.node);
  Vocabularies vocabularies(*this, draft.program.data);
  vocabularies.find(plan, *plan.data->facts, probe);
  vocabularies.check(plan, draft.program.stages[size_t(plan.index)].loads);
  checkAccumulation(*this, plan, probe, metrics->front());
  std::string unused;
  int64_t count = 0;
  std::set<std::string> teaching = stoppedSources(probe, metrics->front().sum.node);
  for (const TreeEntry &entry : plan.tree.entries)
    if (entry.isWeight && !plan.onGradientPath.count(entry.path) && !teaching.count(entry.path) && ++count <= 4)
      unused += (unused.empty() ? "`" : ", `") + entry.path + "`";
  if (count)
    report(Diag::WeightUntrained, plan.objectiveRule->span,
           "the loss of stage `" + plan.ast->name + "` does not depend on " + unused + (count > 4 ? ", …" : "") + ": " +
               counted(count, "tensor") + " of `" + plan.ast->model + "` will not be trained")
        .help = "use them in `forward`, or leave them out of the model";
  return true;
}

void Checker::planSlots(StagePlan &plan) {
  const ast::Function *update = nullptr;
  for (const ast::Function &function : plan.optimizer->functions)
    if (function.name == "update")
      update = &function;
  bool counts = update && update->formals.size() > 2;
  Function scratch;
  Elaborator elaborator(library, diagnostics, scratch);
  elaborator.scope = plan.ast->name;
  std::map<std::vector<bool>, std::string> counters;  // one per distinct set of phases
  for (const TreeEntry &entry : plan.tree.entries) {
    if (!entry.isWeight)
      continue;
    std::vector<bool> trainsIn;
    bool trains = false;
    for (const PhasePlan &phase : plan.phases) {
      trainsIn.push_back(phase.trained.count(entry.path) > 0);
      trains = trains || trainsIn.back();
    }
    if (!trains)
      continue;
    if (counts)
      plan.counter[entry.path] =
          counters.try_emplace(trainsIn, "updates/" + std::to_string(counters.size())).first->second;
    size_t before = errorCount();
    std::optional<Values> arguments = updates.arguments(elaborator, plan, entry.path);
    if (!arguments)
      return;
    plan.slots[entry.path] = elaborator.states(*plan.optimizer, *arguments, entry.path, entry.type);
    if (errorCount() != before)
      return;  // Of the next parameter it would be said again.
  }
}

void Checker::describeVariables(StagePlan &plan) {
  abi::Stage &stage = draft.program.stages[size_t(plan.index)];
  auto add = [&](const std::string &path, const std::string &kind, const TensorType &type, const std::string &role,
                 ast::Span span) {
    abi::Variable variable;
    variable.path = path;
    variable.kind = kind;
    variable.dtype = nameOf(type.dtype);
    variable.shape = type.shape;
    variable.role = role;
    variable.place = place(span);
    variable.vocabulary = plan.vocabularyOf(path);
    stage.variables.push_back(std::move(variable));
  };
  // Fitted values come first, the same in every stage of the data: a fit that uses another one's result finds it at
  // the same offset whichever stage is active.
  for (const FitPlan &fit : plan.data->fits)
    for (const std::string &path : {fit.meanPath, fit.deviationPath})
      if (!path.empty())
        add(path, "fitted", fit.type, "", plan.data->ast->span);
  for (const TreeEntry &entry : plan.tree.entries) {
    if (!entry.isLeaf)
      continue;
    std::string role;
    for (const std::string &one : entry.roles)
      role += (role.empty() ? "" : " ") + one;
    add(entry.path, entry.isWeight ? "parameter" : "buffer", entry.type, role, entry.leaf->span);
  }
  for (const TreeEntry &entry : plan.tree.entries)
    if (auto slots = plan.slots.find(entry.path); slots != plan.slots.end())
      for (const Elaborator::State &state : slots->second)
        add(entry.path + "/" + state.name, "slot", state.type, "", state.span);
  std::set<std::string> counters;
  for (const auto &[path, counter] : plan.counter)
    counters.insert(counter);
  for (const std::string &counter : counters)
    add(counter, "counter", {DType::F64, {}}, "", plan.optimizerRule->span);
  if (plan.accumulate > 1)
    for (const auto &[path, type] : accumulatorsOf(plan))
      add(path, "accumulator", type, "", plan.optimizerRule->span);
}

void Checker::describeLength(const PhasePlan &phase, abi::Phase &into) {
  const ast::Rule &rule = *phase.length;
  std::string what = rule.kind == Kind::Epochs ? "`epochs`" : "`steps`";
  std::optional<int64_t> length;
  if (rule.value->kind == ast::Expr::Kind::Name && library.params.count(rule.value->text)) {
    for (const abi::Param &param : draft.program.params)
      if (param.name == rule.value->text) {
        usedParams.insert(param.name);
        into.epochsParam = param.name;
        length = int64_t(param.value);
        if (param.type != "int")
          report(Diag::PhaseLength, rule.value->span, what + " needs a whole number; param `" + param.name + "` is " + param.type)
              .help = "declare it as param " + param.name + ": int";
        else if (!param.bounded || param.low < 1)
          report(Diag::PhaseLength, rule.value->span,
                 "param `" + param.name + "` may be below 1, and a phase has at least one")
              .help = "give it a range: param " + param.name + ": int = " + std::to_string(*length) + " in [1, 1000]";
      }
  } else {
    length = integer(*rule.value, what);
    if (length && *length < 1)
      report(Diag::PhaseLength, rule.value->span, what + " is " + std::to_string(*length) + "; a phase has at least one");
  }
  (rule.kind == Kind::Epochs ? into.epochs : into.steps) = length.value_or(1);
}

abi::Watch Checker::watch(const StagePlan &plan, const ast::Rule &rule) {
  const ast::Watched &watched = *rule.watched;
  std::string key = keyOf(rule.kind);
  abi::Watch described;
  described.enabled = true;
  described.split = watched.split;
  described.place = place(rule.span);
  const abi::Split *split = plan.data->split(watched.split);
  if (watched.split == "test")
    report(Diag::SplitMisuse, watched.span,
           "`" + key + "` reads the `test` split of `" + plan.ast->data +
               "`; only `train` and `val` may be read before `test`")
        .help = split && plan.data->split("val") ? "write `val." + watched.metric + "`" : "split off a `val` part: split train 0.9, val 0.1 by hash";
  else if (watched.split != "train" && (watched.split != "val" || !split))
    report(Diag::SplitMissing, watched.span,
           "`" + key + "` watches `" + watched.split + "." + watched.metric + "`, but data `" + plan.ast->data +
               "` has no split `" + watched.split + "`" + (split ? " that a stage reads" : ""))
        .help = "split off a part: split train 0.9, val 0.1 by hash";
  bool hasPatience = false;
  for (const ast::Argument &argument : watched.arguments)
    if (argument.name == "patience") {
      hasPatience = true;
      if (rule.kind != Kind::StopEarly)
        report(Diag::WatchArgument, argument.nameSpan, "`" + key + "` has no `patience`: only `stop early` waits");
      else if (std::optional<int64_t> patience = integer(*argument.value, "`patience`")) {
        described.patience = *patience;
        if (*patience < 1)
          report(Diag::WatchArgument, argument.value->span, "`patience` is " + std::to_string(*patience) + "; it is at least 1");
      }
    }
  if (rule.kind == Kind::StopEarly && !hasPatience)
    report(Diag::WatchArgument, rule.span, "`stop early` does not say how long to wait")
        .help = "write stop early(" + watched.split + "." + watched.metric + ", patience = 2)";
  for (const abi::Metric &metric : plan.metrics) {
    bool isThis = metric.name == watched.metric || metric.name.starts_with(watched.metric + "(");
    if (!isThis || !described.metric.empty())
      continue;
    described.metric = metric.name;
    described.higher = metric.better == "higher";
    if (!metric.shape.empty() || metric.better.empty())
      report(Diag::MetricDirection, watched.span,
             "`" + key + "` needs a number that has a better side; `" + metric.name + "` " +
                 (metric.shape.empty() ? "says neither `higher is better` nor `lower is better`" : "is not a number"))
          .help = "declare its direction: metric " + watched.metric + "(…) higher is better { … }";
    else if (!metric.counted)
      report(Diag::MetricUncounted, watched.span,
             "`" + key + "` compares means, and `" + metric.name + "` is a sum without `over`")
          .help = "write it as a quotient: sum(e) over count(e)";
  }
  return described;
}

/// `0.1x`, `1e-4`, `0.1x` of a param: as a person would say it.
static std::string rateText(const ast::Rule &rule, int power) {
  char number[32] = "…";
  if (rule.value->kind == ast::Expr::Kind::Number)
    snprintf(number, sizeof number, "%g", rule.isFactor ? std::pow(rule.value->number, power) : rule.value->number);
  std::string text = rule.value->kind == ast::Expr::Kind::Name ? rule.value->text : number;
  return text + (rule.isFactor ? "x" : "");
}

/// How the buffers beside a weight are treated, where that does not follow from the weight.
std::string Checker::statsText(const StagePlan &plan, const PhasePlan &phase, size_t weight) const {
  const TreeEntry &entry = plan.tree.entries[weight];
  bool hasBuffers = std::any_of(plan.tree.entries.begin(), plan.tree.entries.end(), [&](const TreeEntry &other) {
    return other.isLeaf && !other.isWeight && other.instance == entry.instance;
  });
  bool isFrozen = phase.treatments[weight].isFrozen;
  if (!hasBuffers || modeIn(plan, phase, entry.instance).updateBuffers != isFrozen)
    return "";
  return isFrozen ? "stats updating" : "stats frozen";
}

void Checker::describePhases(StagePlan &plan) {
  abi::Stage &stage = draft.program.stages[size_t(plan.index)];
  stage.metrics = plan.metrics;
  if (plan.keepBest)
    stage.keepBest = watch(plan, *plan.keepBest);
  phaseTable.resize(size_t(plan.index) + 1);
  std::set<std::string> thawed;  // what an earlier phase trained
  for (const PhasePlan &phase : plan.phases) {
    abi::Phase &described = stage.phases.emplace_back();
    described.name = phase.name;
    described.place = place(phase.span);
    if (phase.length)
      describeLength(phase, described);
    if (phase.stopEarly)
      described.stopEarly = watch(plan, *phase.stopEarly);
    std::map<std::string, CheckedProgram::Treatment> &row = phaseTable[size_t(plan.index)].emplace_back();
    std::set<std::string> fresh;
    for (size_t i = 0; i < plan.tree.entries.size(); ++i) {
      const TreeEntry &entry = plan.tree.entries[i];
      if (!entry.isWeight)
        continue;
      bool trains = phase.trained.count(entry.path) > 0;
      (trains ? described.trainable : described.frozen).push_back(entry.path);
      (trains ? described.trainableCount : described.frozenCount) += entry.type.elements();
      const ast::Rule *rate = trains ? phase.treatments[i].rate : nullptr;
      row[entry.path] = {!trains, rate ? rateText(*rate, phase.treatments[i].power) : "", statsText(plan, phase, i)};
      if (!trains || !thawed.insert(entry.path).second)
        continue;
      if (auto counter = plan.counter.find(entry.path); counter != plan.counter.end())
        fresh.insert(counter->second);
      for (const Elaborator::State &state : plan.slots[entry.path])
        described.fresh.push_back(entry.path + "/" + state.name);
    }
    described.fresh.insert(described.fresh.end(), fresh.begin(), fresh.end());
  }
}

}  // namespace tl
