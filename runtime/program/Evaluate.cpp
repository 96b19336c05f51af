// Runs a compiled evaluation function over every batch of a split.
#include "runtime/program/Evaluate.h"
#include "runtime/program/Signals.h"
#include "runtime/program/Terminal.h"

#include <algorithm>

namespace tl::program {

static int64_t limited(const Options &options, int64_t batches) {
  if (options.limitBatches > 0)
    batches = std::min(batches, options.limitBatches);
  return options.smoke ? std::min<int64_t>(batches, 2) : batches;
}

std::vector<AlsoMeasured> measuredBeside(Context &context, const abi::Stage &stage) {
  std::vector<AlsoMeasured> also;
  for (const abi::Beside &about : stage.beside)
    if (!about.evaluateFunction.empty())
      also.push_back({&context.data(about.data), {about.valSplit, about.evaluateFunction, ""}});
  return also;
}

Evaluator::Part Evaluator::partOf(Context &context, const abi::Data &data, const Intake &intake, bool keeps) {
  auto feed = std::make_unique<Feed>(context, session, data, intake, keeps, Order());
  const int64_t batches = limited(context.options, feed->batchesPerEpoch());
  return {context.function(intake.function), std::move(feed), int64_t(context.records(data, intake.split).size()), batches};
}

static std::vector<Callable> functionsOf(Context &context, const Intake &intake, const std::vector<AlsoMeasured> &also) {
  std::vector<Callable> functions = {context.function(intake.function)};
  for (const AlsoMeasured &each : also)
    functions.push_back(context.function(each.intake.function));
  return functions;
}

Evaluator::Evaluator(Context &context, Session &session, const abi::Data &data, const Intake &intake,
                     const std::vector<abi::Metric> &metrics, bool keeps, bool areDrawnFrom, const std::vector<AlsoMeasured> &also)
    : session(session), sums(metrics, functionsOf(context, intake, also)) {
  parts.push_back(partOf(context, data, intake, keeps));
  for (const AlsoMeasured &each : also)
    parts.push_back(partOf(context, *each.data, each.intake, false));
  for (const abi::Metric &metric : metrics) {
    auto part = std::find_if(parts.begin(), parts.end(), [&](const Part &each) { return each.function.output(metric.name + ".0"); });
    if (metric.parts.empty() || part == parts.end())
      continue;
    (metric.function.empty() ? ofListings : ofOverall).push_back(size_t(part - parts.begin()));
    if (metric.function.empty())
      listings.emplace_back(metric, part->function);
    else
      overall.emplace_back(context, session, metric, part->function, areDrawnFrom && abi::hasInterval(metric));
  }
}

int64_t Evaluator::records() const { return std::min(parts.front().splitRecords, parts.front().batches * parts.front().function.batch()); }

int64_t Evaluator::records(Context &context, const abi::Data &data, const Intake &intake) {
  auto all = int64_t(context.records(data, intake.split).size()), batch = context.function(intake.function).batch();
  return std::min(all, limited(context.options, (all + batch - 1) / batch) * batch);
}

double Evaluator::featureSeconds() const { return parts.front().feed->featureSeconds(); }

bool Evaluator::run(Resampling *resampling) {
  double begin = now(), made = featureSeconds();
  sums.clear();
  for (Overall &each : overall)
    each.clear();
  for (Listing &each : listings)
    each.clear();
  for (size_t number = 0; number < parts.size(); ++number)
    if (!run(number, resampling))
      return false;
  for (Overall &each : overall)
    sums.put(each.metric, each.values());
  nextSeconds = now() - begin - (featureSeconds() - made);
  return true;
}

bool Evaluator::run(size_t number, Resampling *resampling) {
  Part &part = parts[number];
  part.feed->seek(0);
  for (int64_t i = 0; i < part.batches; ++i) {
    data::Batch batch = part.feed->next();
    session.call(part.function, part.feed->inputFor(batch, i), i); // draws by batch: two evaluations can be compared
    sums.add(session.output(), number);
    for (size_t each = 0; each < overall.size(); ++each)
      if (ofOverall[each] == number)
        overall[each].add(session.output(), batch.records);
    for (size_t each = 0; each < listings.size(); ++each)
      if (ofListings[each] == number)
        listings[each].add(session.output(), batch.numbers, batch.records);
    if (resampling)
      resampling->add(session.output(), batch.records);
    if (stopSignal())
      return false;
  }
  return true;
}

}  // namespace tl::program
