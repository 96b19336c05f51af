// A stage in the descriptor: its variables, its phases, what it watches.
#include "compiler/sema/StageDescription.h"
#include "compiler/values/KeptRows.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <cmath>

namespace tl {

using Kind = ast::Rule::Kind;

void StageDescription::variables(StagePlan &plan) {
  abi::Stage &stage = draft.program.stages[size_t(plan.index)];
  auto add = [&](const std::string &path, const std::string &kind, const TensorType &type, const std::string &role,
                 ast::Span span) -> abi::Variable & {
    abi::Variable &variable = stage.variables.emplace_back();
    variable.path = path;
    variable.kind = kind;
    variable.dtype = nameOf(type.dtype);
    variable.shape = type.shape;
    variable.role = role;
    variable.place = declared.place(span);
    variable.vocabulary = plan.vocabularyOf(path);
    return variable;
  };
  // Fitted values come first, the same in every stage of the data: a fit that uses another one's result finds it at
  // the same offset whichever stage is active. Those of data beside it have functions of the stage's own.
  for (size_t on = 0; on <= plan.beside.size(); ++on)
    for (const FitPlan &fit : plan.dataOf(on).fits)
      for (const std::string &path : {fit.meanPath, fit.deviationPath})
        if (!path.empty())
          add(path, "fitted", fit.type, "", plan.dataOf(on).ast->span);
  for (const TreeEntry &entry : plan.tree.entries) {
    if (!entry.isLeaf)
      continue;
    std::string role;
    for (const std::string &one : entry.roles)
      role += (role.empty() ? "" : " ") + one;
    add(entry.path, entry.isWeight ? "parameter" : "buffer", entry.type, role, entry.leaf->span).of = entry.adapts;
    if (isKeptInBytes(entry.type))
      add(abi::stepsPath(entry.path), "table", stepsOf(entry.type), "", entry.leaf->span).of = entry.path;
  }
  for (const OptimizerPlan &optimizer : plan.optimizers)
    for (const TreeEntry &entry : plan.tree.entries)
      if (auto slots = optimizer.slots.find(entry.path); slots != optimizer.slots.end())
        for (const Elaborator::State &state : slots->second) {
          abi::Variable &slot = add(optimizer.slotPath(entry.path, state.name), "slot", state.type, "", state.span);
          slot.of = entry.path;
          slot.state = (optimizer.owner.empty() ? "" : optimizer.owner + "/") + state.name;
        }
  for (const TreeEntry &entry : plan.tree.entries)
    if (entry.isWeight && plan.isAveraged(entry.path))
      add(livePath(entry.path), "live", entry.type, "", plan.average->span).of = entry.path;
  for (const TreeEntry &entry : plan.tree.entries)
    if (plan.starts.contains(entry.path))
      add(startPath(entry.path), "fitted", entry.type, "", entry.leaf->span).of = entry.path;
  for (const OptimizerPlan &optimizer : plan.optimizers) {
    std::set<std::string> counters;
    for (const auto &[path, counter] : optimizer.counter)
      counters.insert(counter);
    for (const std::string &counter : counters)
      add(counter, "counter", {DType::F64, {}}, "", optimizer.rule->span);
  }
  if (plan.storesGradients)
    for (const auto &[range, of, path, type] : accumulatorsOf(plan)) {
      abi::Variable &accumulator = add(path, "accumulator", type, "", plan.optimizers.front().rule->span);
      accumulator.of = of;
      accumulator.range = range;
    }
}

void StageDescription::describeLength(const PhasePlan &phase, abi::Phase &into) {
  const ast::Rule &rule = *phase.length;
  std::string what = rule.kind == Kind::Epochs ? "`epochs`" : "`steps`";
  std::optional<int64_t> length;
  if (rule.value->kind == ast::Expr::Kind::Name && declared.library.params.count(rule.value->text)) {
    for (const abi::Param &param : draft.program.params)
      if (param.name == rule.value->text) {
        usedParams.insert(param.name);
        into.epochsParam = param.name;
        length = int64_t(param.value);
        if (param.type != "int")
          declared.report(Diag::PhaseLength, rule.value->span, what + " needs a whole number; param `" + param.name + "` is " + param.type)
              .help = "declare it as param " + param.name + ": int";
        else if (!param.bounded || param.low < 1)
          declared.report(Diag::PhaseLength, rule.value->span,
                          "param `" + param.name + "` may be below 1, and a phase has at least one")
              .help = "give it a range: param " + param.name + ": int = " + std::to_string(*length) + " in [1, 1000]";
      }
  } else {
    length = declared.integer(*rule.value, what);
    if (length && *length < 1)
      declared.report(Diag::PhaseLength, rule.value->span, what + " is " + std::to_string(*length) + "; a phase has at least one");
  }
  (rule.kind == Kind::Epochs ? into.epochs : into.steps) = length.value_or(1);
}

abi::Watch StageDescription::watch(const StagePlan &plan, const ast::Rule &rule) {
  return watch(declared, plan, keyOf(rule.kind), rule.span, *rule.watched, rule.kind == Kind::StopEarly);
}

abi::Watch StageDescription::watch(const Declared &declared, const StagePlan &plan, const std::string &key, ast::Span span, const ast::Watched &watched, bool waits) {
  abi::Watch described;
  described.enabled = true;
  described.split = watched.split;
  described.place = declared.place(span);
  const DataPlan *data = plan.data; // that lacks the split, where one does
  if (const std::set<size_t> on = Measures::measuredOn(plan, watched.metric); !on.empty()) {
    auto lacking = std::find_if(on.begin(), on.end(), [&](size_t each) { return !plan.dataOf(each).split(watched.split); });
    data = &plan.dataOf(lacking == on.end() ? *on.begin() : *lacking);
  }
  const abi::Split *split = data->split(watched.split);
  if (watched.split == "test")
    declared.report(Diag::SplitMisuse, watched.span,
                    "`" + key + "` reads the `test` split of `" + data->ast->name +
                        "`; only `train` and `val` may be read before `test`")
        .help = key == "report"      ? "folds hold out `val`, a part after the other: write `val." + watched.metric + "`"
                : data->split("val") ? "write `val." + watched.metric + "`"
                                     : "split off a `val` part: split train 0.9, val 0.1 by hash";
  else if (watched.split != "train" && (watched.split != "val" || !split) && !data->hasUnreadSplit())
    declared.report(Diag::SplitMissing, watched.span,
                    "`" + key + "` watches `" + watched.split + "." + watched.metric + "`, but data `" + data->ast->name +
                        "` has no split `" + watched.split + "`" + (split ? " that a stage reads" : ""))
        .help = "split off a part: split train 0.9, val 0.1 by hash";
  bool hasPatience = false;
  for (const ast::Argument &argument : watched.arguments)
    if (argument.name == "patience") {
      hasPatience = true;
      if (!waits)
        declared.report(Diag::WatchArgument, argument.nameSpan, "`" + key + "` has no `patience`: only `stop early` waits");
      else if (std::optional<int64_t> patience = declared.integer(*argument.value, "`patience`")) {
        described.patience = *patience;
        if (*patience < 1)
          declared.report(Diag::WatchArgument, argument.value->span, "`patience` is " + std::to_string(*patience) + "; it is at least 1");
      }
    }
  if (waits && !hasPatience)
    declared.report(Diag::WatchArgument, span, "`stop early` does not say how long to wait")
        .help = "write stop early(" + watched.split + "." + watched.metric + ", patience = 2)";
  for (const abi::Metric &metric : plan.metrics) {
    bool isThis = metric.name == watched.metric || metric.name.starts_with(watched.metric + "(");
    if (!isThis || !described.metric.empty())
      continue;
    described.metric = metric.name;
    described.higher = metric.better == "higher";
    if (!metric.shape.empty() || metric.better.empty() || metric.list) {
      Diagnostic &told = declared.report(Diag::MetricDirection, watched.span,
                                         "`" + key + "` needs a number that has a better side; `" + metric.name + "` " +
                                             (metric.shape.empty() && !metric.list ? "says neither `higher is better` nor `lower is better`" : "is not a number"));
      told.help = "declare its direction: metric " + watched.metric + "(…) higher is better { … }";
      if (auto known = declared.library.definitions.find(watched.metric); known != declared.library.definitions.end())
        told.notes.push_back({known->second->span, "`" + watched.metric + "` is declared here"});
    }
    if (!metric.parts.empty() && watched.split == "train")
      declared.report(Diag::OverallValue, watched.span, "`train." + watched.metric + "` is asked for, and a stage measures what is of all records at once on `val` alone").help = "watch val." + watched.metric;
    if (metric.shape.empty() && !metric.better.empty() && !metric.counted && metric.parts.empty())
      declared.report(Diag::MetricUncounted, watched.span,
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
static std::string statsText(const StagePlan &plan, const PhasePlan &phase, size_t weight) {
  const TreeEntry &entry = plan.tree.entries[weight];
  bool hasBuffers = std::any_of(plan.tree.entries.begin(), plan.tree.entries.end(), [&](const TreeEntry &other) {
    return other.isLeaf && !other.isWeight && other.instance == entry.instance;
  });
  bool isFrozen = phase.treatments[weight].isFrozen;
  if (!hasBuffers || modeIn(plan, phase, entry.instance).updateBuffers != isFrozen)
    return "";
  return isFrozen ? "stats updating" : "stats frozen";
}

void StageDescription::phases(StagePlan &plan) {
  abi::Stage &stage = draft.program.stages[size_t(plan.index)];
  stage.metrics = plan.metrics;
  for (const auto &[name, rule] : plan.kept)
    stage.kept.push_back({name, watch(plan, *rule)});
  if (auto best = std::find_if(stage.kept.begin(), stage.kept.end(), [](const abi::Kept &kept) { return kept.name == "best"; }); best != stage.kept.end())
    std::rotate(stage.kept.begin(), best, best + 1);
  phaseTable.resize(size_t(plan.index) + 1);
  std::set<std::pair<const OptimizerPlan *, std::string>> thawed;  // what an earlier phase trained, or one whose turn is before
  for (const PhasePlan &phase : plan.phases) {
    abi::Phase &described = stage.phases.emplace_back();
    const StepPlan &step = plan.stepOf(phase);
    const OptimizerPlan &optimizer = plan.optimizerOf(phase);
    described.name = phase.name;
    described.place = declared.place(phase.span);
    described.turn = int64_t(phase.step);
    described.times = step.times;
    described.loss = step.lossName();
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
      int64_t kept = 0;
      std::string rows;
      for (const FrozenRows &each : phase.treatments[i].rows) {
        kept += each.end - each.begin;
        rows += (rows.empty() ? "rows " : ", ") + withCommas(each.begin) + " to " + withCommas(each.end - 1);
      }
      if (trains && kept > 0) {
        int64_t elements = entry.type.elements() / entry.type.shape[0] * kept;
        described.trainableCount -= elements;
        described.frozenCount += elements;
      }
      row[entry.path] = {!trains, entry.isAdapted, rate ? rateText(*rate, phase.treatments[i].power) : "", trains && kept > 0 ? rows + " frozen" : "", statsText(plan, phase, i)};
      if (!trains || !thawed.emplace(&optimizer, entry.path).second)
        continue;
      if (auto counter = optimizer.counter.find(entry.path); counter != optimizer.counter.end())
        fresh.insert(counter->second);
      if (auto slots = optimizer.slots.find(entry.path); slots != optimizer.slots.end())
        for (const Elaborator::State &state : slots->second)
          described.fresh.push_back(optimizer.slotPath(entry.path, state.name));
    }
    described.fresh.insert(described.fresh.end(), fresh.begin(), fresh.end());
  }
}

}  // namespace tl
