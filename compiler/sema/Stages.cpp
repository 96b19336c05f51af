// Stages: their keys, names, phases and variables; what they compute is in StageFunctions.cpp.
#include "compiler/sema/Checker.h"
#include <algorithm>
#include <cmath>

namespace tl {

using Kind = ast::Rule::Kind;

size_t Checker::errorCount() const {
  size_t errors = 0;
  for (const auto &diagnostic : diagnostics.all())
    errors += std::string(severityOf(diagnostic->kind)) == "error";
  return errors;
}

void Checker::checkStage(const ast::Stage &stage, StagePlan &plan) {
  plan.ast = &stage;
  plan.index = int(out->program.stages.size());
  abi::Stage &described = out->program.stages.emplace_back();
  described.name = stage.name;
  described.kind = stage.isPretrain ? "pretrain" : "finetune";
  described.model = stage.model;
  described.data = stage.data;
  described.place = place(stage.span);

  size_t before = errorCount();
  collectRules(plan);
  bool isKnown = resolveStageNames(plan);
  if (!isKnown || !plan.data->isSound)
    return;
  Function scratch;
  Elaborator elaborator(library, diagnostics, scratch);
  elaborator.scope = stage.name;
  plan.instance = elaborator.instantiate(*plan.model, "", {}, stage.modelSpan);
  if (!plan.instance)
    return;
  plan.tree = ParameterTree(*plan.instance);
  resolveWeights(plan);
  size_t beforeProbe = errorCount();
  probeStage(plan);
  if (errorCount() != beforeProbe)
    return;
  resolvePhases(plan);
  resolveOptimizerSelectors(plan);
  if (errorCount() == before)
    planSlots(plan);
  describeVariables(plan);
  describePhases(plan);
  if (errorCount() != before)
    return;
  buildInit(plan);
  for (size_t i = 0; i < plan.phases.size(); ++i)
    buildStep(plan, plan.phases[i], out->program.stages[size_t(plan.index)].phases[i]);
  buildEvaluate(plan);
  plan.isSound = errorCount() == before;
}

static const char *keyOf(Kind kind) {
  switch (kind) {
  case Kind::Freeze: return "freeze";
  case Kind::FreezeStats: return "freeze stats of";
  case Kind::Train: return "train";
  case Kind::Rate: return "lr";
  case Kind::Objective: return "objective";
  case Kind::Optimizer: return "optimizer";
  case Kind::Schedule: return "schedule";
  case Kind::Batch: return "batch";
  case Kind::Epochs: return "epochs";
  case Kind::Steps: return "steps";
  case Kind::Accumulate: return "accumulate";
  case Kind::ClipNorm: return "clip norm";
  case Kind::StopEarly: return "stop early";
  case Kind::KeepBest: return "keep best";
  }
  return "";
}

static bool isTreeRule(Kind kind) {
  return kind == Kind::Freeze || kind == Kind::FreezeStats || kind == Kind::Train || kind == Kind::Rate;
}

/// `epochs` and `steps` are two spellings of one key: how long.
static Kind slotOf(Kind kind) { return kind == Kind::Steps ? Kind::Epochs : kind; }

void Checker::collectRules(StagePlan &plan) {
  const ast::Stage &stage = *plan.ast;
  std::map<Kind, const ast::Rule *> keys;
  auto take = [&](const ast::Rule &rule, std::map<Kind, const ast::Rule *> &into) {
    auto [known, isNew] = into.try_emplace(slotOf(rule.kind), &rule);
    if (!isNew)
      report(Diag::KeyTwice, rule.span,
             rule.kind == known->second->kind
                 ? "`" + std::string(keyOf(rule.kind)) + "` is given twice"
                 : "`epochs` and `steps` are both given: a phase has one length")
          .notes.push_back({known->second->span, "`" + std::string(keyOf(known->second->kind)) + "` stands here first"});
  };
  for (const ast::Rule &rule : stage.rules)
    if (!isTreeRule(rule.kind))
      take(rule, keys);
  auto keyed = [&](Kind kind) { return keys.count(kind) ? keys[kind] : nullptr; };
  plan.objectiveRule = keyed(Kind::Objective);
  plan.optimizerRule = keyed(Kind::Optimizer);
  plan.keepBest = keyed(Kind::KeepBest);
  for (Kind kind : {Kind::Objective, Kind::Optimizer, Kind::Batch})
    if (!keyed(kind))
      report(Diag::KeyMissing, stage.span, "stage `" + stage.name + "` has no `" + keyOf(kind) + "`")
          .help = kind == Kind::Batch       ? "say how many records make a step: batch 64"
                  : kind == Kind::Objective ? "say what is made small: objective cross_entropy(label)"
                                            : "say how weights move: optimizer Adam(1e-3)";
  if (keyed(Kind::Batch))
    checkBatch(plan, keyed(Kind::Batch));
  if (const ast::Rule *accumulate = keyed(Kind::Accumulate))
    report(Diag::KeyPlace, accumulate->span, "`accumulate` is not a key of this version: one step is one batch")
        .help = "write the whole batch after `batch`";

  auto collect = [&](const ast::Phase *phase) {
    PhasePlan &made = plan.phases.emplace_back();
    made.ast = phase;
    made.name = phase ? phase->name : "main";
    made.span = phase ? phase->span : stage.span;
    for (const ast::Rule &rule : stage.rules)
      if (isTreeRule(rule.kind))
        made.rules.push_back(&rule);
    std::map<Kind, const ast::Rule *> own;
    if (phase)
      for (const ast::Rule &rule : phase->rules) {
        if (isTreeRule(rule.kind))
          made.rules.push_back(&rule);
        else if (rule.kind == Kind::Epochs || rule.kind == Kind::Steps || rule.kind == Kind::Schedule ||
                 rule.kind == Kind::ClipNorm || rule.kind == Kind::StopEarly)
          take(rule, own);
        else
          report(Diag::KeyPlace, rule.span,
                 "`" + std::string(keyOf(rule.kind)) + "` belongs to the stage `" + stage.name +
                     "`: it is the same in all its phases");
      }
    auto pick = [&](Kind kind) { return own.count(kind) ? own[kind] : keyed(kind); };
    made.length = pick(Kind::Epochs);
    made.schedule = pick(Kind::Schedule);
    made.clip = pick(Kind::ClipNorm);
    made.stopEarly = pick(Kind::StopEarly);
    if (!made.length)
      report(Diag::KeyMissing, made.span,
             (phase ? "phase `" + phase->name + "`" : "stage `" + stage.name + "`") + " has no length")
          .help = "say how long it trains: epochs 10, or steps 1000";
  };
  for (const ast::Phase &phase : stage.phases) {
    for (const PhasePlan &other : plan.phases)
      if (other.name == phase.name)
        report(Diag::DeclaredTwice, phase.span, "phase `" + phase.name + "` is declared twice")
            .notes.push_back({other.span, "`" + phase.name + "` stands here first"});
    collect(&phase);
  }
  if (stage.phases.empty())
    collect(nullptr);

  for (Kind kind : {Kind::Epochs, Kind::Schedule, Kind::ClipNorm, Kind::StopEarly}) {
    bool isUsed = !keyed(kind);
    for (const PhasePlan &phase : plan.phases)
      for (const ast::Rule *rule : {phase.length, phase.schedule, phase.clip, phase.stopEarly})
        isUsed = isUsed || rule == keyed(kind);
    if (!isUsed)
      report(Diag::RuleOverridden, keyed(kind)->span,
             "`" + std::string(keyOf(keyed(kind)->kind)) + "` has no effect: every phase gives its own");
  }
  // Watched quantities are measured by every step of the stage.
  if (plan.keepBest)
    plan.watched.push_back(&*plan.keepBest->watched);
  for (const PhasePlan &phase : plan.phases)
    if (phase.stopEarly)
      plan.watched.push_back(&*phase.stopEarly->watched);
}

void Checker::checkBatch(StagePlan &plan, const ast::Rule *batch) {
  if (batch->value->kind == ast::Expr::Kind::Name && library.params.count(batch->value->text)) {
    report(Diag::BatchSize, batch->value->span,
           "`batch` is part of the compiled code, and `" + batch->value->text + "` is known only when the program starts")
        .help = "declare it as a dim: dim " + batch->value->text + " = 64";
    return;
  }
  std::optional<int64_t> size = integer(*batch->value, "`batch`");
  if (!size)
    return;
  if (*size < 1)
    report(Diag::BatchSize, batch->value->span, "`batch` is " + std::to_string(*size) + "; a step needs a record");
  else
    plan.batch = *size;
  out->program.stages[size_t(plan.index)].batch = *size;
}

bool Checker::resolveStageNames(StagePlan &plan) {
  const ast::Stage &stage = *plan.ast;
  abi::Stage &described = out->program.stages[size_t(plan.index)];
  plan.model = lookup(stage.model, ast::Definition::Kind::Model, stage.modelSpan);
  std::vector<std::string> known;
  for (DataPlan &data : datas) {
    known.push_back(data.ast->name);
    if (data.ast->name == stage.data)
      plan.data = &data;
  }
  if (!plan.data) {
    std::string near = nearest(stage.data, known);
    report(Diag::DataMissing, stage.dataSpan,
           "there is no data `" + stage.data + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"))
        .help = known.empty() ? "declare it: data " + stage.data + " { source train … }" : "";
  } else {
    plan.data->isUsed = true;
  }
  auto resolve = [&](const ast::Rule *rule, ast::Definition::Kind kind, const char *what) -> const ast::Definition * {
    std::optional<Callee> callee = rule ? calleeOf(*rule->value, what) : std::nullopt;
    return callee ? lookup(callee->name, kind, callee->span) : nullptr;
  };
  plan.objective = resolve(plan.objectiveRule, ast::Definition::Kind::Objective, "objective");
  plan.optimizer = resolve(plan.optimizerRule, ast::Definition::Kind::Optimizer, "optimizer");
  for (const PhasePlan &phase : plan.phases)
    resolve(phase.schedule, ast::Definition::Kind::Schedule, "schedule");
  if (plan.data && plan.data->isSound) {
    const abi::Split *train = plan.data->split("train");
    if (!train) {
      report(Diag::SplitMissing, stage.dataSpan, "data `" + stage.data + "` has no split `train` to train on")
          .notes.push_back({plan.data->ast->span, "`" + stage.data + "` is declared here"});
      return false;
    }
    described.trainSplit = "train";
    described.valSplit = plan.data->split("val") ? "val" : "";
    int64_t records = plan.data->recordsIn(*train);
    bool isWhole = train->from == 0 && train->to == 1;
    if (plan.batch > records)
      report(Diag::BatchSize, stage.span,
             "`batch " + std::to_string(plan.batch) + "` is larger than the `train` split of `" + stage.data +
                 "`, which has " + (isWhole ? "" : "about ") + counted(records, "record"))
          .help = "write a batch of at most " + std::to_string(records);
  }
  return plan.model && plan.data && plan.objective && plan.optimizer && plan.batch > 0;
}

/// The weights that the loss depends on by a path that gradients can take.
static std::set<std::string> gradientSources(const Function &function, NodeId loss) {
  std::set<std::string> found;
  std::vector<bool> seen(function.nodes.size(), false);
  std::vector<NodeId> open = {loss};
  while (!open.empty()) {
    NodeId id = open.back();
    open.pop_back();
    const Node &node = function.nodes[size_t(id)];
    bool isReal = node.type.dtype == DType::F32 || node.type.dtype == DType::F64;
    if (seen[size_t(id)] || !isReal || node.op == Op::StopGradient || node.op == Op::Floor || node.op == Op::Sign)
      continue;
    seen[size_t(id)] = true;
    if (node.op == Op::Read)
      found.insert(node.attributes.name);
    open.insert(open.end(), node.operands.begin(), node.operands.end());
  }
  return found;
}

void Checker::probeStage(StagePlan &plan) {
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
  std::optional<Values> fields = fieldsOf(elaborator, *plan.data, plan.batch, true);
  std::optional<Metrics> metrics = fields ? measureAll(elaborator, plan, *fields, nullptr) : std::nullopt;
  if (!metrics)
    return;
  plan.metrics = outputMetrics(elaborator, *metrics);
  plan.onGradientPath = gradientSources(probe, metrics->front().sum.node);
  std::string unused;
  int64_t count = 0;
  for (const TreeEntry &entry : plan.tree.entries)
    if (entry.isWeight && !plan.onGradientPath.count(entry.path) && ++count <= 4)
      unused += (unused.empty() ? "`" : ", `") + entry.path + "`";
  if (count)
    report(Diag::WeightUntrained, plan.objectiveRule->span,
           "the loss of stage `" + plan.ast->name + "` does not depend on " + unused + (count > 4 ? ", …" : "") + ": " +
               counted(count, "tensor") + " of `" + plan.ast->model + "` will not be trained")
        .help = "use them in `forward`, or leave them out of the model";
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
    std::optional<Values> arguments = optimizerArguments(elaborator, plan, entry.path);
    if (!arguments)
      return;
    plan.slots[entry.path] = elaborator.states(*plan.optimizer, *arguments, entry.type);
  }
}

void Checker::describeVariables(StagePlan &plan) {
  abi::Stage &stage = out->program.stages[size_t(plan.index)];
  auto add = [&](const std::string &path, const std::string &kind, const TensorType &type, const std::string &role,
                 ast::Span span) {
    abi::Variable variable;
    variable.path = path;
    variable.kind = kind;
    variable.dtype = nameOf(type.dtype);
    variable.shape = type.shape;
    variable.role = role;
    variable.place = place(span);
    stage.variables.push_back(std::move(variable));
  };
  // Fitted values come first, the same in every stage of the data: a fit that uses another one's result finds it at
  // the same offset whichever stage is active.
  for (const FitPlan &fit : plan.data->fits)
    for (const std::string &path : {fit.meanPath, fit.deviationPath})
      if (!path.empty())
        add(path, "fitted", {DType::F32, {}}, "", plan.data->ast->span);
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
}

void Checker::describeLength(const PhasePlan &phase, abi::Phase &into) {
  const ast::Rule &rule = *phase.length;
  std::string what = rule.kind == Kind::Epochs ? "`epochs`" : "`steps`";
  std::optional<int64_t> length;
  if (rule.value->kind == ast::Expr::Kind::Name && library.params.count(rule.value->text)) {
    for (const abi::Param &param : out->program.params)
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
  }
  return described;
}

/// `0.1x`, `1e-4`, `0.1x` of a param: as a person would say it.
static std::string rateText(const ast::Rule &rule) {
  char number[32] = "…";
  if (rule.value->kind == ast::Expr::Kind::Number)
    snprintf(number, sizeof number, "%g", rule.value->number);
  std::string text = rule.value->kind == ast::Expr::Kind::Name ? rule.value->text : number;
  return text + (rule.isFactor ? "x" : "");
}

void Checker::describePhases(StagePlan &plan) {
  abi::Stage &stage = out->program.stages[size_t(plan.index)];
  stage.metrics = plan.metrics;
  if (plan.keepBest)
    stage.keepBest = watch(plan, *plan.keepBest);
  out->phaseTable.resize(size_t(plan.index) + 1);
  std::set<std::string> thawed;  // what an earlier phase trained
  for (const PhasePlan &phase : plan.phases) {
    abi::Phase &described = stage.phases.emplace_back();
    described.name = phase.name;
    described.place = place(phase.span);
    if (phase.length)
      describeLength(phase, described);
    if (phase.clip && phase.clip->value->kind == ast::Expr::Kind::Number && phase.clip->value->number <= 0)
      report(Diag::ClipNorm, phase.clip->value->span, "`clip norm` must be above 0, or nothing would move");
    if (phase.stopEarly)
      described.stopEarly = watch(plan, *phase.stopEarly);
    std::map<std::string, CheckedProgram::Treatment> &row = out->phaseTable[size_t(plan.index)].emplace_back();
    std::set<std::string> fresh;
    for (size_t i = 0; i < plan.tree.entries.size(); ++i) {
      const TreeEntry &entry = plan.tree.entries[i];
      if (!entry.isWeight)
        continue;
      bool trains = phase.trained.count(entry.path) > 0;
      (trains ? described.trainable : described.frozen).push_back(entry.path);
      (trains ? described.trainableCount : described.frozenCount) += entry.type.elements();
      const ast::Rule *rate = trains ? phase.treatments[i].rate : nullptr;
      row[entry.path] = {!trains, rate ? rateText(*rate) : ""};
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
