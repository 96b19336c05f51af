// What the command line of `tlc` says.
#pragma once
#include <string>
#include <vector>

namespace tl {

struct Arguments {
  std::string command;           // "check", "build", "run", "explain", "test", "emit", "new", "doctor", "version", "help"
  std::string operand;           // a script, a code or a name
  std::vector<std::string> files; // of `test`: any number
  std::vector<std::string> rest; // behind the script: for the program that `run` starts
  std::string output, cpu, room, without; // -o, --target-cpu, --emit, --without
  std::string color = "auto";    // "auto", "always", "never"
  std::string kind = "program";  // "program", "library"
  bool json = false, verify = false, isTimed = false, hasFlatGradients = false, hasLines = false;
};

/// Throws tl::Error with code 2, naming what was near.
Arguments parseArguments(const std::vector<std::string> &words);
std::string helpText();

} // namespace tl
