// The keys of a stage and its phases: which are given, given twice, or missing, and what the names in them mean.
#include "compiler/sema/StageChecks.h"
#include "runtime/data/Facts.h"
#include "runtime/data/UnseenClasses.h"
#include "runtime/io/Format.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl {

using Kind = ast::Rule::Kind;

static bool isTreeRule(Kind kind) {
  return kind == Kind::Freeze || kind == Kind::FreezeStats || kind == Kind::Train || kind == Kind::Rate;
}

/// `epochs` and `steps` are two spellings of one key: how long.
static Kind slotOf(Kind kind) { return kind == Kind::Steps ? Kind::Epochs : kind; }

namespace {

/// The lines of a stage or a phase that stand there once, by what they are a key of.
class Keys {
public:
  explicit Keys(const Declared &declared) : declared(declared) {}

  void take(const ast::Rule &rule) {
    auto [known, isNew] = rules.try_emplace(slotOf(rule.kind), &rule);
    if (!isNew)
      declared.report(Diag::KeyTwice, rule.span,
                      rule.kind == known->second->kind
                          ? "`" + std::string(keyOf(rule.kind)) + "` is given twice"
                          : "`epochs` and `steps` are both given: a phase has one length")
          .notes.push_back({known->second->span, "`" + std::string(keyOf(known->second->kind)) + "` stands here first"});
  }

  /// Null where it is not given.
  const ast::Rule *at(Kind kind) const {
    auto known = rules.find(kind);
    return known == rules.end() ? nullptr : known->second;
  }

private:
  const Declared &declared;
  std::map<Kind, const ast::Rule *> rules;
};

constexpr Kind keysOfPhases[] = {Kind::Epochs, Kind::Schedule, Kind::ClipNorm, Kind::StopEarly, Kind::SampleBy};
constexpr Kind keysOfTurns[] = {Kind::Objective, Kind::Optimizer, Kind::Schedule, Kind::ClipNorm, Kind::Epochs};
template <size_t size> bool isOneOf(const Kind (&kinds)[size], Kind kind) { return std::find(std::begin(kinds), std::end(kinds), slotOf(kind)) != std::end(kinds); }

void reportMissing(const Declared &declared, const ast::Stage &stage, Kind kind, const StepPlan *step = nullptr) {
  auto choices = [&](ast::Definition::Kind wanted) {
    std::string names;
    for (const auto &[name, definition] : declared.library.allDefinitions())
      if (definition->kind == wanted)
        names += (names.empty() ? ": `" : ", `") + name + "`";
    return names.empty() ? " your own" : names;
  };
  bool isOfStep = step && step->ast;
  declared.report(Diag::KeyMissing, isOfStep ? step->span : stage.span, (isOfStep ? "phase `" + step->name : "stage `" + stage.name) + "` has no `" + keyOf(kind) + "`")
      .help = kind == Kind::Batch       ? "say how many records make a step: batch 64"
              : kind == Kind::Objective ? "say what is made small, with one of" + choices(ast::Definition::Kind::Objective)
                                        : "say how weights move, with one of" + choices(ast::Definition::Kind::Optimizer);
}

/// A phase with its own lines and those of the stage; null: the one phase of a stage without phases.
PhasePlan phaseOf(const Declared &declared, const ast::Stage &stage, const ast::Phase *phase, const Keys &ofStage) {
  PhasePlan made;
  made.ast = phase;
  made.name = phase ? phase->name : "main";
  made.span = phase ? phase->span : stage.span;
  for (const ast::Rule &rule : stage.rules)
    if (isTreeRule(rule.kind))
      made.rules.push_back(&rule);
  static const std::vector<ast::Rule> none;
  Keys own(declared);
  for (const ast::Rule &rule : phase ? phase->rules : none) {
    if (isTreeRule(rule.kind))
      made.rules.push_back(&rule);
    else if (isOneOf(keysOfPhases, rule.kind))
      own.take(rule);
    else
      declared.report(Diag::KeyPlace, rule.span,
                      "`" + std::string(keyOf(rule.kind)) + "` belongs to the stage `" + stage.name + "`: it is the same in all its phases");
  }
  auto pick = [&](Kind kind) { return own.at(kind) ? own.at(kind) : ofStage.at(kind); };
  made.length = pick(Kind::Epochs);
  made.schedule = pick(Kind::Schedule);
  made.clip = pick(Kind::ClipNorm);
  made.stopEarly = pick(Kind::StopEarly);
  made.sampleBy = pick(Kind::SampleBy);
  if (!made.length)
    declared.report(Diag::KeyMissing, made.span, (phase ? "phase `" + phase->name + "`" : "stage `" + stage.name + "`") + " has no length")
        .help = "say how long it trains: epochs 10, or steps 1000";
  return made;
}

/// What the steps of a phase that takes turns make small, by its own lines and those of the stage; null: of all phases.
StepPlan stepOf(const Declared &declared, const ast::Stage &stage, const ast::Phase *phase, const Keys &ofStage, std::vector<OptimizerPlan> &optimizers) {
  StepPlan made;
  made.ast = phase;
  made.name = phase ? phase->name : "";
  made.span = phase ? phase->span : stage.span;
  static const std::vector<ast::Rule> none;
  Keys own(declared);
  for (const ast::Rule &rule : phase ? phase->rules : none)
    if (isOneOf(keysOfTurns, rule.kind))
      own.take(rule);
    else if (!isTreeRule(rule.kind))
      declared.report(Diag::KeyPlace, rule.span, "`" + std::string(keyOf(rule.kind)) + "` belongs to the stage `" + stage.name + "`: phases that take turns have it in common");
  made.objectiveRule = own.at(Kind::Objective) ? own.at(Kind::Objective) : ofStage.at(Kind::Objective);
  made.schedule = own.at(Kind::Schedule);
  made.clip = own.at(Kind::ClipNorm);
  const ast::Rule *optimizer = own.at(Kind::Optimizer) ? own.at(Kind::Optimizer) : ofStage.at(Kind::Optimizer);
  auto known = std::find_if(optimizers.begin(), optimizers.end(), [&](const OptimizerPlan &each) { return each.rule == optimizer; });
  made.optimizer = size_t(known - optimizers.begin());
  if (known == optimizers.end() && optimizer)
    optimizers.push_back({optimizer, nullptr, own.at(Kind::Optimizer) ? made.name : "", {}, {}, {}});
  for (auto [kind, rule] : {std::pair(Kind::Objective, made.objectiveRule), std::pair(Kind::Optimizer, optimizer)})
    if (!rule)
      reportMissing(declared, stage, kind, &made);
  if (!phase)
    return made;
  const ast::Rule *length = own.at(Kind::Epochs);
  made.times = 1;
  if (!length || length->kind == Kind::Epochs || !length->text.empty())
    declared.report(Diag::PhaseTurns, length ? length->span : phase->span, "phase `" + phase->name + "` takes turns, and does not say for how many steps in a row").help = "steps 1";
  else if (std::optional<int64_t> number = declared.integer(*length->value, "`steps`")) {
    made.times = std::max<int64_t>(1, *number);
    if (*number < 1 || *number > 1'000'000)
      declared.report(Diag::PhaseTurns, length->value->span, "a turn has 1 to 1000000 steps, this is " + std::to_string(*number));
  }
  return made;
}

/// A phase that takes turns: what holds for all of them, its rules, its own schedule and clip.
PhasePlan inTurn(const PhasePlan &all, const StepPlan &step, size_t index) {
  PhasePlan made = all;
  made.ast = step.ast;
  made.name = step.name;
  made.span = step.span;
  made.step = index;
  for (const ast::Rule &rule : step.ast->rules)
    if (isTreeRule(rule.kind))
      made.rules.push_back(&rule);
  if (step.schedule)
    made.schedule = step.schedule;
  if (step.clip)
    made.clip = step.clip;
  return made;
}

/// Keys of the stage that every phase replaces.
void checkUsed(const Declared &declared, const StagePlan &plan, const Keys &keys) {
  for (Kind kind : keysOfPhases) {
    bool isUsed = !keys.at(kind);
    for (const PhasePlan &phase : plan.phases)
      for (const ast::Rule *rule : {phase.length, phase.schedule, phase.clip, phase.stopEarly, phase.sampleBy})
        isUsed = isUsed || rule == keys.at(kind);
    if (!isUsed)
      declared.report(Diag::RuleOverridden, keys.at(kind)->span,
                      "`" + std::string(keyOf(keys.at(kind)->kind)) + "` has no effect: every phase gives its own");
  }
  const ast::Rule *objective = keys.at(Kind::Objective), *optimizer = keys.at(Kind::Optimizer);
  bool isMeant = std::any_of(plan.steps.begin(), plan.steps.end(), [&](const StepPlan &step) { return step.objectiveRule == objective; });
  bool isMoving = std::any_of(plan.optimizers.begin(), plan.optimizers.end(), [&](const OptimizerPlan &each) { return each.rule == optimizer; });
  for (auto [rule, isUsed] : {std::pair(objective, isMeant), std::pair(optimizer, isMoving)})
    if (rule && !isUsed)
      declared.report(Diag::RuleOverridden, rule->span, "`" + std::string(keyOf(rule->kind)) + "` has no effect: every phase gives its own");
}

} // namespace

void StageChecks::collectRules(StagePlan &plan) {
  const ast::Stage &stage = *plan.ast;
  Keys keys(declared);
  for (const ast::Rule &rule : stage.rules)
    if (rule.kind == Kind::KeepBest)
      takeKept(plan, rule);
    else if (!isTreeRule(rule.kind) && rule.kind != Kind::Adapt)
      keys.take(rule);
  plan.batchRule = keys.at(Kind::Batch);
  plan.average = keys.at(Kind::Average);
  const ast::Rule *length = keys.at(Kind::Epochs);
  bool takeTurns = length && length->text == "in turn";
  if (takeTurns && stage.phases.size() < 2) {
    declared.report(Diag::PhaseTurns, length->span, "`in turn` is of two phases or more, and stage `" + stage.name + "` has " + (stage.phases.empty() ? "none" : "one")).help =
        "leave `in turn` out, or write a phase for each kind of step: phase one { freeze …;  steps 1 }";
    takeTurns = false;
  }
  for (const ast::Phase &phase : stage.phases) {
    if (takeTurns)
      plan.steps.push_back(stepOf(declared, stage, &phase, keys, plan.optimizers));
    for (const ast::Rule &rule : phase.rules)
      if (rule.text == "in turn" && !takeTurns)
        declared.report(Diag::PhaseTurns, rule.span, "`in turn` belongs to the stage, which says how long its phases take turns").help = "epochs 10 in turn, beside phases with `steps 1`";
  }
  if (!takeTurns)
    plan.steps.push_back(stepOf(declared, stage, nullptr, keys, plan.optimizers));
  if (!plan.batchRule)
    reportMissing(declared, stage, Kind::Batch);
  if (plan.batchRule)
    checkBatch(*plan.batchRule->value, keyOf(plan.batchRule->kind), plan.batch);
  if (const ast::Rule *accumulate = keys.at(Kind::Accumulate))
    checkBatch(*accumulate->value, keyOf(accumulate->kind), plan.accumulate);
  plan.precisionRule = keys.at(Kind::Precision);
  if (plan.precisionRule)
    checkPrecision(*plan.precisionRule, plan.precision);
  if (const ast::Rule *budget = keys.at(Kind::BudgetMemory))
    checkBudget(*budget, budgets[size_t(plan.index)]);
  plan.storesGradients = draft.storesGradients || plan.accumulate > 1;
  draft.program.stages[size_t(plan.index)].batch = plan.batch;
  draft.program.stages[size_t(plan.index)].accumulate = plan.accumulate;
  draft.program.stages[size_t(plan.index)].precision = nameOf(plan.precision);

  PhasePlan all;
  if (takeTurns || stage.phases.empty())
    all = phaseOf(declared, stage, nullptr, keys);
  for (const ast::Phase &phase : stage.phases) {
    for (const PhasePlan &other : plan.phases)
      if (other.name == phase.name)
        declared.report(Diag::DeclaredTwice, phase.span, "phase `" + phase.name + "` is declared twice")
            .notes.push_back({other.span, "`" + phase.name + "` stands here first"});
    plan.phases.push_back(takeTurns ? inTurn(all, plan.steps[plan.phases.size()], plan.phases.size()) : phaseOf(declared, stage, &phase, keys));
  }
  if (stage.phases.empty())
    plan.phases.push_back(all);
  checkUsed(declared, plan, keys);

  // Watched quantities are measured by every step of the stage.
  for (const auto &[name, rule] : plan.kept)
    plan.watched.push_back(&*rule->watched);
  for (const PhasePlan &phase : plan.phases)
    if (phase.stopEarly)
      plan.watched.push_back(&*phase.stopEarly->watched);
  for (const ast::Tune &tune : files.script().tunes)
    if (tune.stage == stage.name)
      for (const ast::Tune::Goal &goal : tune.goals)
        plan.watched.push_back(&goal.watched);
  for (const ast::Folds &folds : files.script().folds)
    if (folds.stage == stage.name)
      for (const ast::Watched &report : folds.reports)
        plan.watched.push_back(&report);
}

void StageChecks::takeKept(StagePlan &plan, const ast::Rule &rule) const {
  const std::string name = rule.value ? rule.value->text : "best";
  const ast::Span span = rule.value ? rule.value->span : rule.span;
  if (rule.value && (name == "best" || name == "last" || name == "tuned")) {
    declared.report(Diag::KeptName, span, name == "best" ? "`best` is the checkpoint of a `keep best` that says no name" : "`" + plan.ast->name + "." + name + "` means something else").help =
        name == "best" ? "leave `as best` out" : "give it another name: keep best(" + rule.watched->split + "." + rule.watched->metric + ") as " + (rule.watched->metric == "accuracy" ? "accurate" : "other");
    return;
  }
  auto [first, isNew] = plan.kept.try_emplace(name, &rule);
  if (isNew)
    return;
  Diagnostic &told = declared.report(Diag::KeyTwice, span, rule.value ? "two checkpoints of `" + plan.ast->name + "` are kept as `" + name + "`" : "`keep best` is given twice");
  told.notes.push_back({first->second->value ? first->second->value->span : first->second->span, (rule.value ? "`" + name + "`" : "`keep best`") + std::string(" stands here first")});
  if (!rule.value)
    told.help = "give one of them a name: keep best(" + rule.watched->split + "." + rule.watched->metric + ") as other";
}

void StageChecks::checkBatch(const ast::Expr &value, const std::string &name, int64_t &into) {
  const std::string key = "`" + name + "`";
  if (value.kind == ast::Expr::Kind::Name && declared.library.params.count(value.text)) {
    declared.report(Diag::BatchSize, value.span,
                    key + " is part of the compiled code, and `" + value.text + "` is known only when the program starts")
        .help = "declare it as a dim: dim " + value.text + " = 64";
    return;
  }
  std::optional<int64_t> size = declared.integer(value, key);
  if (size && *size < 1)
    declared.report(Diag::BatchSize, value.span, key + " is " + std::to_string(*size) + "; a step needs a record");
  else if (size && *size > 1'000'000'000)
    declared.report(Diag::BatchSize, value.span, key + " is " + std::to_string(*size) + "; at most 1000000000 are possible");
  else if (size)
    into = *size;
}

void StageChecks::checkPrecision(const ast::Rule &rule, DType &into) {
  const std::string &name = rule.value->text;
  if (name == nameOf(DType::F32) || name == nameOf(DType::BF16)) {
    into = *dtypeNamed(name);
    return;
  }
  std::string near = nearest(name, {"f32", "bf16", "bfloat16", "float32"});
  declared.report(Diag::PrecisionUnknown, rule.value->span, "`precision` is `f32` or `bf16`, not `" + name + "`")
      .help = name == "f16" || name == "half" || name == "float16" ? "write precision bf16: its range is that of f32, so no loss is scaled"
              : near == "f32" || near == "float32"                 ? "leave the line out: products are f32 where nothing is said"
                                                                   : "write precision bf16: factors are rounded to bf16, sums stay f32";
}

void StageChecks::checkBudget(const ast::Rule &rule, CheckedProgram::Budget &into) {
  static const std::pair<const char *, int64_t> units[] = {{"KiB", int64_t{1} << 10}, {"MiB", int64_t{1} << 20}, {"GiB", int64_t{1} << 30}};
  auto unit = std::find_if(std::begin(units), std::end(units), [&](auto &each) { return rule.text == each.first; });
  if (unit == std::end(units)) {
    bool isOfTen = rule.text == "KB" || rule.text == "MB" || rule.text == "GB";
    declared.report(Diag::BudgetForm, rule.value->span, rule.text.empty() ? "`budget memory` has no unit" : "`budget memory` is in `KiB`, `MiB` or `GiB`, not in `" + rule.text + "`").help =
        "write budget memory 2 " + (isOfTen ? rule.text.substr(0, 1) + "iB" : "GiB");
    return;
  }
  std::optional<double> amount = declared.number(*rule.value, "`budget memory`");
  if (!amount)
    return;
  if (!(*amount * double(unit->second) >= 1 && *amount * double(unit->second) < 1e18)) {
    declared.report(Diag::BudgetForm, rule.value->span, "`budget memory` is " + format("%g", *amount) + " " + rule.text + ", no amount of memory").help = "write budget memory 2 GiB";
    return;
  }
  into = {int64_t(*amount * double(unit->second)), rule.span};
}

/// That a step computes again what it need not keep helps nothing where variables alone take more.
void StageChecks::checkBudgetOfVariables(const StagePlan &plan) const {
  const CheckedProgram::Budget &budget = budgets[size_t(plan.index)];
  int64_t bytes = 0;
  for (const abi::Variable &variable : draft.program.stages[size_t(plan.index)].variables)
    if (variable.kind != "accumulator")
      bytes += TensorType{*dtypeNamed(variable.dtype), variable.shape}.bytes();
  if (budget.bytes > 0 && bytes > budget.bytes)
    declared.report(Diag::BudgetExceeded, budget.span, "the variables of stage `" + plan.ast->name + "`, weights and states of the optimizer, take " + bytesText(bytes) + ", and its budget is " + bytesText(budget.bytes))
        .help = "raise the budget, freeze a part of the model, or take an optimizer with fewer states";
}

bool StageChecks::resolveNames(StagePlan &plan) {
  const ast::Stage &stage = *plan.ast;
  abi::Stage &described = draft.program.stages[size_t(plan.index)];
  plan.model = declared.lookup(stage.model, ast::Definition::Kind::Model, stage.modelSpan);
  std::vector<std::string> known;
  for (DataPlan &each : data.plans) {
    known.push_back(each.ast->name);
    if (each.ast->name == stage.data)
      plan.data = &each;
  }
  if (!plan.data) {
    std::string near = nearest(stage.data, known);
    declared.report(Diag::DataMissing, stage.dataSpan,
                    "there is no data `" + stage.data + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"))
        .help = known.empty() ? "declare it: data " + stage.data + " { source train … }" : "";
  } else {
    plan.data->isUsed = true;
  }
  auto resolve = [&](const ast::Rule *rule, ast::Definition::Kind kind, const char *what) -> const ast::Definition * {
    std::optional<Callee> callee = rule ? declared.calleeOf(*rule->value, what) : std::nullopt;
    return callee ? declared.lookup(callee->name, kind, callee->span) : nullptr;
  };
  for (StepPlan &step : plan.steps) {
    auto same = std::find_if(plan.steps.begin(), plan.steps.end(), [&](const StepPlan &other) { return other.objectiveRule == step.objectiveRule; });
    if (&*same != &step)
      step.terms = same->terms; // so that mistakes are told once
    else if (step.objectiveRule)
      resolveBeside(plan, step.terms = termsOf(declared, *step.objectiveRule));
  }
  requireOwn(plan);
  nameMeasures(plan);
  for (OptimizerPlan &optimizer : plan.optimizers)
    optimizer.definition = resolve(optimizer.rule, ast::Definition::Kind::Optimizer, "optimizer");
  for (const PhasePlan &phase : plan.phases)
    resolve(phase.schedule, ast::Definition::Kind::Schedule, "schedule");
  std::set<const ast::Rule *> sampled; // one of the stage is of all its phases
  if (plan.data && plan.data->isSound) {
    const abi::Split *train = plan.data->split("train");
    if (!stage.trains()) {
      described.trainSplit = plan.data->fits.empty() ? "" : "train"; // what is fitted on it
      return plan.model && plan.hasObjectives();
    }
    if (!train) {
      declared.report(Diag::SplitMissing, stage.dataSpan, "data `" + stage.data + "` has no split `train` to train on")
          .notes.push_back({plan.data->ast->span, "`" + stage.data + "` is declared here"});
      return false;
    }
    for (const PhasePlan &phase : plan.phases)
      if (phase.sampleBy && sampled.insert(phase.sampleBy).second)
        checkSampling(plan, *phase.sampleBy);
    described.trainSplit = "train";
    described.valSplit = plan.data->split("val") ? "val" : "";
    int64_t records = plan.data->recordsIn(*train);
    bool isWhole = train->from == 0 && train->to == 1;
    if (plan.batch > records)
      declared.report(Diag::BatchSize, stage.span,
                      "`batch " + std::to_string(plan.batch) + "` is larger than the `train` split of `" + stage.data +
                          "`, which has " + (isWhole ? "" : "about ") + counted(records, "record"))
          .help = "write a batch of at most " + std::to_string(records);
  }
  bool canMove = std::all_of(plan.optimizers.begin(), plan.optimizers.end(), [](const OptimizerPlan &optimizer) { return optimizer.definition; });
  for (const StepPlan &step : plan.steps)
    canMove = canMove && step.optimizer < plan.optimizers.size();
  return plan.model && plan.data && plan.hasObjectives() && canMove && plan.batch > 0;
}

}  // namespace tl
