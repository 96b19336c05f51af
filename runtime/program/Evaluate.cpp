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

Evaluator::Evaluator(Context &context, Session &session, const abi::Data &data, const Intake &intake,
                     const std::vector<abi::Metric> &metrics, bool keeps, bool areDrawnFrom)
    : session(session), function(context.function(intake.function)), feed(context, session, data, intake, keeps, Order()),
      splitRecords(int64_t(context.records(data, intake.split).size())), batches(limited(context.options, feed.batchesPerEpoch())),
      sums(metrics, this->function) {
  for (const abi::Metric &metric : metrics)
    if (!metric.function.empty())
      overall.emplace_back(context, session, metric, this->function, areDrawnFrom && abi::hasInterval(metric));
    else if (metric.list > 0)
      listings.emplace_back(metric, this->function);
}

int64_t Evaluator::records() const { return std::min(splitRecords, batches * function.batch()); }

int64_t Evaluator::records(Context &context, const abi::Data &data, const Intake &intake) {
  auto all = int64_t(context.records(data, intake.split).size()), batch = context.function(intake.function).batch();
  return std::min(all, limited(context.options, (all + batch - 1) / batch) * batch);
}

bool Evaluator::run(Resampling *resampling) {
  double begin = now(), made = feed.featureSeconds();
  sums.clear();
  for (Overall &each : overall)
    each.clear();
  for (Listing &each : listings)
    each.clear();
  feed.seek(0);
  for (int64_t i = 0; i < batches; ++i) {
    data::Batch batch = feed.next();
    session.call(function, feed.inputFor(batch, i), i); // draws by batch: two evaluations can be compared
    sums.add(session.output());
    for (Overall &each : overall)
      each.add(session.output(), batch.records);
    for (Listing &each : listings)
      each.add(session.output(), batch.numbers, batch.records);
    if (resampling)
      resampling->add(session.output(), batch.records);
    if (stopSignal())
      return false;
  }
  for (Overall &each : overall)
    sums.put(each.metric, each.values());
  nextSeconds = now() - begin - (feed.featureSeconds() - made);
  return true;
}

}  // namespace tl::program
