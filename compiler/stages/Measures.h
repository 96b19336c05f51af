// Objectives and metrics bound to the model and the fields of a batch.
#pragma once
#include "compiler/stages/Plans.h"

namespace tl {

using Metrics = std::vector<Elaborator::Measured>;

class Measures {
public:
  explicit Measures(const Declared &declared) : declared(declared) {}

  /// The loss, what the objective measures besides, and what is watched; of `reports`, where there are any, those alone.
  std::optional<Metrics> all(Elaborator &elaborator, StagePlan &plan, const Values &fields,
                             const std::vector<ast::Report> *reports) const;
  /// Metrics that are given the whole model, on fields of any data that numbers words as the stage's data does; nullopt after errors.
  std::optional<Metrics> ofModel(Elaborator &elaborator, StagePlan &plan, const Values &fields, const std::vector<ast::Report> &reports) const;
  /// Whether a metric, by its name, is given the whole model instead of what it gives for the records.
  bool asksModel(const std::string &metric) const;
  /// What the model takes of the fields, in order.
  std::optional<std::vector<Value>> modelInputs(const StagePlan &plan, const Values &visible, ast::Span span) const;
  /// Who measures, and how many records at the most.
  struct Measurer {
    std::string function; // that the metrics are outputs of
    int64_t records = 0;
    bool areResampled = false; // then it puts out as well, of what is one number, what each record adds to its sums, "NAME.sum.rows" and so on
  };
  /// Makes them outputs of the function, and describes them. What is measured of all records at once is a function of its own, put into
  /// `overall`; without a measurer, as in a step, it is left out.
  std::vector<abi::Metric> output(Elaborator &elaborator, const Metrics &metrics, const std::optional<Measurer> &by = std::nullopt,
                                  std::vector<Function> *overall = nullptr) const;

  /// Names of metrics, looked up without running the model, which may have mistakes of its own.
  void checkName(const StagePlan &plan, const std::string &name, ast::Span span) const;
  void checkWatchedNames(const StagePlan &plan) const;

private:
  Values visibleFields(const StagePlan &plan, const Values &fields) const;
  std::optional<Metrics> objective(Elaborator &elaborator, StagePlan &plan, const Values &visible,
                                   const std::vector<Value> &inputs, const std::optional<std::vector<Value>> &results) const;
  std::optional<Elaborator::Measured> metric(Elaborator &elaborator, StagePlan &plan, const std::string &name, ast::Span span,
                                             const std::vector<ast::Argument> &arguments, const Values &visible,
                                             const std::vector<Value> &inputs, const std::vector<Value> &results) const;
  bool checkKind(const StagePlan &plan, const ast::Definition &definition, const ast::Formal &formal, const Value &value,
                 const Values &visible, ast::Span span) const;
  bool bindTensors(const StagePlan &plan, const ast::Definition &definition, const std::vector<ast::Argument> &arguments,
                   const Values &visible, const std::vector<Value> &inputs, ast::Span span, Values &bound) const;

  std::optional<abi::Metric> overall(Elaborator &elaborator, const Elaborator::Measured &metric, const Measurer &by, std::vector<Function> *functions) const;
  void outputRows(Elaborator &elaborator, const Elaborator::Measured &metric) const;
  abi::Metric described(const Elaborator::Measured &metric) const;
  std::string objectivesFor(const std::vector<Value> &inputs) const;
  bool lacksField(const StagePlan &plan, const Values &visible, const std::vector<Value> &inputs) const;

  const Declared &declared;
};

}  // namespace tl
