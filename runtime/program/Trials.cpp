// Trials of a search as processes.
#include "runtime/program/Trials.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/io/Units.h"
#include "runtime/program/Requirements.h"
#include "runtime/program/Signals.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/Trainer.h"

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tl::program {

static constexpr int exitDiverged = 4;

static int64_t epochsUntilLast(const Trainer::Plan &plan) { return (plan.lastStep + plan.stepsPerEpoch - 1) / plan.stepsPerEpoch; }

int64_t Trainer::stageEpochs(Context &context, const abi::Stage &stage) {
  int64_t epochs = 0;
  for (const abi::Phase &phase : stage.phases)
    epochs += phase.turn == 0 ? epochsUntilLast(planPhase(context, stage, phase)) : 0;
  return epochs;
}

int64_t Trainer::stepsAfter(Context &context, const abi::Stage &stage, int64_t epochs) {
  int64_t steps = 0;
  for (const abi::Phase &phase : stage.phases) {
    if (phase.turn > 0)
      continue;
    Plan plan = planPhase(context, stage, phase);
    steps += std::min(std::max<int64_t>(0, epochs) * plan.stepsPerEpoch, plan.lastStep);
    epochs -= epochsUntilLast(plan);
  }
  return steps;
}

static sigset_t childSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

Trials::Trials(Context &context, RunFolder &run, const abi::Stage &stage, const abi::Search &search, int places, int threads)
    : context(context), run(run), stage(stage), search(search), places(places), threads(threads), threadsBefore(context.team.size()) {
  context.team.resize(1);
  sigset_t set = childSignals();
  sigprocmask(SIG_BLOCK, &set, nullptr); // waited for with a timeout, so that a signal that asks to stop is seen as well
}

Trials::~Trials() {
  for (const auto &[process, job] : running)
    ::kill(process, SIGKILL);
  while (!running.empty() && ::waitpid(running.begin()->first, nullptr, 0) >= 0)
    running.erase(running.begin());
  sigset_t set = childSignals();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  context.team.resize(threadsBefore);
}

std::string Trials::folder(int64_t trial) const { return "tune/" + stage.name + format("/trial-%03ld", long(trial)); }

std::vector<double> Trials::paramsWith(const std::vector<double> &values) const {
  std::vector<double> params = context.options.params;
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t j = 0; j < params.size(); ++j)
      if (context.program.params[j].name == search.settings[i].param)
        params[j] = values[i];
  return params;
}

int64_t Trials::epochs(const std::vector<double> &values) {
  std::vector<double> before = std::exchange(context.options.params, paramsWith(values));
  int64_t epochs = Trainer::stageEpochs(context, stage);
  context.options.params = std::move(before);
  return epochs;
}

// ---- in the trial's own process

/// Steps of the stage at which a job ends.
static int64_t lastStepOf(Context &context, const abi::Stage &stage, const tune::Job &job) {
  return job.to == tune::Job::end ? INT64_MAX : Trainer::stepsAfter(context, stage, job.to);
}

void Trials::train(const tune::Order &order) {
  context.options.params = paramsWith(order.values);
  context.options.cacheBytes /= places;
  context.team.resize(threads);
  checkParams(context.program, context.options);
  checkSteps(context, stage);
  RunFolder own = RunFolder::forTrial(context, run, folder(order.job.trial));
  auto start = checkpoint::newestSound(own.path(), stage.name, [](const std::string &text) { printMessage("warning: " + text + "\n"); });
  RunLog log(own.path(), start ? start->state.logBytes : std::map<std::string, int64_t>{}, paramValues(context));
  Trainer(context, own, &log, stage).run(start ? start->folder : "", lastStepOf(context, stage, order.job));
}

/// What it says goes to a file of its own.
static void redirectMessages(const std::string &path) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0 || ::dup2(file, STDERR_FILENO) < 0 || ::dup2(file, STDOUT_FILENO) < 0)
    throw badData("cannot open `" + path + "`: " + std::strerror(errno));
}

void Trials::work(const tune::Order &order) {
  int code = 0;
  try {
    const std::string path = run.file(folder(order.job.trial));
    io::makeFolders(path);
    redirectMessages(io::joinPath(path, "messages.txt"));
    run.letGo();
    context.isOfSearch = true;
    train(order);
  } catch (const Error &error) {
    printError(error.message);
    code = error.exitCode;
  } catch (const Stopped &stopped) {
    code = 128 + stopped.signal;
  } catch (const std::bad_alloc &) {
    printError("out of memory");
    code = 1;
  } catch (const std::exception &error) {
    printError(std::string("internal error: ") + error.what());
    code = exitInternal;
  }
  ::_exit(code); // What this process shares with the one that it is a copy of is not undone.
}

// ---- in the process of the search

bool Trials::isDone(const tune::Order &order) const {
  std::optional<std::string> newest = checkpoint::newest(run.file(folder(order.job.trial)), stage.name);
  if (!newest)
    return false;
  const checkpoint::TrainingState state = checkpoint::readState(*newest);
  int64_t last = lastStepOf(context, stage, order.job);
  if (state.stepInStage > last)
    throw badData("`" + run.file(folder(order.job.trial)) + "` has trained further than its search has decided; remove `" + run.file("tune/" + stage.name) + "` to search anew, or start a new run with another `--out`");
  return Trainer::hasCome(context, stage, state, last);
}

double Trials::valueOf(int64_t trial) const {
  std::string path = run.file(folder(trial));
  checkpoint::TrainingState state = checkpoint::readState(checkpoint::locate(path, stage.name, "last"));
  if (stage.keepBest.enabled && state.hasBest)
    state = checkpoint::readState(checkpoint::checkpointFolder(path, state.bestCheckpoint));
  auto found = state.notes.find(search.goal.split + "." + search.goal.metric);
  if (found == state.notes.end())
    throw Error(exitInternal, "`" + path + "` has no value of `" + search.goal.split + "." + search.goal.metric + "`");
  return found->second;
}

void Trials::fill() {
  while (!waiting.empty() && std::ssize(running) < places) {
    tune::Order order = std::move(waiting.front());
    waiting.erase(waiting.begin());
    if (isDone(order)) {
      ended.emplace_back(order.job, false);
      continue;
    }
    const pid_t parent = ::getpid(), process = ::fork();
    if (process < 0)
      throw Error(1, std::string("cannot start a process for a trial: ") + std::strerror(errno));
    if (process == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL); // Without its search nobody waits for it; what it has saved stays.
      ::setpgid(0, 0);                    // Signals of a terminal are the search's, which passes on one.
      if (::getppid() != parent)
        ::_exit(exitInternal);
      work(order);
    }
    running[process] = {order.job, now()};
  }
}

/// The last line that a trial has said.
std::string Trials::lastWords(int64_t trial) const {
  std::string path = run.file(folder(trial)) + "/messages.txt", text = io::isFile(path) ? io::readWhole(path) : "";
  while (text.ends_with('\n'))
    text.pop_back();
  text = text.substr(text.rfind('\n') + 1);
  for (const char *before : {"error: ", "error:\033[0m "}) // as printError says it
    if (size_t at = text.find(before); at != std::string::npos)
      return text.substr(at + std::strlen(before));
  return text;
}

void Trials::reap() {
  int status = 0;
  pid_t process = ::waitpid(-1, &status, WNOHANG);
  auto found = running.find(process);
  if (process <= 0 || found == running.end())
    return;
  const tune::Job job = found->second.job;
  running.erase(found);
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::string who = "trial " + std::to_string(job.trial) + " of `" + stage.name + "`";
  if (WIFSIGNALED(status))
    throw Error(1, who + " was ended by signal " + std::to_string(WTERMSIG(status)) + (WTERMSIG(status) == SIGKILL ? ", as a machine does that has no memory left" : "") + "; go on with `--resume=" + run.path() + "`");
  if (code != 0 && code != exitDiverged && !stopSignal())
    throw Error(code > 128 ? exitInternal : code, who + ": " + lastWords(job.trial));
  if (code == 0 || code == exitDiverged)
    ended.emplace_back(job, code == exitDiverged);
}

void Trials::stop() {
  for (const auto &[process, job] : running)
    ::kill(process, SIGTERM);
  for (const auto &[process, job] : running)
    while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
    }
  running.clear();
  printMessage("stopped in the search of stage " + stage.name + ", saved; go on with `--resume=" + run.path() + "`\n");
  throw Stopped{stopSignal()};
}

double Trials::valueAfter(const tune::Job &job) {
  while (true) {
    fill();
    for (auto at = ended.begin(); at != ended.end(); ++at)
      if (at->first == job) {
        bool isDiverged = at->second;
        ended.erase(at);
        return isDiverged ? NAN : valueOf(job.trial);
      }
    if (stopSignal())
      stop();
    size_t before = ended.size();
    reap();
    if (ended.size() > before)
      continue;
    if (running.empty())
      throw Error(exitInternal, "the search of stage `" + stage.name + "` waits for trial " + std::to_string(job.trial) + ", which nobody trains");
    sigset_t set = childSignals();
    timespec second{1, 0};
    sigtimedwait(&set, nullptr, &second);
  }
}

} // namespace tl::program
