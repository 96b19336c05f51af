// Phases that take turns: whose turn a step is, and how long a round.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl::abi {

/// The phases that take turns with `first`, which is the first of them; mostly that alone.
inline std::vector<const Phase *> roundOf(const Stage &stage, const Phase &first) {
  std::vector<const Phase *> round;
  for (const Phase *phase = &first; phase != stage.phases.data() + stage.phases.size() && (phase == &first || phase->turn > 0); ++phase)
    round.push_back(phase);
  return round;
}

/// What the time is called in which they do: "main", or as the one phase.
inline std::string nameOf(const std::vector<const Phase *> &round) { return round.front()->times > 0 ? "main" : round.front()->name; }

/// Steps until the turns of a round begin anew.
inline int64_t stepsOf(const std::vector<const Phase *> &round) {
  int64_t steps = 0;
  for (const Phase *phase : round)
    steps += std::max<int64_t>(1, phase->times);
  return steps;
}

/// Whose turn the step of that number is, within its phase.
inline size_t turnAt(const std::vector<const Phase *> &round, int64_t step) {
  step %= stepsOf(round);
  size_t turn = 0;
  while (step >= std::max<int64_t>(1, round[turn]->times))
    step -= round[turn++]->times;
  return turn;
}

}  // namespace tl::abi
