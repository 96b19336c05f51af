// Trainings of one stage side by side, as processes.
#include "runtime/program/Trainings.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/program/Board.h"
#include "runtime/program/FirstWeights.h"
#include "runtime/program/Memory.h"
#include "runtime/program/Requirements.h"
#include "runtime/program/Signals.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/Trainer.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tl::program {

static constexpr int exitDiverged = 4;

Trainings::Room Trainings::roomFor(const Context &context, int64_t wanted, int64_t bytes) {
  const int64_t available = availableBytes(), fit = available < 0 ? wanted : std::max<int64_t>(1, available / bytes);
  const int64_t places = std::min<int64_t>({context.team.size(), wanted, fit});
  return {int(places), std::max(1, context.team.size() / int(places))};
}

static sigset_t childSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

Trainings::Trainings(Context &context, RunFolder &run, const abi::Stage &stage, std::string whole, Room room)
    : context(context), run(run), stage(stage), whole(std::move(whole)), room(room), threadsBefore(context.team.size()) {
  context.team.resize(1);
  sigset_t set = childSignals();
  sigprocmask(SIG_BLOCK, &set, nullptr); // waited for with a timeout, so that a signal that asks to stop is seen as well
}

Trainings::~Trainings() {
  for (const auto &[process, number] : running)
    ::kill(process, SIGKILL);
  while (!running.empty() && ::waitpid(running.begin()->first, nullptr, 0) >= 0)
    running.erase(running.begin());
  sigset_t set = childSignals();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  context.team.resize(threadsBefore);
}

size_t Trainings::begin(Work work) {
  all.push_back(std::move(work));
  waiting.push_back(all.size() - 1);
  return all.size() - 1;
}

checkpoint::TrainingState Trainings::left(const RunFolder &run, const std::string &folder, const abi::Stage &stage) {
  const std::string path = run.file(folder);
  checkpoint::TrainingState state = checkpoint::readState(checkpoint::locate(path, stage.name, "last"));
  auto best = state.bests.find("best");
  return best == state.bests.end() ? state : checkpoint::readState(checkpoint::checkpointFolder(path, best->second.checkpoint));
}

// ---- in the training's own process

/// Trains one stage in the folder, from where it has come to; its steps.
static int64_t trainOne(Context &own, const RunFolder &into, RunLog &log, const abi::Stage &stage, const checkpoint::Sound *start, int64_t until) {
  if (stage.phases.empty()) {
    if (!start)
      runLoadedStage(own, into, &log, stage);
    return 0;
  }
  Trainer trainer(own, into, &log, stage);
  trainer.run(start ? start->folder : "", until);
  return trainer.steps();
}

void Trainings::train(const Work &work) {
  const Task task = work.settle();
  Context &own = task.context;
  own.isBesideRun = true;
  own.options.cacheBytes /= room.places;
  own.team.resize(room.threads);
  checkParams(own.program, own.options);
  std::vector<const abi::Stage *> stages = task.before;
  stages.push_back(&own.stage(stage.name));
  for (const abi::Stage *each : stages)
    checkSteps(own, *each);
  RunFolder into = RunFolder::forTrial(own, run, work.folder);
  std::map<std::string, checkpoint::Sound> starts; // of those that have begun
  std::map<std::string, int64_t> logBytes;
  for (const abi::Stage *each : stages)
    if (auto start = checkpoint::newestSound(into.path(), each->name, [](const std::string &text) { printMessage("warning: " + text + "\n"); })) {
      logBytes = start->state.logBytes;
      starts.emplace(each->name, std::move(*start));
    }
  RunLog log(into.path(), logBytes, aboutSession(own));
  int64_t before = 0;
  for (const abi::Stage *each : stages) {
    auto start = starts.find(each->name);
    log.beginStage(before);
    before += trainOne(own, into, log, *each, start == starts.end() ? nullptr : &start->second, each == stages.back() ? task.until : INT64_MAX);
  }
}

/// What it says goes to a file of its own.
static void redirectMessages(const std::string &path) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0 || ::dup2(file, STDERR_FILENO) < 0 || ::dup2(file, STDOUT_FILENO) < 0)
    throw badData("cannot open `" + path + "`: " + std::strerror(errno));
}

void Trainings::work(const Work &work) {
  int code = 0;
  try {
    const std::string path = run.file(work.folder);
    if (work.mayBeLost && io::isFolder(path))
      io::syncTree(path); // What it goes on from may have taken longer.
    else if (work.mayBeLost)
      io::setSyncing(false); // until Trainer::save
    io::makeFolders(path);
    redirectMessages(io::joinPath(path, "messages.txt"));
    run.letGo();
    train(work);
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

// ---- in the process of the run

void Trainings::fill() {
  while (!waiting.empty() && std::ssize(running) < room.places) {
    const size_t number = waiting.front();
    waiting.erase(waiting.begin());
    const pid_t parent = ::getpid(), process = ::fork();
    if (process < 0)
      throw Error(1, "cannot start a process for " + all[number].name + ": " + std::strerror(errno));
    if (process == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL); // Without its run nobody waits for it; what it has saved stays.
      ::setpgid(0, 0);                    // Signals of a terminal are the run's, which passes on one.
      if (::getppid() != parent)
        ::_exit(exitInternal);
      work(all[number]);
    }
    running[process] = number;
  }
}

std::string Trainings::lastWords(const RunFolder &run, const std::string &folder) {
  std::string path = run.file(folder) + "/messages.txt", text = io::isFile(path) ? io::readWhole(path) : "";
  while (text.ends_with('\n'))
    text.pop_back();
  text = text.substr(text.rfind('\n') + 1);
  for (const char *before : {"error: ", "error:\033[0m "}) // as printError says it
    if (size_t at = text.find(before); at != std::string::npos)
      return text.substr(at + std::strlen(before));
  return text;
}

void Trainings::reap() {
  int status = 0;
  pid_t process = ::waitpid(-1, &status, WNOHANG);
  auto found = running.find(process);
  if (process <= 0 || found == running.end())
    return;
  const size_t number = found->second;
  const Work &work = all[number];
  running.erase(found);
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (WIFSIGNALED(status))
    throw Error(1, work.name + " was ended by signal " + std::to_string(WTERMSIG(status)) + (WTERMSIG(status) == SIGKILL ? ", as a machine does that has no memory left" : "") + "; go on with `--resume=" + run.path() + "`");
  if (code != 0 && code != exitDiverged && !stopSignal())
    throw Error(code > 128 ? exitInternal : code, work.name + ": " + lastWords(run, work.folder));
  if (code == 0 || code == exitDiverged)
    ended[number] = code == exitDiverged;
}

void Trainings::stop() {
  for (const auto &[process, number] : running)
    ::kill(process, SIGTERM);
  for (const auto &[process, number] : running)
    while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
    }
  running.clear();
  printMessage("stopped in " + whole + " of stage " + stage.name + ", saved; go on with `--resume=" + run.path() + "`\n");
  throw Stopped{stopSignal()};
}

bool Trainings::finish(size_t number) {
  while (true) {
    fill();
    if (auto found = ended.find(number); found != ended.end())
      return !found->second;
    if (stopSignal())
      stop();
    size_t before = ended.size();
    reap();
    if (ended.size() > before)
      continue;
    if (running.empty())
      throw Error(exitInternal, whole + " of stage `" + stage.name + "` waits for " + all.at(number).name + ", which nobody trains");
    sigset_t set = childSignals();
    timespec second{1, 0};
    sigtimedwait(&set, nullptr, &second);
  }
}

} // namespace tl::program
