// Tells on standard error how training goes.
#include "runtime/program/Progress.h"
#include "runtime/io/Units.h"
#include "runtime/program/Terminal.h"

#include <algorithm>
#include <cmath>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

namespace tl::program {

std::string durationText(double seconds) {
  int64_t whole = std::lround(seconds);
  if (whole >= 3600)
    return format("%ld:%02ld:%02ld", long(whole / 3600), long(whole / 60 % 60), long(whole % 60));
  return format("%ld:%02ld", long(whole / 60), long(whole % 60));
}

double secondsLeft(const ProgressPoint &point, int64_t startStep, double elapsed) {
  auto done = double(std::max<int64_t>(1, point.step - startStep));
  double here = elapsed / done, later = std::max(0.0, elapsed - point.featureSeconds) / done;
  double steps = double(point.epochEnd - point.step) * here + double(point.steps - point.epochEnd) * later;
  double evaluations = point.isEvaluated ? double(point.epochs - point.epoch + 1) * std::max(0.0, point.evaluationSeconds) : 0;
  return steps + evaluations;
}

void Progress::start(int64_t step) {
  startTime = shownTime = lookTime = now();
  startStep = step;
  calls = 0;
  nextLook = 1;
}

double Progress::rate(int64_t step) const {
  double seconds = now() - startTime;
  return seconds > 0 ? double(step - startStep) / seconds : 0;
}

static size_t terminalWidth() {
  winsize size = {};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 100;
}

static std::string joined(const std::vector<std::string> &parts) {
  std::string line;
  for (const std::string &part : parts)
    line += (line.empty() || part.empty() ? "" : "  ") + part;
  return line;
}

void Progress::look(const ProgressPoint &point) {
  double time = now();
  // Steps may take a microsecond: look at the clock only about every 20 ms.
  double perCall = std::max(1e-9, (time - lookTime) / double(std::max<int64_t>(1, calls)));
  nextLook = std::clamp<int64_t>(int64_t(0.02 / perCall), 1, 1 << 20);
  calls = 0;
  lookTime = time;
  if (time - shownTime < (canRedraw() ? 0.1 : 5.0))
    return;
  shownTime = time;
  double stepsPerSecond = rate(point.step);
  std::vector<std::string> parts = {point.where, format("epoch %ld/%ld", long(point.epoch), long(point.epochs)),
                                    format("step %ld/%ld", long(point.step), long(point.steps)),
                                    format("loss %.4g", point.loss), point.metric,
                                    withCommas(int64_t(stepsPerSecond * double(point.batch))) + " samples/s"};
  if (stepsPerSecond > 0)
    parts.push_back("ETA " + durationText(secondsLeft(point, startStep, time - startTime)) +
                    (point.isEvaluated && point.evaluationSeconds < 0 ? " and evaluations" : ""));
  // What does not fit goes from the middle: first speed, then metric; the loss and the time left stay.
  std::string line = joined(parts);
  for (size_t part : {5, 4})
    if (canRedraw() && line.size() >= terminalWidth()) {
      parts[part] = "";
      line = joined(parts);
    }
  if (canRedraw()) {
    printMessage("\r\033[K" + line.substr(0, terminalWidth() - 1));
    isDrawn = true;
  } else {
    printMessage(line + "\n");
  }
}

void Progress::clear() {
  if (isDrawn)
    printMessage("\r\033[K");
  isDrawn = false;
}

void Progress::say(const std::string &line) {
  clear();
  printMessage(line + "\n");
}

}  // namespace tl::program
