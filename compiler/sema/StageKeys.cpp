// The keys of a stage and its phases: which are given, given twice, or missing, and what the names in them mean.
#include "compiler/sema/StageChecks.h"
#include "runtime/data/Facts.h"
#include "runtime/data/UnseenClasses.h"
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
bool isKeyOfPhases(Kind kind) { return std::find(std::begin(keysOfPhases), std::end(keysOfPhases), slotOf(kind)) != std::end(keysOfPhases); }

void reportMissing(const Declared &declared, const ast::Stage &stage, Kind kind) {
  auto choices = [&](ast::Definition::Kind wanted) {
    std::string names;
    for (const auto &[name, definition] : declared.library.allDefinitions())
      if (definition->kind == wanted)
        names += (names.empty() ? ": `" : ", `") + name + "`";
    return names.empty() ? " your own" : names;
  };
  declared.report(Diag::KeyMissing, stage.span, "stage `" + stage.name + "` has no `" + keyOf(kind) + "`")
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
    else if (isKeyOfPhases(rule.kind))
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
}

} // namespace

void StageChecks::collectRules(StagePlan &plan) {
  const ast::Stage &stage = *plan.ast;
  Keys keys(declared);
  for (const ast::Rule &rule : stage.rules)
    if (!isTreeRule(rule.kind) && rule.kind != Kind::Adapt)
      keys.take(rule);
  plan.objectiveRule = keys.at(Kind::Objective);
  plan.optimizerRule = keys.at(Kind::Optimizer);
  plan.batchRule = keys.at(Kind::Batch);
  plan.keepBest = keys.at(Kind::KeepBest);
  plan.average = keys.at(Kind::Average);
  for (Kind kind : {Kind::Objective, Kind::Optimizer, Kind::Batch})
    if (!keys.at(kind))
      reportMissing(declared, stage, kind);
  if (plan.batchRule)
    checkBatch(*plan.batchRule, plan.batch);
  if (const ast::Rule *accumulate = keys.at(Kind::Accumulate))
    checkBatch(*accumulate, plan.accumulate);
  plan.storesGradients = draft.storesGradients || plan.accumulate > 1;
  draft.program.stages[size_t(plan.index)].batch = plan.batch;
  draft.program.stages[size_t(plan.index)].accumulate = plan.accumulate;

  for (const ast::Phase &phase : stage.phases) {
    for (const PhasePlan &other : plan.phases)
      if (other.name == phase.name)
        declared.report(Diag::DeclaredTwice, phase.span, "phase `" + phase.name + "` is declared twice")
            .notes.push_back({other.span, "`" + phase.name + "` stands here first"});
    plan.phases.push_back(phaseOf(declared, stage, &phase, keys));
  }
  if (stage.phases.empty())
    plan.phases.push_back(phaseOf(declared, stage, nullptr, keys));
  checkUsed(declared, plan, keys);

  // Watched quantities are measured by every step of the stage.
  if (plan.keepBest)
    plan.watched.push_back(&*plan.keepBest->watched);
  for (const PhasePlan &phase : plan.phases)
    if (phase.stopEarly)
      plan.watched.push_back(&*phase.stopEarly->watched);
  for (const ast::Tune &tune : files.script().tunes)
    if (tune.stage == stage.name)
      for (const ast::Tune::Goal &goal : tune.goals)
        plan.watched.push_back(&goal.watched);
}

void StageChecks::checkBatch(const ast::Rule &rule, int64_t &into) {
  std::string key = "`" + std::string(keyOf(rule.kind)) + "`";
  if (rule.value->kind == ast::Expr::Kind::Name && declared.library.params.count(rule.value->text)) {
    declared.report(Diag::BatchSize, rule.value->span,
                    key + " is part of the compiled code, and `" + rule.value->text + "` is known only when the program starts")
        .help = "declare it as a dim: dim " + rule.value->text + " = 64";
    return;
  }
  std::optional<int64_t> size = declared.integer(*rule.value, key);
  if (size && *size < 1)
    declared.report(Diag::BatchSize, rule.value->span, key + " is " + std::to_string(*size) + "; a step needs a record");
  else if (size && *size > 1'000'000'000)
    declared.report(Diag::BatchSize, rule.value->span, key + " is " + std::to_string(*size) + "; at most 1000000000 are possible");
  else if (size)
    into = *size;
}

/// That a phase draws its records by a class that each has one of, as the files say it.
void StageChecks::checkSampling(const StagePlan &plan, const ast::Rule &rule) {
  const std::string &name = rule.value->text, of = "`" + plan.ast->data + "." + name + "`";
  const abi::Field *field = plan.data->field(name);
  if (!field) {
    std::vector<std::string> known;
    for (const abi::Field &each : plan.data->facts->fields)
      known.push_back(each.name);
    std::string near = nearest(name, known);
    declared.report(Diag::FieldMissing, rule.value->span, "data `" + plan.ast->data + "` has no field `" + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
    return;
  }
  if (plan.hidesLabels()) {
    declared.report(Diag::LabelHidden, rule.value->span, of + " is not readable here: stage `" + plan.ast->name + "` is `without labels`").help = "remove `without labels`, or `sample by`";
    return;
  }
  if (field->classes == 0 || !field->shape.empty()) {
    declared.report(Diag::SampleField, rule.value->span, of + " is " + data::typeText(field->dtype, field->shape) + (field->classes ? ", several classes" : ", no class") + " of each record")
        .help = "name a field that has one class for each record, as `label` of most sources has";
    return;
  }
  if (data::isRebound(*plan.data->facts, name)) {
    declared.report(Diag::SampleField, rule.value->span, of + " is computed by the data, and records are drawn by what their files have")
        .help = "number the classes so in the files";
    return;
  }
  const std::map<int64_t, int64_t> &met = plan.data->classRecords; // of `label`, of all sources; of the records of `train` the program tells
  for (int64_t number = 0; name == "label" && !met.empty() && number < plan.data->facts->classesOf(*field); ++number)
    if (!met.contains(number)) {
      std::string shown = field->classNames.empty() ? std::to_string(number) : "`" + field->classNames[size_t(number)] + "`";
      declared.report(Diag::SampleField, rule.value->span, "no record is of class " + shown + " of " + of + ", which has " + std::to_string(plan.data->facts->classesOf(*field)) + " classes, and all are to be drawn equally often")
          .help = "leave the class out of the numbering, or bring records of it";
      return;
    }
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
  plan.objective = resolve(plan.objectiveRule, ast::Definition::Kind::Objective, "objective");
  plan.optimizer = resolve(plan.optimizerRule, ast::Definition::Kind::Optimizer, "optimizer");
  for (const PhasePlan &phase : plan.phases)
    resolve(phase.schedule, ast::Definition::Kind::Schedule, "schedule");
  std::set<const ast::Rule *> sampled; // one of the stage is of all its phases
  if (plan.data && plan.data->isSound) {
    const abi::Split *train = plan.data->split("train");
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
  return plan.model && plan.data && plan.objective && plan.optimizer && plan.batch > 0;
}

}  // namespace tl
