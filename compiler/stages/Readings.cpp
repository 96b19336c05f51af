// Records of each data that a stage reads: what its model takes of them, and which of its measures are made on them.
#include "compiler/stages/Measures.h"
#include <algorithm>

namespace tl {

std::set<size_t> Measures::measuredOn(const StagePlan &plan, const std::string &name) {
  std::set<size_t> on;
  for (const StepPlan &step : plan.steps)
    for (const ObjectiveTerm &term : step.terms)
      if (name == step.lossName() || (step.isSum() && name == term.name) || std::any_of(term.called.begin(), term.called.end(), [&](const auto &called) { return called.second == name; }))
        on.insert(term.on);
  return on;
}

/// That what objectives measure is measured on other records than those at hand.
void Measures::reportElsewhere(const StagePlan &plan, const std::string &name, ast::Span span, const DataPlan &here) const {
  const std::set<size_t> on = measuredOn(plan, name);
  std::string datas;
  for (size_t each : on)
    datas += (datas.empty() ? "`" : " and `") + plan.dataOf(each).ast->name + "`";
  declared.report(Diag::ObjectiveData, span, "`" + name + "` is " + (on.size() > 1 ? "added up of what is measured on " : "measured on ") + datas + ", and this is on `" + here.ast->name + "` alone").help =
      on.size() > 1 ? "report each of its terms on its own data" : "ask for it on `" + plan.dataOf(*on.begin()).ast->name + "`";
}

const std::vector<Value> *Measures::run(Elaborator &elaborator, const StagePlan &plan, Reading &reading) const {
  const ast::Span span = plan.ast->modelSpan;
  if (!reading.results && reading.inputs.empty() && reading.on > 0 && !modelInputs(plan, reading.data, reading.visible, span, true))
    return nullptr;
  elaborator.beside = reading.beside;
  if (!reading.results)
    reading.results = elaborator.forward(*plan.instance, reading.inputs, span);
  return reading.results ? &*reading.results : nullptr;
}

/// The model reads the stage's own data. Of other data it may read none: a term on it may ask parts of the model alone.
std::optional<Measures::Readings> Measures::readingsOf(const StagePlan &plan, const Batches &batches) const {
  Readings readings;
  for (const auto &[on, fields] : batches) {
    const DataPlan &data = plan.dataOf(on);
    Reading reading{data, on, batches.size() > 1 ? plan.besideName(on) : "", visibleFields(plan, data, fields)};
    std::optional<std::vector<Value>> inputs = modelInputs(plan, data, reading.visible, plan.ast->modelSpan, on == 0);
    if (!inputs && on == 0)
      return std::nullopt;
    reading.inputs = inputs.value_or(std::vector<Value>());
    readings.emplace(on, std::move(reading));
  }
  return readings;
}

}  // namespace tl
