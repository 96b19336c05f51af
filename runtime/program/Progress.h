// Tells on standard error how training goes: a redrawn line on a terminal, plain lines at intervals elsewhere.
#pragma once
#include <cstdint>
#include <string>

namespace tl::program {

/// Where training is, and how it goes there.
struct ProgressPoint {
  std::string where;  // "ae/main"
  int64_t epoch = 0, epochs = 0, step = 0, steps = 0;  // 1-based epoch; steps done, and in all, within the phase
  int64_t batch = 0;
  double loss = 0;
  int64_t epochEnd = 0;        // the step that the epoch ends with
  double featureSeconds = 0;   // of this epoch's time, what the next ones save because its features are kept
  bool isEvaluated = false;    // after each epoch
  double evaluationSeconds = -1;  // of the next evaluation, as far as is known; negative: nothing is
  std::string metric;  // "val.loss 0.0312", of the last evaluation
};

/// What is left of a phase after `elapsed` seconds of an epoch that began at step `startStep`. Epochs that find their features kept
/// are faster than the one that makes them.
double secondsLeft(const ProgressPoint &point, int64_t startStep, double elapsed);

class Progress {
public:
  /// Starts to measure speed from here: the step `step` of a phase.
  void start(int64_t step);
  /// Shows the point, if enough time has passed since the last one.
  void update(const ProgressPoint &point) {
    if (++calls >= nextLook)
      look(point);
  }
  /// Prints a line that stays.
  void say(const std::string &line);
  /// Removes a redrawn line.
  void clear();
  /// Steps per second since start().
  double rate(int64_t step) const;

private:
  void look(const ProgressPoint &point);
  double startTime = 0, shownTime = 0, lookTime = 0;
  int64_t startStep = 0, calls = 0, nextLook = 1;
  bool isDrawn = false;
};

/// "0:42", "1:02:03"
std::string durationText(double seconds);

}  // namespace tl::program
