// While features are missing, a batch holds the fields that they are made from beside the inputs of the step; once all are
// kept, the loader lays them into the batch like fields.
#include "runtime/program/Feed.h"
#include "runtime/io/Units.h"
#include "runtime/program/Metrics.h"
#include "runtime/program/Terminal.h"

#include <cstring>

namespace tl::program {

Feed::Feed(Context &context, Session &session, const abi::Stage &stage, const abi::Phase &phase, uint32_t stream, int64_t depth)
    : context(context), session(session), data(context.data(stage.data)), split(stage.trainSplit),
      step(context.function(phase.stepFunction)), stream(stream), depth(depth), isMeasured(phase.batchStatistics),
      isComputing(!phase.featuresFunction.empty()) {
  if (isComputing) {
    compute = context.function(phase.featuresFunction);
    const std::vector<int64_t> &records = context.records(data, split);
    int64_t all = context.dataset(data, split).records();
    if (data::Features::bytesFor(compute.about->outputs, int64_t(records.size()), all) <= context.options.cacheBytes)
      features = std::make_unique<data::Features>(compute.about->outputs, records, all);
  }
  open(0);
}

void Feed::open(int64_t position) {
  loader.reset(); // first, so that two are never held
  data::LoaderOptions options = loaderOptions(context, step, true, stream);
  options.depth = depth;
  options.isMeasured = isMeasured;
  if (isComputing) {
    options.inputs = compute.about->inputs;
    for (abi::Port port : step.about->inputs)
      if (!compute.output(port.name)) {
        port.offset += compute.about->inputBytes;
        options.inputs.push_back(port);
      }
    options.inputBytes += compute.about->inputBytes;
  } else {
    options.features = features.get();
  }
  loader = std::make_unique<data::Loader>(context.dataset(data, split), context.records(data, split), options);
  loader->seek(position);
}

data::Batch Feed::next() {
  if (isComputing && features && features->isComplete()) {
    isComputing = false;
    open(loader->position());
  }
  return loader->next();
}

const char *Feed::inputFor(const data::Batch &batch, int64_t stepInStage) {
  if (!isComputing)
    return batch.data;
  char *into = batch.data + compute.about->inputBytes;
  if (features && features->hold(batch)) {
    features->lay(batch, step.about->inputs, into);
    return into;
  }
  session.call(compute, batch.data, stepInStage);
  for (const abi::Port &port : step.about->inputs)
    if (const abi::Port *made = compute.output(port.name))
      std::memcpy(into + port.offset, session.output() + made->offset,
                  size_t(elementsOf(made->shape) * data::dtypeBytes(made->dtype)));
  if (features)
    features->keep(batch, session.output());
  return into;
}

int64_t Feed::featureBytes(const abi::Program &program, const abi::Phase &phase, int64_t records, int64_t sourceRecords) {
  return phase.featuresFunction.empty() ? 0
                                        : data::Features::bytesFor(Context::about(program, phase.featuresFunction).outputs,
                                                                   records, sourceRecords);
}

int64_t Feed::batchBytes(const abi::Program &program, const abi::Phase &phase) {
  return Context::about(program, phase.stepFunction).inputBytes +
         (phase.featuresFunction.empty() ? 0 : Context::about(program, phase.featuresFunction).inputBytes);
}

std::string Feed::sentence(Context &context, const abi::Stage &stage, const abi::Phase &phase) {
  if (phase.featuresFunction.empty())
    return phase.notCached.empty() ? "" : "nothing is cached: " + phase.notCached;
  const abi::Data &data = context.data(stage.data);
  auto records = int64_t(context.records(data, stage.trainSplit).size());
  int64_t bytes = featureBytes(context.program, phase, records, context.dataset(data, stage.trainSplit).records());
  if (bytes > context.options.cacheBytes)
    return "features are computed anew at each step: those of " + withCommas(records) + " records take " + bytesText(bytes) +
           ", and " + bytesText(context.options.cacheBytes) + " may be cached";
  return "features of " + withCommas(records) + " records are cached: " + bytesText(bytes) + ", " +
         flopsText(phase.featuresFlops) + " of " + flopsText(phase.featuresFlops + phase.stepFlops) + " a step saved";
}

}  // namespace tl::program
