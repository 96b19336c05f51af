// Where a stage has a search: trials in place of one training.
#include "runtime/program/Tuning.h"
#include "runtime/abi/Turns.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/io/Units.h"
#include "runtime/program/Board.h"
#include "runtime/program/Journal.h"
#include "runtime/program/MemoryNeed.h"
#include "runtime/program/Session.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/Trainer.h"
#include "runtime/program/Trials.h"
#include "runtime/tune/Importance.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace tl::program {

using Json = nlohmann::ordered_json;

static constexpr int64_t trialsOfSmoke = 3;

static std::string goalOf(const abi::Search &search) { return search.goal.split + "." + search.goal.metric; }

/// The param that is varied; null of a dim.
static const abi::Param *paramOf(const abi::Program &program, const abi::Setting &setting) {
  auto found = std::find_if(program.params.begin(), program.params.end(), [&](const abi::Param &param) { return param.name == setting.name; });
  return found == program.params.end() ? nullptr : &*found;
}

static std::string valueText(const abi::Program &program, const abi::Setting &setting, double value) {
  const abi::Param *param = paramOf(program, setting);
  return param ? paramText(*param, value) : numberText(value);
}

/// "lr = 0.003", as a script says it.
static std::string settingText(const abi::Program &program, const abi::Setting &setting, double value) { return setting.name + " = " + valueText(program, setting, value); }

void checkVaried(const Context &context, const std::vector<const abi::Stage *> &stages) {
  for (const abi::Stage *stage : stages)
    if (const abi::Search *search = abi::searchOf(context.program, stage->name); search && context.options.profile)
      throw Error(exitUsage, "`--profile` tells of one training, and `tune " + stage->name + "` (" + search->place + ") makes many, in processes of their own; `bench " + stage->name + "` times its step");
  bool isEachSearched = std::all_of(stages.begin(), stages.end(), [&](const abi::Stage *stage) { return abi::searchOf(context.program, stage->name); });
  for (const abi::Stage *stage : stages)
    if (const abi::Search *search = abi::searchOf(context.program, stage->name); search && isEachSearched)
      for (const abi::Setting &setting : search->settings)
        for (size_t i = 0; i < context.program.params.size(); ++i)
          if (context.program.params[i].name == setting.name && context.options.isParamGiven[i])
            throw Error(exitUsage, "`" + setting.name + "` is given on the command line, and `tune " + stage->name + "` varies it (" + setting.place + "); leave one of them out");
}

// ---- how many side by side

/// What a trial takes of memory beside the data, which all share: of the program that takes most.
static int64_t bytesOfTrial(const Context &context, const abi::Search &search) {
  int64_t most = 0;
  for (const Variant *variant : context.variants.reachable(context.variant, {&search})) {
    const std::vector<abi::Stage> &stages = variant->program.stages;
    most = std::max(most, bytesBesideData(context, variant->program, *std::find_if(stages.begin(), stages.end(), [&](const abi::Stage &each) { return each.name == search.stage; })));
  }
  return most;
}

static Trainings::Room roomFor(const Context &context, const abi::Stage &stage, const abi::Search &search, int64_t trials) {
  const int64_t each = bytesOfTrial(context, search), workers = search.workers > 0 ? std::min(search.workers, trials) : trials;
  const Trainings::Room room = Trainings::roomFor(context, workers, each);
  printMessage("tune " + stage.name + ": " + counted(trials, "trial") + " by " + search.proposals + (search.halving.empty() ? "" : " and " + search.halving) + ", " + std::to_string(room.places) + " side by side with " + counted(room.threads, "thread") +
               " each; a trial takes " + bytesText(each) + " beside the data" + (room.places < std::min<int64_t>(context.team.size(), workers) ? ", and more of them than there is memory for" : "") + "\n");
  return room;
}

// ---- what is said of trials

static void sayResult(const abi::Program &program, const abi::Search &search, const tune::Order &order, int64_t epochs, double value, bool isBest) {
  std::string line = "tune " + search.stage + ": trial " + std::to_string(order.job.trial) + ", epoch " + std::to_string(epochs) + "  " + (std::isnan(value) ? "diverged" : goalOf(search) + format(" %.5g", value));
  for (size_t i = 0; i < order.values.size(); ++i)
    line += "  " + settingText(program, search.settings[i], order.values[i]);
  printMessage(line + (isBest ? "  best\n" : "\n"));
}

/// Trials in columns, the best first.
static void printTable(const abi::Program &program, const abi::Search &search, const Json &trials, const std::vector<size_t> &order) {
  constexpr size_t most = 10;
  std::vector<std::vector<std::string>> rows = {{"trial", goalOf(search), "epochs"}};
  for (const abi::Setting &setting : search.settings)
    rows[0].push_back(setting.name);
  for (size_t i = 0; i < std::min(most, order.size()); ++i) {
    const Json &trial = trials[order[i]];
    rows.push_back({std::to_string(order[i]), trial["value"].is_null() ? "diverged" : format("%.5g", trial["value"].get<double>()), std::to_string(trial["epochs"].get<int64_t>())});
    for (size_t j = 0; j < search.settings.size(); ++j)
      rows.back().push_back(valueText(program, search.settings[j], trial["settings"][j].get<double>()));
  }
  std::vector<size_t> widths(rows[0].size());
  for (const auto &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  for (const auto &row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += "  " + std::string(widths[i] - row[i].size(), ' ') + row[i];
    printResult(line + "\n");
  }
  if (order.size() > most)
    printResult("  and " + std::to_string(order.size() - most) + " more, in report.html\n");
}

// ---- the search itself

namespace {

class Tuning {
public:
  Tuning(Context &context, RunFolder &run, RunLog &log, const abi::Stage &stage, const abi::Search &search)
      : context(context), run(run), log(log), stage(stage), search(search), count(context.options.smoke ? std::min(search.trials, trialsOfSmoke) : search.trials) {}

  int64_t go() {
    int64_t winner = decide();
    settle(winner);
    note(winner); // before the stage is finished, as a run that is resumed behind that asks for no search
    int64_t steps = adopt(winner);
    say(winner);
    return steps;
  }

private:
  int64_t decide();
  void settle(int64_t winner) const;
  int64_t adopt(int64_t winner);
  void note(int64_t winner);
  void say(int64_t winner) const;
  std::string trialFolder(int64_t trial) const { return run.file("tune/" + stage.name + format("/trial-%03ld", long(trial))); }

  Context &context;
  RunFolder &run;
  RunLog &log;
  const abi::Stage &stage;
  const abi::Search &search;
  const int64_t count;
  std::vector<size_t> order;            // of trials, the winner first
  std::string script, importances;      // what is said of it
  Json table = Json::array(); // by trial: its settings, the last value and after how many epochs
};

/// Returns the winner.
int64_t Tuning::decide() {
  context.records(context.data(stage.data), stage.trainSplit); // once, for all
  if (!stage.valSplit.empty())
    context.records(context.data(stage.data), stage.valSplit);
  for (const abi::Beside &beside : stage.beside)
    for (const std::string &split : {beside.trainSplit, beside.valSplit})
      if (!split.empty())
        context.records(context.data(beside.data), split);
  io::makeFolders(run.file("tune/" + stage.name));
  Trials trials(context, run, stage, search, roomFor(context, stage, search, count));
  Journal journal(run.file("tune/" + stage.name + "/trials.jsonl"), search);
  // The seed of a search is the run's; stages search apart.
  uint64_t seed = context.options.seed + (uint64_t(&stage - context.program.stages.data()) << 32);
  tune::Search decisions(context.program, search, seed, count, [&](const std::vector<double> &values) { return trials.epochs(values); });
  std::vector<tune::Order> orders; // under way, or replayed
  std::map<int64_t, tune::Order> last; // by trial, of which there is a result
  double best = INFINITY;
  int64_t replayed = 0;
  bool wasThrough = journal.isThrough();
  auto flush = [&] {
    if (!wasThrough && journal.isThrough()) {
      wasThrough = true;
      printMessage("tune " + stage.name + ": " + counted(replayed, "result") + " of the journal, going on\n");
      for (const tune::Order &order : orders)
        trials.begin(order);
    }
  };
  while (true) {
    while (std::optional<tune::Order> order = decisions.next()) {
      orders.push_back(*order);
      if (wasThrough)
        trials.begin(*order);
    }
    std::optional<tune::Job> job = decisions.awaited();
    if (!job)
      break;
    auto order = std::find_if(orders.begin(), orders.end(), [&](const tune::Order &each) { return each.job == *job; });
    std::optional<double> value = journal.replay(*order);
    int64_t epochs = job->to == tune::Job::end ? trials.epochs(order->values) : job->to;
    if (value) {
      ++replayed;
    } else {
      value = trials.valueAfter(*job);
      journal.add(*order, epochs, *value);
    }
    double score = std::isnan(*value) ? INFINITY : search.goal.higher ? -*value
                                                                      : *value;
    if (wasThrough)
      sayResult(context.program, search, *order, epochs, *value, score < best);
    best = std::min(best, score);
    while (std::ssize(table) <= job->trial)
      table.push_back(Json());
    table[size_t(job->trial)] = {{"settings", order->values}, {"epochs", epochs}, {"value", std::isfinite(*value) ? Json(*value) : Json()}};
    last.insert_or_assign(job->trial, *order);
    orders.erase(order);
    decisions.take(score);
    flush();
  }
  std::optional<int64_t> winner = decisions.winner();
  if (!winner)
    throw Error(4, "all trials of stage `" + stage.name + "` have diverged; try other bounds in `tune " + stage.name + "` (" + search.place + ")");
  // The journal may know its result where a loss of power has taken what it had come to.
  trials.begin(last.at(*winner));
  trials.valueAfter(last.at(*winner).job);
  return *winner;
}

/// What the winner has come to is of its own program, which comes to the same winner: it finds all results in the journal.
void Tuning::settle(int64_t winner) const {
  const Variant &found = context.variants.ofTrial(context.variant, search, table[size_t(winner)]["settings"].get<std::vector<double>>());
  if (&found == &context.variant)
    return;
  run.settle(found.dims);
  printMessage("tune " + stage.name + ": the winner, trial " + std::to_string(winner) + ", has " + dimsText(found.dims) + "; going on as the program with it\n");
  throw Settled{run.path()};
}

/// Makes the winner's checkpoints and what it has logged the run's own. Killed in between, it is done again: until the last checkpoint is there, the stage is not finished.
int64_t Tuning::adopt(int64_t winner) {
  const std::string from = trialFolder(winner), last = checkpoint::locate(from, stage.name, "last");
  Session session(context, stage, {});
  std::map<std::string, int64_t> before = log.commit();
  checkpoint::TrainingState state = checkpoint::load(last, stage, session.variables());
  auto save = [&](checkpoint::TrainingState &state) {
    if (auto path = checkpoint::save(run.path(), stage, session.variables(), state))
      throw Error(exitInternal, "`" + *path + "` of a trial holds a value that is not finite");
  };
  std::set<std::string> others;
  for (const auto &[name, best] : state.bests)
    others.insert(best.checkpoint);
  others.erase(checkpoint::checkpointName(stage.name, state.stepInStage));
  for (const std::string &name : others) {
    checkpoint::TrainingState best = checkpoint::load(checkpoint::checkpointFolder(from, name), stage, session.variables());
    best.logBytes = before;
    save(best);
  }
  if (!others.empty())
    state = checkpoint::load(last, stage, session.variables());
  const std::string text = io::readWhole(io::joinPath(from, "metrics.jsonl"));
  for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    Json line = Json::parse(text.substr(at, end - at)), head;
    RunLog::Values values;
    for (const auto &[key, value] : line.items())
      if (key.find('.') != std::string::npos)
        values.emplace_back(key, value.is_number() ? value.get<double>() : NAN);
      else
        head[key] = value;
    log.write(head, stage.name, line.value("step", int64_t{0}), values);
  }
  // Trials show no weights, as there are many; the winner shows those that it has come to.
  auto lastPhase = std::find_if(stage.phases.rbegin(), stage.phases.rend(), [](const abi::Phase &phase) { return phase.turn == 0; });
  showWeights(log, stage, abi::roundOf(stage, *lastPhase), session.variables(), state.stepInStage);
  state.logBytes = log.commit();
  save(state);
  Trainer::writeSummary(run, stage, state);
  return state.stepInStage;
}

/// Notes what has been found for the report, and for TensorBoard that the trials have ended.
void Tuning::note(int64_t winner) {
  std::vector<std::vector<double>> values;
  std::vector<double> scores;
  std::vector<int64_t> choices;
  for (const abi::Setting &setting : search.settings)
    choices.push_back(std::ssize(setting.values));
  for (size_t trial = 0; trial < table.size(); ++trial)
    endTrial(trialFolder(int64_t(trial)), search, table[trial]["epochs"], table[trial]["value"].is_null() ? NAN : table[trial]["value"].get<double>());
  for (const Json &trial : table) {
    values.push_back(trial["settings"]);
    bool isKnown = !trial["value"].is_null();
    scores.push_back(!isKnown ? INFINITY : (search.goal.higher ? -1 : 1) * trial["value"].get<double>());
  }
  order.resize(scores.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  auto key = [&](size_t trial) { return std::tuple(int64_t(trial) != winner, !std::isfinite(scores[trial]), -table[trial]["epochs"].get<int64_t>(), scores[trial], trial); };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
  std::vector<double> shares = tune::importance(values, choices, scores);
  Json settings = Json::array();
  for (size_t i = 0; i < search.settings.size(); ++i) {
    const abi::Setting &setting = search.settings[i];
    settings.push_back({{"name", setting.name}, {"low", setting.low}, {"high", setting.high}, {"log", setting.isLog}, {"values", setting.values}, {"importance", shares[i]}});
    script += std::string(i ? ";  " : "") + (paramOf(context.program, setting) ? "param " : "dim ") + settingText(context.program, setting, values[size_t(winner)][i]);
    importances += (i ? ", " : "") + setting.name + format(" %.2f", shares[i]);
  }
  run.updateSummary("tune", stage.name, {{"goal", goalOf(search)}, {"higher", search.goal.higher}, {"winner", winner}, {"script", script}, {"settings", settings}, {"trials", table}});
}

void Tuning::say(int64_t winner) const {
  if (context.options.json)
    return;
  printResult("tune " + stage.name + ": " + counted(count, "trial") + ", the winner is trial " + std::to_string(winner) + ", in " + trialFolder(winner) + " and as " + stage.name + ".tuned\n");
  printTable(context.program, search, table, order);
  printResult("  importance, the share of the variance of ranks that a setting explains alone: " + importances + "\n");
  printResult("  " + script + "\n");
}

} // namespace

int64_t tuneStage(Context &context, RunFolder &run, RunLog &log, const abi::Stage &stage, const abi::Search &search) { return Tuning(context, run, log, stage, search).go(); }

} // namespace tl::program
