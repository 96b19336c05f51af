// What a step does to the parameters: rates and schedules, gradients and their norm, the optimizer.
#pragma once
#include "compiler/stages/Plans.h"

namespace tl {

/// A parameter's path -> its gradient.
using Gradients = std::map<std::string, NodeId>;

/// Of a loss, for each parameter that the phase trains and the function reads.
Gradients gradientsOf(Elaborator &elaborator, const Function &function, const PhasePlan &phase, NodeId loss, ast::Span span);

class Updates {
public:
  explicit Updates(const Declared &declared) : declared(declared) {}

  /// What the stage gives its optimizers and schedules, so that a mistake in it does not wait for the steps to be built.
  void check(const StagePlan &plan) const;
  /// What an optimizer is given for a parameter, by name.
  std::optional<Values> arguments(Elaborator &elaborator, const StagePlan &plan, const OptimizerPlan &optimizer, const std::string &path) const;
  /// Clips the gradients and has the optimizer move the parameters by them. Puts out "gradient_norm", f32[], as it is before they
  /// are clipped, and where the optimizer has one the "learning_rate", f32[], both of them logged.
  void apply(Elaborator &elaborator, const StagePlan &plan, const PhasePlan &phase, Gradients gradients) const;
  /// Has a step train the live weights in the place of those that are averages, and move these towards what it wrote. Rows that the phase freezes keep their averages, too.
  void average(Elaborator &elaborator, Function &function, const StagePlan &plan, const PhasePlan &phase) const;

private:
  std::optional<Value> rateOf(Elaborator &elaborator, const Value &rate, const ast::Rule *rule, int power,
                              const std::optional<Value> &schedule, ast::Span span) const;
  std::optional<Value> scheduleFactor(Elaborator &elaborator, const StagePlan &plan, const PhasePlan &phase) const;
  void checkClip(Elaborator &elaborator, const ast::Rule &clip) const;
  void checkRate(Elaborator &elaborator, const Value &rate, const ast::Rule &rule) const;
  void clipGradients(Elaborator &elaborator, const ast::Rule &clip, NodeId norm, Gradients &gradients) const;
  void output(Elaborator &elaborator, const StagePlan &plan, const OptimizerPlan &optimizer, const std::string &trained, const std::optional<Value> &schedule,
              std::optional<NodeId> norm) const;

  const Declared &declared;
};

}  // namespace tl
