// The program as it grows: its descriptor, its functions and the stages that they belong to.
#pragma once
#include "compiler/calculus/Graph.h"
#include "runtime/abi/Descriptor.h"

namespace tl {

class Draft {
public:
  /// `sharesSteps`: phases whose steps are equal have one. `storesGradients`: also of a step of one batch.
  explicit Draft(bool sharesSteps, bool storesGradients = false) : storesGradients(storesGradients), sharesSteps(sharesSteps) {}

  const bool storesGradients;

  /// Adds a function of a stage: dead nodes dropped, ports described, facts of data that it reads given to the stage. Returns its name.
  std::string add(Function function, int stage);
  /// The same, or the name of the stage's function that computes the same.
  std::string addStep(Function function, int stage);

  abi::Program program;
  std::vector<Function> functions;  // functions[i] has the name of program.functions[i]
  std::vector<int> stageOf;         // functions[i]: index into program.stages

private:
  void addTable(const Node &read, int stage);
  bool sharesSteps;
};

/// Drops nodes that no Write and no Output needs.
void dropDead(Function &function);

}  // namespace tl
