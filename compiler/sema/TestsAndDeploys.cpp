// What is done with a trained stage: tests on the test split, and functions of one record.
#include "compiler/sema/TestsAndDeploys.h"
#include <algorithm>

namespace tl {

void TestsAndDeploys::checkTest(const ast::Test &test) {
  abi::Test described;
  StagePlan *plan = stages.checkpointStage(test.checkpoint, described.which);
  DataPlan *data = nullptr;
  std::vector<std::string> known;
  for (DataPlan &candidate : datas.plans) {
    known.push_back(candidate.ast->name);
    if (candidate.ast->name == test.data)
      data = &candidate;
  }
  if (!data) {
    std::string near = nearest(test.data, known);
    declared.report(Diag::DataMissing, test.dataSpan,
                    "there is no data `" + test.data + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
    return;
  }
  data->isUsed = true;
  if (!data->split(test.split)) {
    if (!data->isSound || data->hasUnreadSplit())
      return;
    std::vector<std::string> splits;
    for (const abi::Split &split : data->facts->splits)
      splits.push_back(split.name);
    std::string near = nearest(test.split, splits);
    declared.report(Diag::SplitMissing, test.dataSpan,
                    "data `" + test.data + "` has no split `" + test.split + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"))
        .help = near.empty() ? "add a source: source test …, or split off a part: split train 0.8, val 0.1, test 0.1 by hash" : "";
    return;
  }
  if (test.split != "test") {
    declared.report(Diag::SplitMisuse, test.dataSpan,
                    "a `test` reads the `" + test.split + "` split of `" + test.data +
                        "`; what was trained or chosen on it cannot be tested on it")
        .help = "write `" + test.data + ".test`";
    return;
  }
  if (test.reports.empty())
    declared.report(Diag::ReportMissing, test.span, "this `test` reports nothing").help = "write { report loss }";
  if (plan && !plan->isSound)
    for (const ast::Report &wanted : test.reports)
      measures.checkName(*plan, wanted.name, wanted.span);
  if (!plan || !plan->isSound || !data->isSound)
    return;
  if (plan->data != data) {
    declared.report(Diag::TestData, test.dataSpan,
                    "`" + test.checkpoint.stage + "` was trained on data `" + plan->ast->data + "`, this tests it on `" +
                        test.data + "`")
        .help = "write `" + plan->ast->data + ".test`";
    return;
  }
  int number = int(draft.program.tests.size());
  Function function;
  function.name = "test." + std::to_string(number);
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan->ast->name;
  elaborator.maskBatch = true;
  std::optional<Values> batch = fields.of(elaborator, *data, plan->batch, false);
  std::optional<Metrics> metrics = batch ? measures.all(elaborator, *plan, *batch, &test.reports) : std::nullopt;
  if (!metrics)
    return;
  described.name = plan->ast->name;
  described.stage = plan->ast->name;
  described.data = test.data;
  described.split = test.split;
  described.place = declared.place(test.span);
  described.batch = plan->batch;
  described.metrics = measures.output(elaborator, *metrics);
  described.function = draft.add(std::move(function), plan->index);
  draft.program.tests.push_back(std::move(described));
}

/// Whether a function can be asked of a model's result alone and gives something for each record, as its documentation shows.
static bool isAnswer(const ast::Definition &fn) {
  auto first = [](const ast::Type &type) { return type.dims.empty() ? "" : type.dims.front()->text; };
  if (fn.formals.empty() || !fn.formals.front().type || fn.results.size() != 1 || first(fn.results.front()).empty())
    return false;
  bool isAlone = std::all_of(fn.formals.begin() + 1, fn.formals.end(), [](const ast::Formal &formal) { return bool(formal.value); });
  return isAlone && first(*fn.formals.front().type) == first(fn.results.front()) && fn.doc.find("deploy") != std::string::npos;
}

void TestsAndDeploys::checkDeploy(const ast::Deploy &deploy) {
  std::string which;
  StagePlan *plan = stages.checkpointStage(deploy.checkpoint, which);
  if (!plan || !plan->isSound) {
    for (const ast::Deploy::Predict &entry : deploy.entries)
      for (size_t i = 0; i < entry.outputs.size(); ++i)
        declared.lookup(entry.outputs[i], ast::Definition::Kind::Fn, entry.outputSpans[i], isAnswer);
    return;
  }
  for (const ast::Deploy::Predict &entry : deploy.entries) {
    for (const abi::Deploy &other : draft.program.deploys)
      if (other.name == entry.name)
        declared.report(Diag::DeclaredTwice, entry.span, "`" + entry.name + "` is deployed twice; it is a command of the program")
            .help = "give one of them another name";
    for (const ast::Stage &stage : files.script().stages)
      if (stage.name == entry.name)
        declared.report(Diag::DeclaredTwice, entry.span, "`" + entry.name + "` is a stage already; both are commands of the program")
            .help = "give one of them another name";
    checkCommandName(declared, draft.program, "deployed function", entry.name, entry.span);
    if (entry.next) {
      Generation(declared, draft).add(entry, *plan, which);
      continue;
    }
    Function function;
    function.name = "deploy." + std::to_string(draft.program.deploys.size());
    Elaborator elaborator(declared.library, declared.diagnostics, function);
    elaborator.scope = plan->ast->name;
    std::optional<Values> batch = fields.of(elaborator, *plan->data, 1, false);
    std::optional<std::vector<Value>> inputs = batch ? measures.modelInputs(*plan, *batch, entry.span) : std::nullopt;
    std::optional<std::vector<Value>> results =
        inputs ? elaborator.forward(*plan->instance, *inputs, entry.span) : std::nullopt;
    if (!results)
      continue;
    bool isSound = true;
    for (size_t i = 0; i < entry.outputs.size(); ++i) {
      const ast::Definition *answer = declared.lookup(entry.outputs[i], ast::Definition::Kind::Fn, entry.outputSpans[i], isAnswer);
      std::optional<std::vector<Value>> values;
      if (answer) {
        auto closure = std::make_shared<Closure>();
        closure->definition = answer;
        values = elaborator.call(closure, *results, {}, entry.outputSpans[i]);
      }
      const TensorValue *value = values && values->size() == 1 ? std::get_if<TensorValue>(&values->front()) : nullptr;
      if (values && (!value || value->axes.empty() || value->axes[0].size != 1))
        declared.report(Diag::DeployOutput, entry.outputSpans[i],
                        "`" + entry.outputs[i] + "` must give one value per record; it gives " +
                            (values->size() == 1 ? describe(values->front()) : "several"));
      isSound = isSound && value;
      if (value)
        elaborator.output(entry.outputs[i], *value, entry.outputSpans[i]);
    }
    if (!isSound)
      continue;
    abi::Deploy described;
    dropDead(function);
    std::vector<std::string> needed; // fields
    for (const Node &node : function.nodes) {
      if (node.op != Op::Input)
        continue;
      const abi::Field *field = plan->data->field(node.attributes.name);
      const std::string &name = field && !field->lengthOf.empty() ? field->lengthOf : node.attributes.name; // it comes with its tokens
      if (std::find(needed.begin(), needed.end(), name) == needed.end())
        needed.push_back(name);
    }
    bool areFields = std::all_of(entry.inputs.begin(), entry.inputs.end(),
                                 [&](const std::string &name) { return plan->data->field(name) != nullptr; });
    for (const std::string &name : needed) // where an input is no field, that is the mistake
      if (areFields && std::find(entry.inputs.begin(), entry.inputs.end(), name) == entry.inputs.end())
        declared.report(Diag::DeployInput, entry.span, "`" + entry.name + "` needs the field `" + name + "`, which is not among its inputs")
            .help = "write " + entry.name + "(" + name + ", …)";
    for (size_t i = 0; i < entry.inputs.size(); ++i) {
      const abi::Field *field = plan->data->field(entry.inputs[i]);
      if (field && std::find(needed.begin(), needed.end(), entry.inputs[i]) != needed.end()) {
        described.inputs.push_back(*field);
        continue;
      }
      std::string near = field ? "" : nearest(entry.inputs[i], needed);
      declared.report(Diag::DeployInput, entry.inputSpans[i],
                      field ? "input `" + entry.inputs[i] + "` has no effect on what `" + entry.name + "` gives"
                            : "data `" + plan->ast->data + "` has no field `" + entry.inputs[i] + "`" +
                                  (near.empty() ? "" : "; did you mean `" + near + "`?"))
          .help = field || !near.empty() || needed.empty() ? "" : "`" + entry.name + "` needs `" + needed.front() + "`" + (needed.size() > 1 ? ", …" : "");
    }
    described.name = entry.name;
    described.stage = plan->ast->name;
    described.which = which;
    described.data = plan->ast->data;
    described.place = declared.place(entry.span);
    described.function = draft.add(std::move(function), plan->index);
    draft.program.deploys.push_back(std::move(described));
  }
}

}  // namespace tl
