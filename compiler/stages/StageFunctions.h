// What a stage computes: initial values, one step per phase, evaluation.
#pragma once
#include "compiler/stages/BatchFields.h"
#include "compiler/stages/Measures.h"
#include "compiler/stages/Updates.h"

namespace tl {

/// Adds the functions of stages to a program, and says in its descriptor which they are.
class StageFunctions {
public:
  StageFunctions(const Declared &declared, Draft &draft)
      : declared(declared), draft(draft), fields(declared), measures(declared), updates(declared) {}

  void init(StagePlan &plan);
  /// What adapters' weights start as that are made of what they adapt: another function, as that is loaded in between.
  void start(StagePlan &plan);
  void step(StagePlan &plan, const PhasePlan &phase, abi::Phase &into);
  /// A function for each data that has a val split, and in any case for the stage's own.
  void evaluate(StagePlan &plan);
  /// What the weights that have adapters are to the layers, for programs that know no adapters.
  void merge(StagePlan &plan);

private:
  std::string evaluate(StagePlan &plan, size_t on);
  /// The adapted weight that a leaf of its adapter starts from; null: it starts from none.
  static const Leaf *startsFrom(const StagePlan &plan, const TreeEntry &entry);
  void checkStatistics(const StagePlan &plan, const PhasePlan &phase, const Elaborator::BatchStatistics &found);
  /// A precision of products needs some.
  void checkProducts(const StagePlan &plan, const Function &step);
  // Accumulation.cpp: gradients that are stored before the update.
  void store(Elaborator &elaborator, Function &function, const StagePlan &plan, const PhasePlan &phase,
             const Elaborator::Measured &loss);
  void buildUpdate(const StagePlan &plan, const PhasePlan &phase, const Function &step, abi::Phase &into);

  const Declared &declared;
  Draft &draft;
  BatchFields fields;
  Measures measures;
  Updates updates;
};

/// Who measures `val`, by ObjectiveTerm::on; metrics of all records at once have functions named alike, whichever.
Measures::Measurer evaluator(const StagePlan &plan, size_t on = 0);

/// What is stored before an update, and adds up over the batches of a step: a parameter's gradient, or, `of` none, the count.
struct Accumulator {
  std::string range, of, path;
  TensorType type;
};
std::vector<Accumulator> accumulatorsOf(const StagePlan &plan);

/// The count that stored gradients will be divided by must be a constant to them.
void checkAccumulation(const Declared &declared, const StagePlan &plan, const StepPlan &step, const Function &probe, const Measured &loss);

}  // namespace tl
