// While features are missing, a batch holds the fields that they are made from beside the inputs of the function; once all are
// kept, the loader lays them into the batch like fields.
#include "runtime/program/Feed.h"
#include "runtime/abi/Turns.h"
#include "runtime/program/Terminal.h"

#include <algorithm>

namespace tl::program {

Intake Intake::ofTraining(const abi::Stage &stage, const abi::Phase &phase) {
  Intake intake{stage.trainSplit, phase.stepFunction, phase.featuresFunction, phase.batchStatistics, {}, stage.beside};
  for (const abi::Phase *other : abi::roundOf(stage, phase)) {
    intake.isMeasured = intake.isMeasured || other->batchStatistics;
    if (other != &phase)
      intake.others.push_back(other->stepFunction);
  }
  return intake;
}

Intake Intake::ofEvaluation(const abi::Stage &stage, const abi::Phase &phase) {
  const std::string &own = phase.evaluation.function;
  return {stage.valSplit, own.empty() ? stage.evaluateFunction : own, phase.evaluation.featuresFunction};
}

int64_t Intake::featureBytes(const abi::Program &program, int64_t records, int64_t sourceRecords) const {
  return features.empty() ? 0 : data::Features::bytesFor(Context::about(program, features).outputs, records, sourceRecords);
}

int64_t Intake::batchBytes(const abi::Program &program) const {
  int64_t bytes = Context::about(program, function).inputBytes + (features.empty() ? 0 : Context::about(program, features).inputBytes);
  for (const std::string &other : others)
    bytes += Context::about(program, other).inputBytes;
  return bytes;
}

std::vector<const abi::Function *> Intake::takers(const abi::Program &program) const {
  std::vector<const abi::Function *> all = {&Context::about(program, function)};
  for (const std::string &other : others)
    all.push_back(&Context::about(program, other));
  return all;
}

Feed::Feed(Context &context, Session &session, const abi::Data &data, const Intake &intake, bool keeps, const Order &order)
    : context(context), session(session), data(data), split(intake.split), taker(context.function(intake.function)), order(order),
      isMeasured(intake.isMeasured), isComputing(!intake.features.empty()) {
  for (const std::string &other : intake.others)
    others.push_back(context.function(other));
  if (isComputing) {
    compute = context.function(intake.features);
    if (keeps)
      features = std::make_unique<data::Features>(compute.about->outputs, context.records(data, split),
                                                  context.dataset(data, split).records());
  }
  open(0);
  std::vector<Callable> takers;
  for (const abi::Function *each : intake.takers(context.program))
    takers.push_back({each});
  for (const abi::Beside &about : intake.beside) {
    data::LoaderOptions options = loaderOptions(context, taker, order.shuffle, order.stream);
    options.stream += uint32_t(beside.size() + 1) << 28; // of equally many records, no order that another data has
    options.depth = order.depth;
    options.isMeasured = isMeasured;
    beside.push_back(std::make_unique<BesideFeed>(context, about, takers, options));
  }
}

void Feed::seekBeside(int64_t calls) {
  for (const auto &each : beside)
    each->seek(calls);
}

void Feed::open(int64_t position) {
  loader.reset(); // first, so that two are never held
  data::LoaderOptions options = loaderOptions(context, taker, order.shuffle, order.stream);
  options.depth = order.depth;
  options.isMeasured = isMeasured;
  options.sampling = order.sampling;
  std::erase_if(options.inputs, abi::isBeside);
  if (isComputing) {
    options.inputs = compute.about->inputs;
    for (const abi::Port &port : taker.about->inputs)
      if (!compute.output(port.name) && !abi::isBeside(port))
        options.inputs.push_back(memory::Arena::behind(compute.about->inputBytes, port));
    options.inputBytes += compute.about->inputBytes;
  } else {
    options.features = features.get();
  }
  for (const Callable &other : others) {
    options.batch = std::max(options.batch, other.batch());
    for (const abi::Port &port : other.about->inputs)
      if (!abi::isBeside(port))
        options.inputs.push_back(memory::Arena::behind(options.inputBytes, port));
    options.inputBytes += other.about->inputBytes;
  }
  loader = std::make_unique<data::Loader>(context.dataset(data, split), context.records(data, split), options);
  loader->seek(position);
}

data::Batch Feed::next() {
  if (isComputing && features && features->isComplete()) {
    isComputing = false;
    open(loader->position());
  }
  for (const auto &each : beside)
    each->next();
  return loader->next();
}

memory::Arena Feed::inputFor(const data::Batch &batch, int64_t stepInStage, size_t turn) {
  memory::Arena input = ownInputFor(batch, stepInStage, turn);
  for (const auto &each : beside)
    each->lay(turn, input);
  return input;
}

memory::Arena Feed::ownInputFor(const data::Batch &batch, int64_t stepInStage, size_t turn) {
  if (!isComputing) {
    int64_t before = turn > 0 ? taker.about->inputBytes : 0;
    for (size_t i = 1; i < turn; ++i)
      before += others[i - 1].about->inputBytes;
    return batch.arena.behind(before);
  }
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
