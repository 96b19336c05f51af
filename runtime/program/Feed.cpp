// While features are missing, a batch holds the fields that they are made from beside the inputs of the function; once all are
// kept, the loader lays them into the batch like fields.
#include "runtime/program/Feed.h"
#include "runtime/program/Terminal.h"

namespace tl::program {

Intake Intake::ofTraining(const abi::Stage &stage, const abi::Phase &phase) {
  return {stage.trainSplit, phase.stepFunction, phase.featuresFunction, phase.batchStatistics};
}

Intake Intake::ofEvaluation(const abi::Stage &stage, const abi::Phase &phase) {
  const std::string &own = phase.evaluation.function;
  return {stage.valSplit, own.empty() ? stage.evaluateFunction : own, phase.evaluation.featuresFunction};
}

int64_t Intake::featureBytes(const abi::Program &program, int64_t records, int64_t sourceRecords) const {
  return features.empty() ? 0 : data::Features::bytesFor(Context::about(program, features).outputs, records, sourceRecords);
}

int64_t Intake::batchBytes(const abi::Program &program) const {
  return Context::about(program, function).inputBytes + (features.empty() ? 0 : Context::about(program, features).inputBytes);
}

Feed::Feed(Context &context, Session &session, const abi::Data &data, const Intake &intake, bool keeps, const Order &order)
    : context(context), session(session), data(data), split(intake.split), taker(context.function(intake.function)), order(order),
      isMeasured(intake.isMeasured), isComputing(!intake.features.empty()) {
  if (isComputing) {
    compute = context.function(intake.features);
    if (keeps)
      features = std::make_unique<data::Features>(compute.about->outputs, context.records(data, split),
                                                  context.dataset(data, split).records());
  }
  open(0);
}

void Feed::open(int64_t position) {
  loader.reset(); // first, so that two are never held
  data::LoaderOptions options = loaderOptions(context, taker, order.shuffle, order.stream);
  options.depth = order.depth;
  options.isMeasured = isMeasured;
  options.sampling = order.sampling;
  if (isComputing) {
    options.inputs = compute.about->inputs;
    for (const abi::Port &port : taker.about->inputs)
      if (!compute.output(port.name))
        options.inputs.push_back(memory::Arena::behind(compute.about->inputBytes, port));
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

memory::Arena Feed::inputFor(const data::Batch &batch, int64_t stepInStage) {
  if (!isComputing)
    return batch.arena;
  memory::Arena into = batch.arena.behind(compute.about->inputBytes);
  if (features && features->hold(batch)) {
    features->lay(batch, taker.about->inputs, into);
    return into;
  }
  double begin = now();
  session.call(compute, batch.arena, stepInStage);
  for (const abi::Port &port : taker.about->inputs)
    if (const abi::Port *made = compute.output(port.name))
      into.copy(port, session.output(), *made);
  if (features) {
    features->keep(batch, session.output());
    seconds += now() - begin;
  }
  return into;
}

}  // namespace tl::program
