// Runs the hand-made program in a fresh folder and says how it ended.
#pragma once
#include <string>
#include <vector>

struct Outcome {
  int exitCode = -1;  // 128 + signal where a signal ended it
  std::string out, err;
};

struct RunOptions {
  std::string input;             // standard input
  double signalAfter = -1;       // seconds; below 0: never
  std::string signalWhenSaid;    // … counted from when this stands on standard error, however long a machine takes to get there
  int signal = 0;
  bool twice = false;            // send it again at once
  long fileSizeLimit = -1;       // bytes, as `ulimit -f`
  std::vector<std::string> environment;  // "NAME=VALUE"
};

/// A new empty folder with `points.csv` in it; the working folder of the programs run there.
std::string makeWorkFolder();
Outcome runProgram(const std::string &folder, std::vector<std::string> arguments, const RunOptions &options = {});
std::string readAll(const std::string &path);
