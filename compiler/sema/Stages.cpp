// One stage, from its keys to its functions; the keys are in StageKeys.cpp.
#include "compiler/sema/StageChecks.h"
#include "compiler/sema/KeptWeights.h"
#include "compiler/sema/Phases.h"
#include "compiler/sema/StageDescription.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl {

void StageChecks::check(const ast::Stage &stage) {
  StagePlan &plan = plans.emplace_back();
  plan.ast = &stage;
  plan.index = int(draft.program.stages.size());
  abi::Stage &described = draft.program.stages.emplace_back();
  budgets.emplace_back();
  described.name = stage.name;
  described.kind = stage.kind;
  described.model = stage.model;
  described.data = stage.data;
  described.place = declared.place(stage.span);

  checkCommandName(declared, draft.program, "stage", stage.name, stage.span);

  size_t before = declared.errorCount();
  stage.trains() ? collectRules(plan) : collectLoadedRules(plan);
  bool isKnown = resolveNames(plan);
  updates.check(plan);
  measures.checkWatchedNames(plan);
  if (!plan.model || !plan.data || !plan.data->isSound || plan.batch <= 0)
    return;
  Function scratch;
  Elaborator elaborator(declared.library, declared.diagnostics, scratch);
  elaborator.scope = stage.name;
  plan.instance = elaborator.instantiate(*plan.model, "", {}, stage.modelSpan);
  if (!plan.instance)
    return;
  plan.tree = ParameterTree(*plan.instance);
  Calls calls;
  if (!adaptWeights(declared, plan, [&] { return callsOf(plan, calls); }))
    return;
  const size_t beforeLoads = declared.errorCount();
  Vocabularies vocabularies(declared, draft.program.data);
  Loads(declared, vocabularies, weightFiles, [&](const ast::Checkpoint &checkpoint, std::string &which) {
    return earlierStage(plan, checkpoint, which);
  }).resolve(plan, described);
  AdapterFiles(declared, weightFiles, draft.program, plan.adaptedBy).describe(plan, described);
  if (!stage.trains() && declared.errorCount() == beforeLoads)
    checkWhollyLoaded(plan, described.loads);
  // What does not follow from a mistake is checked all the same, so that one run says everything.
  if (!probe(plan) || !isKnown)
    for (const TreeEntry &entry : plan.tree.entries)
      for (StepPlan &step : plan.steps)
        if (entry.isWeight)
          step.onGradientPath.insert(entry.path);
  resolvePhases(declared, plan);
  keepStarts(plan);
  if (stage.trains())
    checkAdaptersTrain(declared, plan);
  if (!isKnown)
    return;
  resolveOptimizerSelectors(declared, plan);
  if (declared.errorCount() == before)
    keepWeights(declared, plan, described.loads);
  if (declared.errorCount() == before)
    planSlots(plan);
  StageDescription description(declared, draft, phaseTable, usedParams);
  description.variables(plan);
  description.phases(plan);
  checkBudgetOfVariables(plan);
  if (declared.errorCount() != before)
    return;
  functions.init(plan);
  functions.start(plan);
  for (size_t i = 0; i < plan.phases.size(); ++i) {
    openPhase = &draft.program.stages[size_t(plan.index)].phases[i];
    functions.step(plan, plan.phases[i], *openPhase);
  }
  openPhase = nullptr;
  describeSampling(plan);
  if (stage.trains())
    functions.evaluate(plan);
  functions.merge(plan);
  plan.isSound = declared.errorCount() == before;
}

/// Of the weights whose first values are asked for, those that train: the others are what they were.
void StageChecks::keepStarts(StagePlan &plan) const {
  const bool isAsked = !plan.starts.empty();
  std::erase_if(plan.starts, [&](const std::string &path) { return !plan.trainsEver(path); });
  plan.areStartsKnown = true;
  if (isAsked && plan.starts.empty())
    declared.report(Diag::RuleWithoutEffect, plan.steps.front().objectiveRule->span,
                    "an objective of `" + plan.ast->name + "` asks how far weights have gone from where they began, and none of these trains")
        .help = "train some of them, or leave it out";
}

/// Runs the model and the objective for what the layers take and give.
const Calls *StageChecks::callsOf(StagePlan &plan, Calls &into) {
  if (!into.empty())
    return &into;
  size_t before = declared.errorCount();
  Function probe;
  probe.name = plan.ast->name;
  Elaborator elaborator(declared.library, declared.diagnostics, probe);
  elaborator.scope = plan.ast->name;
  elaborator.maskBatch = true;
  elaborator.modeOf = [](const Instance *) { return Mode{true, true}; };
  elaborator.onCall = [&](const Instance &layer, const Value &took, const Value &gave) {
    const auto *taken = std::get_if<TensorValue>(&took), *given = std::get_if<TensorValue>(&gave);
    if (taken && given)
      into.try_emplace(&layer, taken->type(), given->type());
  };
  std::optional<Batches> batch = fields.ofStage(elaborator, plan, true);
  bool isSound = batch && measures.all(elaborator, probe, plan, *batch, nullptr) && declared.errorCount() == before;
  return isSound ? &into : nullptr;
}

/// Runs the model and the objective once: true where they are sound, and what the loss depends on is known.
bool StageChecks::probe(StagePlan &plan) {
  size_t before = declared.errorCount();
  Function probe;
  probe.name = plan.ast->name;
  Elaborator elaborator(declared.library, declared.diagnostics, probe);
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
  std::optional<Batches> batch = fields.ofStage(elaborator, plan, true);
  std::optional<Metrics> metrics = batch ? measures.all(elaborator, probe, plan, *batch, nullptr) : std::nullopt;
  if (!metrics || declared.errorCount() != before)
    return false;  // What a body with mistakes leaves out, the sound one may use.
  if (plan.ast->trains())
    plan.metrics = measures.output(elaborator, *metrics, evaluator(plan));
  if (!checkBeside(plan, probe, *metrics))
    return false;
  std::set<std::string> reached; // by a gradient of any step, or what teaches it
  for (StepPlan &step : plan.steps) {
    auto loss = std::find_if(metrics->begin(), metrics->end(), [&](const Measured &metric) { return metric.name == step.lossName(); });
    for (size_t on = 0; on <= plan.beside.size(); ++on)
      if (std::string field = holesIn(probe, loss->sum.node, *plan.dataOf(on).facts, plan.besideName(on)); !field.empty()) {
        declared.report(Diag::HolesRead, on == 0 ? plan.ast->dataSpan : plan.beside[on - 1].name->span, "stage `" + plan.ast->name + "` reads `" + field + "` with the holes that `missing = keep` leaves in it: its loss would be NaN").help =
            "fill them in data `" + plan.dataOf(on).ast->name + "`: " + field + " = filled(" + field + ", fit = train), of std.tables";
        return false;
      }
    step.onGradientPath = gradientSources(probe, loss->sum.node);
    checkAccumulation(declared, plan, step, probe, *loss);
    for (const std::set<std::string> &paths : {step.onGradientPath, stoppedSources(probe, loss->sum.node)})
      reached.insert(paths.begin(), paths.end());
  }
  Vocabularies vocabularies(declared, draft.program.data);
  vocabularies.find(plan, *plan.data->facts, probe);
  vocabularies.check(plan, draft.program.stages[size_t(plan.index)].loads);
  std::string unused;
  int64_t count = 0;
  for (const TreeEntry &entry : plan.tree.entries)
    if (entry.isWeight && !reached.count(entry.path) && ++count <= 4)
      unused += (unused.empty() ? "`" : ", `") + entry.path + "`";
  if (count && plan.ast->trains())
    declared.report(Diag::WeightUntrained, plan.steps.front().objectiveRule->span,
                    "the loss of stage `" + plan.ast->name + "` does not depend on " + unused + (count > 4 ? ", …" : "") + ": " +
                        counted(count, "tensor") + " of `" + plan.ast->model + "` will not be trained")
        .help = "use them in `forward`, or leave them out of the model";
  return true;
}

void StageChecks::planSlots(StagePlan &plan) {
  int counted = 0;
  for (OptimizerPlan &optimizer : plan.optimizers) {
    const std::vector<ast::Function> &functions = optimizer.definition->functions;
    auto update = std::find_if(functions.begin(), functions.end(), [](const ast::Function &function) { return function.name == "update"; });
    bool counts = update != functions.end() && update->formals.size() > 2;
    Function scratch;
    Elaborator elaborator(declared.library, declared.diagnostics, scratch);
    elaborator.scope = plan.ast->name;
    std::map<std::vector<bool>, std::string> counters;  // one per distinct set of phases
    for (const TreeEntry &entry : plan.tree.entries) {
      std::vector<bool> trainsIn;
      for (const PhasePlan &phase : plan.phases)
        trainsIn.push_back(entry.isWeight && &plan.optimizerOf(phase) == &optimizer && phase.trained.count(entry.path) > 0);
      if (std::find(trainsIn.begin(), trainsIn.end(), true) == trainsIn.end())
        continue;
      if (counts) {
        auto [counter, isNew] = counters.try_emplace(trainsIn, "updates/" + std::to_string(counted));
        counted += isNew;
        optimizer.counter[entry.path] = counter->second;
      }
      size_t before = declared.errorCount();
      std::optional<Values> arguments = updates.arguments(elaborator, plan, optimizer, entry.path);
      if (!arguments)
        return;
      optimizer.slots[entry.path] = elaborator.states(*optimizer.definition, *arguments, entry.path, entry.type);
      if (declared.errorCount() != before)
        return;  // Of the next parameter it would be said again.
    }
  }
}

const StagePlan *StageChecks::trainedStage(const std::string &name, ast::Span span) const {
  std::vector<std::string> known;
  for (const StagePlan &plan : plans) {
    known.push_back(plan.ast->name);
    if (plan.ast->name != name)
      continue;
    if (plan.ast->trains())
      return &plan;
    declared.report(Diag::LoadTrains, span, "`load " + name + "` trains nothing, and a search or folds train a stage several times").help = "train it: finetune " + name + ": " + plan.ast->model + " on " + plan.ast->data;
    return nullptr;
  }
  std::string near = nearest(name, known);
  declared.report(Diag::StageMissing, span, "there is no stage `" + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
  return nullptr;
}

void StageChecks::reportUnkept(const StagePlan &plan, const ast::Checkpoint &checkpoint) const {
  std::vector<std::string> known = {"best"};
  for (const auto &[name, rule] : plan.kept)
    if (name != "best")
      known.push_back(name);
  std::string text = "`" + plan.ast->name + "` has no checkpoint `" + checkpoint.which + "`; " + (known.size() == 1 ? "a stage" : "it") + " has ", near = nearest(checkpoint.which, known);
  for (const std::string &name : known)
    text += "`" + name + "`" + (&name == &known.back() ? " and `last`" : ", ");
  Diagnostic &told = declared.report(Diag::CheckpointWhich, checkpoint.span, text);
  if (!near.empty())
    told.help = "write `" + plan.ast->name + "." + near + "`";
}

StagePlan *StageChecks::checkpointStage(const ast::Checkpoint &checkpoint, std::string &which) {
  which = checkpoint.which.empty() ? "best" : checkpoint.which;
  std::vector<std::string> known;
  for (StagePlan &plan : plans) {
    known.push_back(plan.ast->name);
    if (plan.ast->name != checkpoint.stage)
      continue;
    if (checkpoint.isTuned && !isTuned(checkpoint.stage)) {
      declared.report(Diag::CheckpointWhich, checkpoint.span, "`" + checkpoint.stage + ".tuned` is what a search has found, and no `tune " + checkpoint.stage + "` says what to try").help =
          "write `" + checkpoint.stage + "." + which + "`, or declare the search: tune " + checkpoint.stage + " { vary …;  trials 40;  minimise val.loss;  by tpe() }";
      return nullptr;
    }
    if (which != "best" && which != "last" && !plan.kept.contains(which)) {
      reportUnkept(plan, checkpoint);
      return nullptr;
    }
    if (which == "best" && !plan.kept.contains("best") && toldOfBest.insert(&plan).second)
      declared.report(Diag::BestUnkept, checkpoint.span,
                      "stage `" + checkpoint.stage + "` has no `best`: nothing in it says which checkpoint that is")
          .help = "write `" + checkpoint.stage + ".last`" +
                  (!plan.ast->trains() ? "" : ", or in the stage `keep best(" + std::string(plan.data && !plan.data->split("val") ? "train" : "val") + ".loss)`");
    return &plan;
  }
  std::string near = nearest(checkpoint.stage, known);
  Diagnostic &told = declared.report(Diag::StageMissing, checkpoint.span,
                                     "there is no stage `" + checkpoint.stage + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
  for (const StagePlan &plan : plans)
    if (plan.ast->model == checkpoint.stage)
      told.help = "`" + checkpoint.stage + "` is the model of stage `" + plan.ast->name + "`: write `" + plan.ast->name + "." + which + "`";
  return nullptr;
}

bool StageChecks::isTuned(const std::string &stage) const {
  const std::vector<ast::Tune> &tunes = files.script().tunes;
  return std::any_of(tunes.begin(), tunes.end(), [&](const ast::Tune &tune) { return tune.stage == stage; });
}

/// The stage that `plan` loads from.
const StagePlan *StageChecks::earlierStage(const StagePlan &plan, const ast::Checkpoint &checkpoint, std::string &which) {
  bool isLater = plan.ast->name == checkpoint.stage;
  for (const ast::Stage &stage : files.script().stages)
    isLater = isLater || (stage.name == checkpoint.stage &&
                          std::none_of(plans.begin(), plans.end(), [&](const StagePlan &known) { return known.ast == &stage; }));
  if (!isLater)
    return checkpointStage(checkpoint, which);
  declared.report(Diag::LoadOrder, checkpoint.span,
                  "stage `" + plan.ast->name + "` loads from `" + checkpoint.stage + "`, which is " +
                      (plan.ast->name == checkpoint.stage ? "the same stage" : "a later stage"))
      .help = "weights come from a stage that stands before `" + plan.ast->name + "`";
  return nullptr;
}

void checkCommandName(const Declared &declared, const abi::Program &program, const std::string &what, const std::string &name, ast::Span span) {
  if (name == "test" || name == "bench" || name == "export" || name == "report" || name == "lr_find")
    declared.report(Diag::StageName, span,
                    what + " `" + name + "` would hide the program's own command `./" + program.name + " " + name + "`")
        .help = "give it another name";
}

}  // namespace tl
