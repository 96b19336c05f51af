// The one type in which an error that a user can cause travels from where it is seen to `main`.
#pragma once
#include <exception>
#include <string>
#include <utility>

namespace tl {

constexpr int exitUsage = 2, exitBadData = 3, exitDiverged = 4, exitInternal = 70;

/// What to print (lower case, no full stop, what was seen and a way out) and the exit code of the process.
struct Error : std::exception {
  int exitCode;
  std::string message;

  Error(int exitCode, std::string message) : exitCode(exitCode), message(std::move(message)) {}
  const char *what() const noexcept override { return message.c_str(); }
};

/// Bad data, a bad checkpoint, or a file system that does not do what it is asked.
inline Error badData(std::string message) { return Error(exitBadData, std::move(message)); }

} // namespace tl
