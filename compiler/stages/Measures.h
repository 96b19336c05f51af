// Objectives and metrics bound to the model and the fields of a batch.
#pragma once
#include "compiler/stages/Plans.h"
#include <functional>

namespace tl {

struct Measured : Elaborator::Measured {
  struct Term {
    std::string name;
    TensorValue weight; // f32[]
  };
  std::vector<Term> terms = {}; // of a total that is no quotient: over several batches it is the sum of these measures, times what each weighs
  bool isAside = false;         // measured for such a total, and told nowhere
};
using Metrics = std::vector<Measured>;

/// `top_k` with `k = 3` is called "top_k(k = 3)", so that two of one kind are two.
std::string measureName(const std::string &name, const std::vector<ast::Argument> &arguments);

class Measures {
public:
  explicit Measures(const Declared &declared) : declared(declared) {}

  /// The losses of all phases that take turns, or the one loss, what their objectives measure besides, and what is watched; of `reports`, where there
  /// are any, those alone. `step`: of these phases one, its loss first; what is watched is measured with the first of them. Terms on data without a batch
  /// are left out, and metrics are measured on the first that has one.
  std::optional<Metrics> all(Elaborator &elaborator, const Function &function, StagePlan &plan, const Batches &batches,
                             const std::vector<ast::Report> *reports, const StepPlan *step = nullptr) const;
  /// Metrics that are given the whole model alone, on fields of any data that numbers words as the stage's data does; nullopt after errors.
  std::optional<Metrics> ofModel(Elaborator &elaborator, StagePlan &plan, const Values &fields, const std::vector<ast::Report> &reports) const;
  /// Whether it is a loss of the stage, or a metric that its objectives have themselves.
  static bool isOfObjectives(const StagePlan &plan, const std::string &name);
  /// Whether a metric, by its name, is given the whole model instead of what it gives for the records.
  bool asksModel(const std::string &metric) const;
  /// What the model takes of the fields of the stage's data, in order.
  std::optional<std::vector<Value>> modelInputs(const StagePlan &plan, const Values &visible, ast::Span span) const { return modelInputs(plan, *plan.data, visible, span, true); }
  /// The fields that a stage may read: `without labels` those that are none.
  Values visibleFields(const StagePlan &plan, const DataPlan &data, const Values &fields) const;
  /// The data whose records a measure of objectives is made on, by ObjectiveTerm::on: several for what adds them up.
  static std::set<size_t> measuredOn(const StagePlan &plan, const std::string &name);
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
  /// What the records of one data are to a stage: the fields that it sees, what its model takes of them, and what that gives.
  struct Reading {
    const DataPlan &data;
    size_t on = 0;
    std::string beside = {};                           // see Building
    Values visible = {};
    std::vector<Value> inputs = {};                    // none where the model does not read such records
    std::optional<std::vector<Value>> results = {};    // once it has run
  };
  using Readings = std::map<size_t, Reading>;          // as Batches
  std::optional<Readings> readingsOf(const StagePlan &plan, const Batches &batches) const;
  const std::vector<Value> *run(Elaborator &elaborator, const StagePlan &plan, Reading &reading) const;
  std::optional<std::vector<Value>> modelInputs(const StagePlan &plan, const DataPlan &data, const Values &visible, ast::Span span, bool isTold) const;
  std::optional<Metrics> objective(Elaborator &elaborator, StagePlan &plan, const ObjectiveTerm &term, const Reading &reading) const;
  std::optional<Metrics> step(Elaborator &elaborator, const Function &function, StagePlan &plan, const StepPlan &step, Readings &readings, bool addsUp) const;
  std::optional<Measured> metric(Elaborator &elaborator, StagePlan &plan, const std::string &name, ast::Span span,
                                 const std::vector<ast::Argument> &arguments, const Reading &reading) const;
  bool bindWatched(Elaborator &elaborator, const ast::Definition &metric, const std::vector<ast::Argument> &arguments, Values &bound) const;
  bool checkAlone(const std::string &name, const std::vector<ast::Argument> &arguments) const;
  bool checkKind(const Reading &reading, const ast::Definition &definition, const ast::Formal &formal, const Value &value, ast::Span span) const;
  bool bindTensors(const StagePlan &plan, const ast::Definition &definition, const std::vector<ast::Argument> &arguments,
                   const Reading &reading, ast::Span span, Values &bound) const;
  bool areClassesAlike(const Reading &reading, const Values &bound, std::vector<Value> gave, std::set<std::string> *labels) const;
  void reportElsewhere(const StagePlan &plan, const std::string &name, ast::Span span, const DataPlan &here) const;

  std::optional<abi::Metric> overall(Elaborator &elaborator, const Measured &metric, const Measurer &by, std::vector<Function> *functions) const;
  void outputRows(Elaborator &elaborator, const Measured &metric) const;
  abi::Metric described(const Measured &metric) const;
  std::string objectivesFor(const std::vector<Value> &inputs) const;
  bool lacksField(const ObjectiveTerm &term, const Reading &reading) const;

  const Declared &declared;
};

}  // namespace tl
