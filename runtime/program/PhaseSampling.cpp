// How a phase draws its records.
#include "runtime/program/PhaseSampling.h"
#include "runtime/data/ByValue.h"

#include <cmath>

namespace tl::program {

/// What a function puts out for each record of a split.
static data::RecordValues valuesOf(Context &context, Session &session, const abi::Data &data, const std::string &split, const abi::Sample &sample) {
  const Callable function = context.function(sample.function);
  const abi::Port &port = *function.output("value");
  data::RecordValues all{sample.isLength ? "the length of `" + sample.field + "`" : "`" + sample.field + "`", context.records(data, split), {}};
  all.values.reserve(all.records.size());
  data::Loader loader(context.dataset(data, split), all.records, loaderOptions(context, function, false, 0));
  for (int64_t number = 0; number < loader.batchesPerEpoch(); ++number) {
    data::Batch batch = loader.next();
    session.call(function, batch.arena, 0);
    for (int64_t row = 0; row < batch.records; ++row) {
      const double value = session.output().number(port, row);
      if (std::isnan(value))
        throw badData("`sample " + sample.way + " by " + sample.field + "` asks a number of each record, and `" + sample.field + "` is NaN of record " + std::to_string(batch.numbers[row]) +
                      " of `" + data.name + "." + split + "`");
      all.values.push_back(float(value));
    }
  }
  return all;
}

std::shared_ptr<const data::Sampling> samplingOf(Context &context, Session &session, const abi::Stage &stage, const abi::Phase &phase, double epochs) {
  const abi::Sample &sample = phase.sample;
  if (sample.function.empty())
    return context.balanced(stage, phase);
  data::RecordValues values = valuesOf(context, session, context.data(stage.data), stage.trainSplit, sample);
  if (sample.way == "alike")
    return std::make_shared<data::Alike>(std::move(values), stage.batch);
  return std::make_shared<data::Rising>(std::move(values), sample.from, epochs);
}

}  // namespace tl::program
