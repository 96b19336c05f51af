// Trains one stage. The whole position is checkpoint::TrainingState: whatever the next step depends on is in it.
#include "runtime/program/Trainer.h"
#include "runtime/abi/Turns.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/io/Units.h"
#include "runtime/program/FirstWeights.h"
#include "runtime/program/Signals.h"
#include "runtime/program/Terminal.h"

#include <algorithm>
#include <cmath>

namespace tl::program {

using Json = nlohmann::ordered_json;

static constexpr int64_t keptCheckpoints = 2;
static constexpr double secondsLost = 2; // at most, of a process that does not bring to disk what it writes

std::map<std::string, checkpoint::Real> recordedValues(const Context &context) {
  std::map<std::string, checkpoint::Real> out;
  const Options &o = context.options;
  for (size_t i = 0; i < context.program.params.size(); ++i)
    out[context.program.params[i].name] = o.params[i];
  for (const auto &[name, value] : context.variant.dims)
    out[name] = value;
  out["--max-steps"] = double(o.maxSteps);
  out["--limit-batches"] = double(o.limitBatches);
  out["--log-every"] = double(o.logEvery);
  out["--smoke"] = double(o.smoke);
  if (context.fold.of > 0) // else it would go on with the records of the script
    out["held out fold"] = double(context.fold.part);
  return out;
}

/// "" of a stage that reads no record.
static std::string dataDigest(Context &context, const abi::Stage &stage) {
  if (stage.trainSplit.empty())
    return "";
  std::string digest = context.dataset(context.data(stage.data), stage.trainSplit).digest();
  for (const abi::Beside &beside : stage.beside)
    digest += " and " + context.dataset(context.data(beside.data), beside.trainSplit).digest();
  return digest;
}

/// "digits.train", or with data beside it "digits.train and corpus.train".
static std::string trainedOn(const abi::Stage &stage) {
  std::string text = stage.data + "." + stage.trainSplit;
  for (const abi::Beside &beside : stage.beside)
    text += " and " + beside.data + "." + beside.trainSplit;
  return text;
}

static void checkData(Context &context, const RunFolder &folder, const abi::Stage &stage,
                      const checkpoint::TrainingState &state) {
  if (std::string here = dataDigest(context, stage); state.data != here)
    throw badData("cannot resume `" + folder.path() + "`: `" + trainedOn(stage) +
                  "` was data with CRC-32 " + state.data + " when it was started, and is data with CRC-32 " + here +
                  " now; set TL_DATA to the data it was started with, or start a new run with another `--out`");
}

static void prune(const RunFolder &folder, const abi::Stage &stage, const checkpoint::TrainingState &state) {
  checkpoint::prune(folder.path(), stage.name, keptCheckpoints, state);
}

checkpoint::TrainingState Trainer::firstState(Context &context, const abi::Stage &stage) {
  checkpoint::TrainingState state;
  state.program = context.program.digest;
  state.stage = stage.name;
  state.data = dataDigest(context, stage);
  state.seed = context.options.seed;
  state.params = recordedValues(context);
  return state;
}

void Trainer::revisit(Context &context, const RunFolder &folder, const abi::Stage &stage,
                      const checkpoint::TrainingState &state) {
  checkData(context, folder, stage, state);
  prune(folder, stage, state);
  writeSummary(folder, stage, state);
}

Trainer::Trainer(Context &context, const RunFolder &run, RunLog *log, const abi::Stage &stage)
    : context(context), folder(run), log(log), stage(stage), data(context.data(stage.data)),
      session(context, stage, Session::trainingFunctions(context.program, stage)), begun(now()) {}

void Trainer::prepare() {
  double begin = now();
  context.records(data, stage.trainSplit);
  std::string line = "stage " + stage.name + ": " + stage.kind + " " + stage.model + " on " +
                     withCommas(int64_t(context.records(data, stage.trainSplit).size())) + " records of " + data.name + "." +
                     stage.trainSplit;
  if (isOwnEvaluated())
    line += ", measured on " + withCommas(Evaluator::records(context, data, {stage.valSplit, stage.evaluateFunction, ""})) + " of " +
            data.name + "." + stage.valSplit;
  progress.say(line + ", batch " + std::to_string(stage.batch) +
               (stage.accumulate > 1 ? " accumulate " + std::to_string(stage.accumulate) : "") +
               (stage.precision == "f32" ? "" : ", " + stage.precision + " products") + besideText(context, stage));
  time.start += now() - begin;
}

void Trainer::run(const std::string &resumeFolder, int64_t lastStep) {
  until = lastStep;
  prepare();
  double begin = now();
  if (!resumeFolder.empty()) {
    resume(resumeFolder);
  } else {
    startStage(context, folder, stage, session, progress);
    state = firstState(context, stage);
  }
  session.scalars.setStage(stageSteps(context, stage));
  time.start += now() - begin;
  try {
    while (!hasCome(context, stage, state, until))
      runPhase();
  } catch (const Error &error) {
    if (error.exitCode != exitBadData)
      throw;
    throw badData(error.message + "; " + nextSteps());
  }
  if (state.finished)
    writeSummary(folder, stage, state);
  progress.clear();
  if (context.options.profile)
    printMessage(format("time of stage %s, in seconds: start %.2f, waiting for data %.2f, steps %.2f, evaluation %.2f, "
                        "saving %.2f\n",
                        stage.name.c_str(), time.start, time.loader, time.step, time.evaluate, time.save));
}

void Trainer::dryRun() {
  prepare();
  startStage(context, folder, stage, session, progress);
  for (const abi::Phase &phase : stage.phases)
    if (phase.turn == 0) {
      const Plan plan = planPhase(context, stage, phase);
      announce(phase, plan, samplingOf(plan, phase).get());
    }
}

void Trainer::announce(const abi::Phase &phase, const Plan &plan, const data::Sampling *sampling) {
  const std::string steps = withCommas(plan.lastStep) + (plan.lastStep < plan.steps ? " of " + withCommas(plan.steps) : "") + " steps";
  std::vector<const abi::Phase *> round = abi::roundOf(stage, phase);
  if (round.size() > 1)
    progress.say("phases of " + stage.name + ", in turn: " + steps);
  for (const abi::Phase *each : round)
    progress.say("phase " + stage.name + "/" + each->name + ": " + withCommas(each->trainableCount) + " trainable, " + withCommas(each->frozenCount) + " frozen parameters; " +
                 (round.size() > 1 ? counted(each->times, "step") + " a turn" : steps));
  if (sampling)
    progress.say("phase " + stage.name + "/" + phase.name + ": " + sampling->text());
  for (const abi::Phase *each : round)
    for (const std::string &sentence : cacheSentences(context, stage, *each))
      progress.say("phase " + stage.name + "/" + each->name + ": " + sentence);
}

void Trainer::resume(const std::string &from) {
  state = checkpoint::load(from, stage, session.variables());
  if (state.program != context.program.digest)
    throw badData("checkpoint `" + from + "` was made by a program with digest " + state.program +
                  ", this one has digest " + context.program.digest);
  if (state.seed != context.options.seed)
    throw badData("checkpoint `" + from + "` was made with seed " + std::to_string(state.seed) + ", not " +
                  std::to_string(context.options.seed));
  std::map<std::string, checkpoint::Real> values = recordedValues(context);
  values.try_emplace("held out fold", 0);
  for (const auto &[name, here] : values)
    if (double there = state.params.contains(name) ? double(state.params.at(name)) : 0; there != here)
      throw badData("checkpoint `" + from + "` was made with `" + name + "` " + numberText(there) + ", not " +
                    numberText(here));
  if (!state.finished && state.phase >= int64_t(stage.phases.size()))
    throw badData("checkpoint `" + from + "` is of phase " + std::to_string(state.phase) + ", stage `" + stage.name +
                  "` has " + std::to_string(stage.phases.size()));
  checkData(context, folder, stage, state);
  progress.say("resuming " + stage.name + " at step " + std::to_string(state.stepInStage) + " from `" + from + "`");
}

// ---- phases

static int64_t lengthOf(const Context &context, const abi::Phase &phase) {
  for (size_t i = 0; i < context.program.params.size(); ++i)
    if (!phase.epochsParam.empty() && context.program.params[i].name == phase.epochsParam)
      return std::max<int64_t>(0, int64_t(context.options.params[i]));
  return phase.steps > 0 ? phase.steps : phase.epochs;
}

Trainer::Plan Trainer::planPhase(Context &context, const abi::Stage &stage, const abi::Phase &phase) {
  const Options &o = context.options;
  int64_t batch = 1;
  bool isMeasured = false, knowsPadding = true; // a step that reads nothing has no padding
  const std::vector<const abi::Phase *> round = abi::roundOf(stage, phase);
  for (const abi::Phase *each : round) {
    Callable step = context.function(each->stepFunction);
    batch = std::max(batch, step.batch());
    isMeasured = isMeasured || each->batchStatistics;
    const bool readsNothing = std::all_of(step.about->inputs.begin(), step.about->inputs.end(), abi::isBeside); // of the stage's own data
    knowsPadding = knowsPadding && (step.input("valid") || (readsNothing && each->times > 0));
  }
  int64_t records = int64_t(context.records(context.data(stage.data), stage.trainSplit).size()), full = records / (batch * stage.accumulate);
  if (isMeasured && records < 2)
    throw badData("phase `" + stage.name + "/" + phase.name + "` takes statistics over the records of a batch, and `" + stage.data +
                  "." + stage.trainSplit + "` has " + std::to_string(records) + " record; it needs two or more");
  Plan plan;
  plan.batchesPerEpoch = data::batchesIn(records, batch, isMeasured);
  plan.stepsPerEpoch = (plan.batchesPerEpoch + stage.accumulate - 1) / stage.accumulate;
  // A step that does not know which rows are padding cannot train on a last batch that is not full.
  if (!knowsPadding && full > 0)
    plan.stepsPerEpoch = full;
  if (o.limitBatches > 0)
    plan.stepsPerEpoch = std::min(plan.stepsPerEpoch, o.limitBatches);
  int64_t length = lengthOf(context, phase);
  if (o.smoke) {
    int64_t least = std::max<int64_t>(3, abi::stepsOf(round)); // a round
    plan.stepsPerEpoch = std::min(plan.stepsPerEpoch, least);
    length = std::min<int64_t>(length, phase.steps > 0 ? least : 1);
  }
  plan.steps = phase.steps > 0 ? length : length * plan.stepsPerEpoch;
  plan.lastStep = o.maxSteps > 0 ? std::min(plan.steps, o.maxSteps) : plan.steps;
  plan.epochs = (plan.steps + plan.stepsPerEpoch - 1) / plan.stepsPerEpoch;
  return plan;
}

int64_t Trainer::stageSteps(Context &context, const abi::Stage &stage) {
  int64_t steps = 0;
  for (const abi::Phase &phase : stage.phases)
    steps += phase.turn == 0 ? planPhase(context, stage, phase).steps : 0;
  return steps;
}

bool Trainer::hasCome(Context &context, const abi::Stage &stage, const checkpoint::TrainingState &state, int64_t steps) {
  if (state.finished || state.stepInStage < steps)
    return state.finished;
  return state.loaderPosition == state.epoch * planPhase(context, stage, stage.phases[size_t(state.phase)]).batchesPerEpoch;
}

void Trainer::runPhase() {
  const abi::Phase &phase = stage.phases[state.phase];
  const Round round = roundOf(phase);
  // Every phase of every stage sees its own order of records.
  uint32_t stream = uint32_t(&stage - context.program.stages.data()) * 65536u + uint32_t(state.phase);
  CachePlan caches = CachePlan::of(context, stage, phase);
  const Plan plan = planPhase(context, stage, phase);
  const std::shared_ptr<const data::Sampling> sampling = samplingOf(plan, phase);
  Feed feed(context, session, data, Intake::ofTraining(stage, phase), caches.keepsTrain, {.shuffle = true, .stream = stream, .sampling = sampling.get()});
  validation.reset();  // first, so that the features of two phases are never held
  std::vector<AlsoMeasured> measured = measuredBeside(context, stage);
  if (isOwnEvaluated())
    measured.insert(measured.begin(), {&data, Intake::ofEvaluation(stage, phase)});
  if (!measured.empty())
    validation = std::make_unique<Evaluator>(context, session, *measured.front().data, measured.front().intake, stage.metrics, caches.keepsVal, false,
                                             std::vector<AlsoMeasured>(measured.begin() + 1, measured.end()));
  feed.seek(state.loaderPosition);
  feed.seekBeside(callsSoFar(plan));
  session.scalars.setPhase(plan.steps);
  totals = std::make_unique<MetricTotals>(stage.metrics, round.steps);
  totals->restore(state.sums);
  announce(phase, plan, sampling.get());
  if (plan.lastStep == 0) {
    advancePhase();
    save();
  }
  int64_t index = &phase - stage.phases.data();
  while (state.phase == index && !hasCome(context, stage, state, until)) {
    epochStart = now();
    epochStartStep = state.stepInPhase;
    if (!trainEpoch(phase, round, plan, feed))
      stop(stopSignal());
    endEpoch(phase, plan);
    if (stopSignal())
      stop(0);
    if (state.phase == index && state.loaderPosition != feed.position())
      feed.seek(state.loaderPosition);
  }
}

std::shared_ptr<const data::Sampling> Trainer::samplingOf(const Plan &plan, const abi::Phase &phase) {
  return program::samplingOf(context, session, stage, phase, double(plan.steps) / double(plan.stepsPerEpoch));
}

/// Calls of steps in the phase, each of which has taken a batch of data beside the stage's own: an epoch may end before all of its batches are through.
int64_t Trainer::callsSoFar(const Plan &plan) const {
  const int64_t inEpoch = std::min(plan.batchesPerEpoch, plan.stepsPerEpoch * stage.accumulate);
  return state.epoch * inEpoch + state.loaderPosition - state.epoch * plan.batchesPerEpoch;
}

ProgressPoint Trainer::pointAt(const abi::Phase &phase, const Plan &plan, int64_t epochEnd) const {
  ProgressPoint point;
  point.where = stage.name + "/" + abi::nameOf(abi::roundOf(stage, phase));
  point.epoch = state.epoch + 1, point.epochs = plan.epochs;
  point.step = state.stepInPhase, point.steps = plan.lastStep, point.epochEnd = epochEnd;
  point.batch = stage.batch * stage.accumulate;
  point.isEvaluated = validation != nullptr;
  point.evaluationSeconds = validation ? validation->secondsOfNext() : -1;
  point.metric = lastMetric;
  return point;
}

void Trainer::takeLogged(const Callable &function) {
  for (const char *name : {"gradient_norm", "learning_rate"})
    if (const abi::Port *port = function.output(name))
      logged.emplace_back(std::string("step.") + name, session.output().number(*port, 0));
}

// Before the call that ends the step under way: what only a log shows is computed from what that starts from.
void Trainer::callLogged(const abi::Phase &phase, memory::Arena input) {
  if (phase.loggedFunction.empty())
    return;
  Callable function = context.function(phase.loggedFunction);
  session.call(function, input, state.stepInStage);
  takeLogged(function);
}

Trainer::Round Trainer::roundOf(const abi::Phase &phase) const {
  Round round{abi::roundOf(stage, phase), {}, {}};
  for (const abi::Phase *each : round.phases) {
    round.steps.push_back(context.function(each->stepFunction));
    round.updates.push_back(each->updateFunction.empty() ? std::nullopt : std::optional(context.function(each->updateFunction)));
  }
  return round;
}

// Of phases that take turns the whole round is logged: else an even number would only ever see one of two.
bool Trainer::isLogged(const Round &round) const {
  int64_t steps = abi::stepsOf(round.phases), every = context.options.logEvery;
  int64_t first = state.stepInStage - state.stepInPhase % steps;
  return (first + steps) / every > first / every;
}

// One update, of as many batches as accumulate and the epoch still has. Returns the loss of all of them together.
MetricTotals::Loss Trainer::trainStep(const Round &round, const Plan &plan, Feed &feed) {
  const size_t turn = abi::turnAt(round.phases, state.stepInPhase);
  const abi::Phase &phase = *round.phases[turn];
  const Callable &step = round.steps[turn];
  const std::optional<Callable> &update = round.updates[turn];
  session.scalars.setStep(state.stepInPhase, state.stepInStage);
  int64_t left = (state.epoch + 1) * plan.batchesPerEpoch - state.loaderPosition;
  MetricTotals::Loss loss;
  bool isLogged = this->isLogged(round);
  logged.clear();
  for (int64_t i = 0; i < std::min(stage.accumulate, left); ++i) {
    double before = now();
    data::Batch batch = feed.next();
    double loaded = now();
    memory::Arena input = feed.inputFor(batch, state.stepInStage, turn);
    if (isLogged && !update)
      callLogged(phase, input);
    session.call(step, input, state.stepInStage, i);
    totals->add(session.output(), turn);
    totals->addLoss(session.output(), loss, phase.loss, turn);
    ++state.loaderPosition;
    time.loader += loaded - before;
    time.step += now() - loaded;
  }
  double begin = now();
  if (update) {
    if (isLogged)
      callLogged(phase, {});
    session.call(*update, {}, state.stepInStage);
  }
  if (isLogged)
    takeLogged(update ? *update : step);
  time.step += now() - begin;
  ++state.stepInPhase;
  ++state.stepInStage;
  return loss;
}

// False where a signal asks to stop: the state is then that after a whole step.
bool Trainer::trainEpoch(const abi::Phase &phase, const Round &round, const Plan &plan, Feed &feed) {
  const Options &o = context.options;
  int64_t end = std::min((state.epoch + 1) * plan.stepsPerEpoch, plan.lastStep);
  progress.start(state.stepInPhase);
  ProgressPoint point = pointAt(phase, plan, end);
  double made = feed.featureSeconds();
  while (state.stepInPhase < end) {
    int64_t position = state.loaderPosition;
    const abi::Phase &turn = *round.phases[abi::turnAt(round.phases, state.stepInPhase)];
    bool isLogged = this->isLogged(round);
    MetricTotals::Loss loss = trainStep(round, plan, feed);
    point.loss = loss.value();
    if (!std::isfinite(point.loss))
      diverged(turn, std::isnan(point.loss) ? "the loss is not a number" : "the loss is infinite", causeOf(loss, feed, position));
    if (isLogged) {
      logged.insert(logged.begin(), {"step." + turn.loss, point.loss});
      log->write({{"event", "step"}, {"stage", stage.name}, {"phase", abi::nameOf(round.phases)}, {"epoch", state.epoch + 1}, {"step", state.stepInStage}},
                 stage.name, state.stepInStage, logged);
    }
    point.step = state.stepInPhase;
    point.featureSeconds = feed.featureSeconds() - made;
    progress.update(point);
    if (stopSignal())
      return false;
    if (o.checkpointEvery > 0 && state.stepInStage % o.checkpointEvery == 0 && state.stepInPhase < end)
      save();
  }
  return true;
}

// ---- saving and stopping

void Trainer::save() {
  double begin = now();
  state.sums = totals->save();
  state.logBytes = log->commit();
  if (auto path = checkpoint::save(folder.path(), stage, session.variables(), state)) {
    size_t phase = std::min<size_t>(state.phase, stage.phases.size() - 1);
    diverged(stage.phases[phase], "`" + *path + "` holds a value that is not finite");
  }
  if (now() - begun > secondsLost)
    keep(); // before anything is removed
  prune(folder, stage, state);
  time.save += now() - begin;
}

// From now on the process brings to disk what it writes, and first what it has written.
void Trainer::keep() {
  if (io::isSyncing())
    return;
  io::setSyncing(true);
  io::syncTree(folder.path());
}

// How to go on from what is saved.
std::string Trainer::nextSteps() const {
  std::optional<std::string> newest = checkpoint::newest(folder.path(), stage.name);
  return "go on with `--resume=" + folder.path() + "`" +
         (newest ? " from the newest checkpoint, `" + *newest + "`" : ": nothing of stage `" + stage.name + "` is saved yet");
}

// `signal` 0: the state is saved already.
void Trainer::stop(int signal) {
  if (signal != 0)
    save();
  keep();
  progress.say("stopped at step " + std::to_string(state.stepInStage) + " of stage " + stage.name +
               ", saved; go on with `--resume=" + folder.path() + "`");
  throw Stopped{stopSignal()};
}

void Trainer::writeSummary(const RunFolder &folder, const abi::Stage &stage, const checkpoint::TrainingState &state) {
  Json json = {{"steps", state.stepInStage}};
  for (const auto &[name, value] : state.notes)
    json[name] = double(value);
  for (const abi::Kept &kept : stage.kept)
    if (auto best = state.bests.find(kept.name); best != state.bests.end())
      (kept.name == "best" ? json["best"] : json["bests"][kept.name]) = {{abi::nameOf(kept.by), double(best->second.value)}, {"checkpoint", best->second.checkpoint}};
  folder.updateSummary("stages", stage.name, json);
}

}  // namespace tl::program
