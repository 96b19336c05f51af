// What is done with a trained stage: tests on the test split, and functions of one record.
#include "compiler/sema/TestsAndDeploys.h"
#include <algorithm>
#include <cmath>

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
  if (!takeInterval(test, described))
    return;
  size_t on = 0; // whose records they are to the stage
  for (size_t i = 0; i < plan->beside.size(); ++i)
    on = plan->beside[i].data == data ? i + 1 : on;
  bool isOther = plan->data != data && on == 0;
  bool areOfModel = std::all_of(test.reports.begin(), test.reports.end(), [&](const ast::Report &wanted) { return measures.asksModel(wanted.name); });
  if ((isOther && !isTestable(test, *plan, *data, areOfModel)) || !noteUse(test, *plan))
    return;
  StagePlan met = *plan; // with the data that it meets
  if (on == 0)
    met.data = data;
  int number = int(draft.program.tests.size());
  Function function;
  function.name = "test." + std::to_string(number);
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan->ast->name;
  elaborator.maskBatch = true;
  std::optional<Batches> batch = fields.ofStage(elaborator, met, on, false);
  std::optional<Metrics> metrics = !batch                  ? std::nullopt
                                   : isOther && areOfModel ? measures.ofModel(elaborator, met, batch->at(on), test.reports)
                                                           : measures.all(elaborator, function, met, *batch, &test.reports);
  if (!metrics) {
    if (isOther && !declared.diagnostics.all().empty()) // which may stand in the stage
      declared.diagnostics.all().back()->notes.push_back({test.dataSpan, "that is asked on `" + test.data + "` here"});
    return;
  }
  described.name = plan->ast->name;
  described.stage = plan->ast->name;
  described.data = test.data;
  described.split = test.split;
  described.place = declared.place(test.span);
  described.batch = plan->batchOf(on);
  std::vector<Function> overall;
  described.metrics = measures.output(elaborator, *metrics, Measures::Measurer{function.name, data->mostRecordsIn(*data->split(test.split)), described.interval > 0}, &overall);
  bool hasNumber = std::any_of(described.metrics.begin(), described.metrics.end(), abi::hasInterval);
  if (described.interval > 0 && !hasNumber && !test.reports.empty())
    declared.report(Diag::IntervalForm, test.intervals.front().span, "nothing that this `test` reports is one number, so `interval` has no effect").help = "report a number as well, `report accuracy`, or leave `interval` out";
  described.function = draft.add(std::move(function), plan->index);
  for (Function &each : overall)
    draft.add(std::move(each), plan->index);
  draft.program.tests.push_back(std::move(described));
}

/// How much of the draws an interval holds, and how many there are. False after an error.
bool TestsAndDeploys::takeInterval(const ast::Test &test, abi::Test &into) const {
  constexpr int64_t usual = 1000, most = 1'000'000;
  if (test.intervals.empty())
    return true;
  const ast::Interval &asked = test.intervals.front();
  if (test.intervals.size() > 1)
    declared.report(Diag::IntervalForm, test.intervals[1].span, "`interval` is given twice").notes.push_back({asked.span, "`interval` stands here first"});
  std::optional<double> share = declared.number(*asked.share, "`interval`");
  std::optional<int64_t> draws = asked.draws ? declared.integer(*asked.draws, "`draws`") : usual;
  if (!share || !draws)
    return false;
  if (!(*share > 0 && *share < 1)) {
    declared.report(Diag::IntervalForm, asked.share->span, "an interval holds a share of the draws above 0 and below 1, this is " + spell(Number{*share, false}))
        .help = *share > 1 && *share < 100 ? "write interval " + spell(Number{*share / 100, false}) : "write interval 0.95";
    return false;
  }
  auto least = int64_t(std::ceil(2 / (1 - *share) - 1e-6)); // one beyond either bound
  if (*draws < least || *draws > most) {
    declared.report(Diag::IntervalForm, asked.draws ? asked.draws->span : asked.share->span,
                    *draws < least ? "of " + std::to_string(*draws) + " draws none lies beyond the bounds of an interval that holds " + spell(Number{*share, false}) + " of them; that takes " + std::to_string(least)
                                   : std::to_string(*draws) + " draws are more than " + std::to_string(most))
        .help = *draws < least ? "write interval " + spell(Number{*share, false}) + " draws " + std::to_string(std::min(most, std::max(usual, 2 * least))) : "1000 are usual";
    return false;
  }
  into.interval = *share;
  into.draws = *draws;
  return true;
}

}  // namespace tl
