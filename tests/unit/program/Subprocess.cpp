// Runs the hand-made program in a fresh folder and says how it ended.
#include "tests/unit/program/Subprocess.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

std::string readAll(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string makeWorkFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tl-program-XXXXXX").string();
  std::string folder = mkdtemp(pattern.data());
  std::ofstream file(folder + "/points.csv");
  file << "a,b,c,y,kind\n";
  std::minstd_rand random(1);
  auto next = [&] { return double(random() % 6000) / 1000 - 2; };
  for (int i = 0; i < 400; ++i) {
    double a = next(), b = next(), c = next(), y = 1.5 * a - 2 * b + 0.5 * c + 0.3;
    file << a << "," << b << "," << c << "," << y << "," << (y > 0 ? "hot" : "cold") << "\n";
  }
  return folder;
}

// Returns early where the process ends first; it is not reaped.
static void waitUntilSaid(pid_t child, const std::string &path, const std::string &words) {
  siginfo_t ended = {};
  while (ended.si_pid == 0 && readAll(path).find(words) == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    waitid(P_PID, id_t(child), &ended, WEXITED | WNOHANG | WNOWAIT);
  }
}

Outcome runProgram(const std::string &folder, std::vector<std::string> arguments, const RunOptions &options) {
  std::string inPath = folder + "/.in", outPath = folder + "/.out", errPath = folder + "/.err";
  std::ofstream(inPath) << options.input;
  std::ofstream{errPath}; // Nothing of an earlier program is taken for this one's words.
  pid_t child = fork();
  if (child == 0) {
    if (chdir(folder.c_str()) != 0)
      _exit(127);
    dup2(open(inPath.c_str(), O_RDONLY), 0);
    dup2(open(outPath.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), 1);
    dup2(open(errPath.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), 2);
    setenv("TL_DATA", folder.c_str(), 1);
    for (const std::string &entry : options.environment)
      putenv(const_cast<char *>(entry.c_str()));
    if (options.fileSizeLimit >= 0) {
      rlimit limit = {rlim_t(options.fileSizeLimit), rlim_t(options.fileSizeLimit)};
      setrlimit(RLIMIT_FSIZE, &limit);
    }
    arguments.insert(arguments.begin(), TL_HANDMADE);
    std::vector<char *> list;
    for (std::string &argument : arguments)
      list.push_back(argument.data());
    list.push_back(nullptr);
    execv(TL_HANDMADE, list.data());
    _exit(127);
  }
  if (options.signalAfter >= 0) {
    waitUntilSaid(child, errPath, options.signalWhenSaid);
    std::this_thread::sleep_for(std::chrono::duration<double>(options.signalAfter));
    kill(child, options.signal);
    if (options.twice)
      kill(child, options.signal);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), readAll(outPath), readAll(errPath)};
}
