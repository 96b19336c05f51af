// The command line of a compiled program: the script's parameters as typed flags, and what every program offers.
#pragma once
#include "runtime/abi/Descriptor.h"

#include <optional>
#include <string>
#include <vector>

namespace tl::program {

struct Options {
  std::string command;                // "" (everything), a stage's or deployed function's name, "test", "bench" or "export"
  std::vector<std::string> operands;  // what follows the command
  std::vector<double> params;         // in the order of abi::Program::params
  std::vector<bool> isParamGiven;
  uint64_t seed = 0;
  bool isSeedGiven = false;
  int threads = 0;  // 0: one for each core
  std::string out, data, run, which, resumePath, huggingface, dtype = "f32", vectors, table, by, to;
  bool resume = false;
  int64_t cacheBytes = INT64_MAX;  // that features may take; the flag gives MiB
  int64_t dataBytes = INT64_MAX;   // that data may take, in the same way
  int64_t maxSteps = 0, limitBatches = 0, logEvery = 50, checkpointEvery = 0;
  bool smoke = false, dryRun = false, profile = false, json = false, merged = false, adapter = false;
  bool help = false, version = false, phases = false, describe = false;
  double seconds = 2;
  int64_t rounds = 4;
  int64_t tokens = 200;
  std::string stop;  // empty: none
  std::vector<std::string> given;  // names of the flags that were given

  bool isGiven(const std::string &flag) const;
};

/// Reads the command line. An unknown flag, a malformed value or one out of its range is a tl::Error with exit code 2.
Options parseCommandLine(const abi::Program &program, const std::vector<std::string> &arguments);

/// The text of `--help`.
std::string helpText(const abi::Program &program);

/// The candidate nearest to `word` by edit distance, where one is near enough to be what was meant.
std::optional<std::string> suggest(const std::string &word, const std::vector<std::string> &candidates);

/// Shortest decimal that reads back as `value`.
std::string numberText(double value);

/// A parameter's value as a person writes it: `true`, `12`, `0.001`.
std::string paramText(const abi::Param &param, double value);

}  // namespace tl::program
