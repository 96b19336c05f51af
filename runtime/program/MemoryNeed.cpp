// Says before the first step how much memory a command will take at most.
#include "runtime/program/MemoryNeed.h"
#include "runtime/checkpoint/Remap.h"
#include "runtime/abi/Refitted.h"
#include "runtime/data/ByValue.h"
#include "runtime/data/Folds.h"
#include "runtime/data/Formats.h"
#include "runtime/data/Split.h"
#include "runtime/io/Error.h"
#include "runtime/program/CachePlan.h"
#include "runtime/program/Feed.h"
#include "runtime/program/Memory.h"
#include "runtime/program/Resampling.h"
#include "runtime/program/Session.h"
#include "runtime/program/Terminal.h"

#include <algorithm>
#include <set>

namespace tl::program {

// What a program holds besides data and arenas: pages of its code and of libc, stacks, small buffers; and for each compiled
// function its code and its part of the descriptor. Measured on programs small and large.
static constexpr int64_t programBytes = int64_t{4600} << 10, functionBytes = int64_t{32} << 10;

// An entry of a vocabulary besides its letters: its text, and its place in the table that finds its number. Measured.
static constexpr int64_t entryBytes = 88;
// A phrase: its text, here and with its source, and its place in the table that joins its words.
static constexpr int64_t phraseBytes = 200;

// What decoders of pictures leave behind: their pages of code, and pieces of the heaps of threads that have decoded. Measured.
static constexpr int64_t decodersBytes = int64_t{1} << 20;

// What readers of texts, and tokenizers, leave behind likewise. Measured.
static constexpr int64_t textsBytes = int64_t{550} << 10, tokenizersBytes = int64_t{700} << 10;

namespace {

int64_t textBytes(const abi::Program &program) {
  auto hasTexts = [](const abi::Data &data) { return std::any_of(data.sources.begin(), data.sources.end(), data::isText); };
  int64_t bytes = std::any_of(program.data.begin(), program.data.end(), hasTexts) ? textsBytes : 0, files = 0;
  for (const abi::Data &data : program.data)
    files += data.tokenizer ? std::ssize(data.tokenizer->json) : 0;
  return bytes + (files > 0 ? tokenizersBytes + files : 0);
}

int64_t vocabularyBytes(const abi::Program &program) {
  int64_t bytes = 0;
  for (const abi::Data &data : program.data)
    for (const abi::Field &field : data.fields) {
      for (const std::string &entry : field.vocabulary)
        bytes += entryBytes + std::ssize(entry);
      for (const std::vector<std::string> &round : field.phrases)
        for (const std::string &pair : round)
          bytes += phraseBytes + 3 * std::ssize(pair);
    }
  return bytes;
}

template <class List> const auto &named(const List &list, const std::string &name) {
  return *std::find_if(list.begin(), list.end(), [&](const auto &entry) { return entry.name == name; });
}

/// Of the kernel that has most on its stack, in one thread: `tlc explain` does not know how many there will be.
int64_t stackBytes(const abi::Program &program) {
  int64_t most = 0;
  for (const abi::Function &function : program.functions)
    most = std::max(most, function.stackBytes);
  return most;
}

class Predictor {
public:
  Predictor(const abi::Program &program, const HoldingPlan &holding, int64_t cacheBytes)
      : program(program), holding(holding), cacheBytes(cacheBytes), held(programBytes + int64_t(program.functions.size()) * functionBytes + stackBytes(program) + vocabularyBytes(program) + textBytes(program)),
        peak(held) {}

  /// Of a stage that has as many records as it has in one of its folds.
  void beInFold(const abi::Folds *of) { folds = of; }

  void addStage(const abi::Stage &stage) {
    const abi::Data &data = named(program.data, stage.data);
    if (!stage.trainSplit.empty())
      holdSplit(data, stage.trainSplit);
    if (!stage.valSplit.empty())
      holdSplit(data, stage.valSplit);
    for (const abi::Beside &beside : stage.beside)
      for (const std::string &split : {beside.trainSplit, beside.valSplit})
        if (!split.empty())
          holdSplit(named(program.data, beside.data), split);
    if (const abi::Folds *parted = abi::foldsOf(program, stage.name))
      peak = std::max(peak, held + data::Folds::bytes(Context::source(data, Context::split(data, stage.trainSplit).source).records, *parted));
    int64_t arena = Session::arenaBytes(program, stage, Session::trainingFunctions(program, stage));
    int64_t steps = 0;
    for (const abi::Phase &phase : stage.phases)
      steps = std::max(steps, phaseBytes(data, stage, phase));
    for (const abi::Load &load : stage.loads) // before the first step
      steps = std::max(steps, load.openBytes + checkpoint::copyingBytes(load, stage));
    peak = std::max(peak, held + arena + steps);
  }

  void addTest(const abi::Test &test) {
    const abi::Data &data = named(program.data, test.data);
    holdSplit(data, test.split);
    std::vector<std::string> functions = Overall::functions(test.metrics);
    functions.push_back(test.function);
    peak = std::max(peak, held + Session::arenaBytes(program, named(program.stages, test.stage), functions) + Overall::bytes(program, test.metrics) +
                              Resampling::bytes(program, test, recordsOf(data, Context::split(data, test.split))) + loaderBytes(data, test.split, test.function, Context::about(program, test.function).inputBytes, false));
  }

  int64_t peakBytes() const { return peak; }

private:
  // A split's records are known only after reading; its share of the source is close.
  int64_t recordsOf(const abi::Data &data, const abi::Split &split) const {
    const abi::Source &source = Context::source(data, split.source);
    if (!folds || named(program.stages, folds->stage).data != data.name)
      return data::expectedRecords(source, split);
    int64_t all = data::expectedRecords(source, Context::split(data, "train")) + data::expectedRecords(source, Context::split(data, "val")), out = all / folds->parts;
    return split.name == "val" ? out : all - out;
  }

  void holdSplit(const abi::Data &data, const std::string &name) {
    const abi::Split &split = Context::split(data, name);
    if (seen.insert(data.name + "/" + split.source).second) {
      const abi::Source &source = Context::source(data, split.source);
      const data::Holding how = holding.of(data, source);
      int64_t bytes = holding.bytes(data, source), reading = holding.readingBytes(data, source);
      peak = std::max(peak, held + bytes + reading);
      bool arePictures = data::formatNamed(source.reader).isOfFolders, areInPieces = how == data::Holding::InPieces;
      held += bytes + (arePictures ? decodersBytes : 0) + (arePictures && areInPieces ? reading : 0);
    }
    if (seen.insert(data.name + "." + name).second)
      held += data::listBytes(Context::source(data, split.source).records, split);
  }

  int64_t featureBytes(const abi::Data &data, const Intake &intake) const {
    if (intake.features.empty())
      return 0;
    const abi::Split &split = Context::split(data, intake.split);
    return intake.featureBytes(program, recordsOf(data, split), Context::source(data, split.source).records);
  }

  // Batches on their way to the steps and to the evaluation of a phase, and the features that are kept.
  int64_t phaseBytes(const abi::Data &data, const abi::Stage &stage, const abi::Phase &phase) const {
    Intake training = Intake::ofTraining(stage, phase), evaluation = Intake::ofEvaluation(stage, phase);
    int64_t bytes = loaderBytes(data, stage.trainSplit, training.function, training.batchBytes(program), true);
    const int64_t records = recordsOf(data, Context::split(data, stage.trainSplit));
    if (const std::string &function = phase.sample.function; !function.empty())
      bytes += data::RecordValues::bytes(records) + loaderBytes(data, stage.trainSplit, function, Context::about(program, function).inputBytes, false);
    else if (!phase.sample.way.empty())
      bytes += data::Balanced::bytes(records);
    if (!stage.valSplit.empty() && !evaluation.function.empty())
      bytes += loaderBytes(data, stage.valSplit, evaluation.function, evaluation.batchBytes(program), false) + Overall::bytes(program, stage.metrics);
    std::vector<Callable> takers;
    for (const abi::Function *each : training.takers(program))
      takers.push_back({each});
    for (const abi::Beside &beside : stage.beside) {
      const abi::Data &other = named(program.data, beside.data);
      const abi::Split &train = Context::split(other, beside.trainSplit);
      bytes += BesideFeed::bytes(beside, takers, recordsOf(other, train), data::recordsInBlock(Context::source(other, train.source)));
      if (!beside.evaluateFunction.empty())
        bytes += loaderBytes(other, beside.valSplit, beside.evaluateFunction, Context::about(program, beside.evaluateFunction).inputBytes, false);
    }
    return bytes + CachePlan(featureBytes(data, training), featureBytes(data, evaluation), cacheBytes).keptBytes();
  }

  int64_t loaderBytes(const abi::Data &data, const std::string &name, const std::string &function, int64_t batchBytes, bool isShuffled) const {
    const abi::Split &split = Context::split(data, name);
    data::LoaderOptions options;
    options.batch = Callable{&Context::about(program, function)}.batch();
    options.inputBytes = batchBytes;
    options.shuffle = isShuffled;
    return data::Loader::bytes(recordsOf(data, split), data::recordsInBlock(Context::source(data, split.source)), options);
  }

  const abi::Program &program;
  const HoldingPlan &holding;
  int64_t cacheBytes;
  int64_t held, peak;
  const abi::Folds *folds = nullptr; // null: the splits that the script says
  std::set<std::string> seen;
};

std::string mebibytes(int64_t bytes) { return format("%.1f MiB", double(bytes) / (1 << 20)); }

}  // namespace

int64_t predictPeakBytes(const abi::Program &program, const std::vector<const abi::Stage *> &stages,
                         const std::vector<const abi::Test *> &tests, const HoldingPlan &holding, int64_t cacheBytes) {
  Predictor predictor(program, holding, cacheBytes);
  for (const abi::Stage *stage : stages)
    predictor.addStage(*stage);
  for (const abi::Test *test : tests)
    predictor.addTest(*test);
  return predictor.peakBytes();
}

int64_t predictPeakBytes(const abi::Program &program, const HoldingPlan &holding, int64_t cacheBytes) {
  std::vector<const abi::Stage *> stages;
  std::vector<const abi::Test *> tests;
  for (const abi::Stage &stage : program.stages)
    stages.push_back(&stage);
  for (const abi::Test &test : program.tests)
    tests.push_back(&test);
  return predictPeakBytes(program, stages, tests, holding, cacheBytes);
}

int64_t bytesBesideData(const Context &context, const abi::Program &program, const abi::Stage &stage) {
  Predictor predictor(program, context.holding, 0);
  for (const abi::Folds &folds : program.folds) { // also where it is trained anew for another stage's
    const std::vector<const abi::Stage *> refitted = abi::refittedOf(program, folds);
    bool isRefitted = std::find(refitted.begin(), refitted.end(), &context.stage(stage.name)) != refitted.end();
    if (folds.stage == stage.name || (isRefitted && context.stage(folds.stage).data == stage.data))
      predictor.beInFold(&folds);
  }
  predictor.addStage(stage);
  return std::max(predictor.peakBytes() - residentBytes(), Session::arenaBytes(program, stage, Session::trainingFunctions(program, stage)) + (int64_t{2} << 20));
}

int64_t cacheBytesLeft(int64_t peakBytes) {
  int64_t available = availableBytes();
  return available < 0 ? INT64_MAX : std::max<int64_t>(0, (available - std::max<int64_t>(0, peakBytes - residentBytes())) / 2);
}

void checkMemory(int64_t peakBytes) {
  int64_t available = availableBytes(), more = peakBytes - residentBytes();
  if (available < 0)
    return printMessage("needs " + mebibytes(peakBytes) + " of memory\n");
  if (more > available)
    throw Error(1, "needs " + mebibytes(peakBytes) + " of memory, " + mebibytes(available) +
                       " are available; a smaller `batch` or `--data-budget` needs less");
  printMessage("needs " + mebibytes(peakBytes) + " of memory, " + mebibytes(available) + " available\n");
}

}  // namespace tl::program
