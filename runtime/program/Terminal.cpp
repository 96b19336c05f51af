// Standard output for results, standard error for messages.
#include "runtime/program/Terminal.h"
#include "runtime/io/Error.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <unistd.h>

namespace tl::program {

static bool writeWhole(int descriptor, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    text.remove_prefix(written);
  }
  return true;
}

void printResult(std::string_view text) {
  if (!writeWhole(STDOUT_FILENO, text))
    throw badData(std::string("cannot write to standard output: ") + std::strerror(errno));
}

void printMessage(std::string_view text) { writeWhole(STDERR_FILENO, text); }

static bool isDumb() {
  const char *term = std::getenv("TERM");
  return !term || std::strcmp(term, "dumb") == 0;
}

bool canRedraw() {
  static const bool answer = isatty(STDERR_FILENO) && !isDumb();
  return answer;
}

void printError(const std::string &message) {
  const char *noColor = std::getenv("NO_COLOR");
  bool isColoured = canRedraw() && !(noColor && *noColor);
  printMessage((isColoured ? "\033[1;31merror:\033[0m " : "error: ") + message + "\n");
}

double wallTime() {
  timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

}  // namespace tl::program
