// Runs a compiled evaluation function over every batch of a split.
#include "runtime/program/Evaluate.h"
#include "runtime/program/Signals.h"

#include <algorithm>

namespace tl::program {

static int64_t limited(const Options &options, int64_t batches) {
  if (options.limitBatches > 0)
    batches = std::min(batches, options.limitBatches);
  return options.smoke ? std::min<int64_t>(batches, 2) : batches;
}

Evaluator::Evaluator(Context &context, Session &session, const abi::Data &data, const std::string &split,
                     const std::string &function, const std::vector<abi::Metric> &metrics)
    : session(session), function(context.function(function)), splitRecords(context.records(data, split).size()),
      loader(context.dataset(data, split), context.records(data, split),
             loaderOptions(context, this->function, false, 0)),
      batches(limited(context.options, loader.batchesPerEpoch())), sums(metrics, this->function) {}

int64_t Evaluator::records() const { return std::min(splitRecords, batches * function.batch()); }

bool Evaluator::run() {
  sums.clear();
  loader.seek(0);
  for (int64_t i = 0; i < batches; ++i) {
    session.call(function, loader.next().data, i); // draws by batch: two evaluations can be compared
    sums.add(session.output());
    if (stopSignal())
      return false;
  }
  return true;
}

}  // namespace tl::program
