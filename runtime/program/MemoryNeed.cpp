// Says before the first step how much memory a command will take at most.
#include "runtime/program/MemoryNeed.h"
#include "runtime/io/Error.h"
#include "runtime/io/Gzip.h"
#include "runtime/program/Metrics.h"
#include "runtime/program/Session.h"
#include "runtime/program/Terminal.h"

#include <algorithm>
#include <set>

namespace tl::program {

// Code pages, thread stacks and small buffers that are touched after the start; measured on several programs.
static constexpr int64_t laterBytes = 3 << 17;

namespace {

class Predictor {
public:
  explicit Predictor(const Context &context) : context(context), held(residentBytes() + laterBytes), peak(held) {}

  void addStage(const abi::Stage &stage) {
    const abi::Data &data = context.data(stage.data);
    holdSplit(data, stage.trainSplit);
    if (!stage.valSplit.empty())
      holdSplit(data, stage.valSplit);
    int64_t arena = Session::arenaBytes(context, stage, Session::trainingFunctions(context, stage));
    int64_t steps = 0;
    for (const abi::Phase &phase : stage.phases)
      steps = std::max(steps, loaderBytes(data, stage.trainSplit, phase.stepFunction));
    if (!stage.valSplit.empty() && !stage.evaluateFunction.empty())
      steps += loaderBytes(data, stage.valSplit, stage.evaluateFunction);
    peak = std::max(peak, held + arena + steps);
  }

  void addTest(const abi::Test &test) {
    const abi::Data &data = context.data(test.data);
    holdSplit(data, test.split);
    peak = std::max(peak, held + Session::arenaBytes(context, context.stage(test.stage), {test.function}) +
                              loaderBytes(data, test.split, test.function));
  }

  int64_t peakBytes() const { return peak; }

private:
  // A split's records are known only after reading; its share of the source is close.
  static int64_t recordsOf(const abi::Data &data, const abi::Split &split) {
    return int64_t(double(Context::source(data, split.source).records) * (split.to - split.from));
  }

  // What a reader holds besides the arrays that it fills. Text is cut into cells that point into it, and their numbers
  // are checked before any is delivered; the other formats are read in place.
  int64_t readingBytes(const abi::Data &data, const abi::Source &source, int64_t bytes) const {
    if (source.reader != "csv")
      return 0;
    int64_t columns = 0, text = 0;
    for (const abi::Field &field : data.fields)
      columns += elementsOf(field.shape);
    for (const std::string &file : source.files) {
      std::string path = data::findFile(file, context.scriptFolder());
      // Text packs to about a quarter; how long it really is, is known only after unpacking.
      text += io::File::openRead(path).size() * (io::InputStream(path).isGzip() ? 4 : 1);
    }
    return text + source.records * (columns + 1) * int64_t(sizeof(std::string_view)) + bytes;
  }

  void holdSplit(const abi::Data &data, const std::string &name) {
    const abi::Split &split = Context::split(data, name);
    if (seen.insert(data.name + "/" + split.source).second) {
      const abi::Source &source = Context::source(data, split.source);
      int64_t bytes = data::Dataset::bytes(source.records, data.fields);
      peak = std::max(peak, held + bytes + readingBytes(data, source, bytes));
      held += bytes;
    }
    if (seen.insert(data.name + "." + name).second)
      held += recordsOf(data, split) * int64_t(sizeof(int64_t));
  }

  int64_t loaderBytes(const abi::Data &data, const std::string &split, const std::string &function) const {
    return data::Loader::bytes(recordsOf(data, Context::split(data, split)),
                               loaderOptions(context, context.function(function), true, 0));
  }

  const Context &context;
  int64_t held, peak;
  std::set<std::string> seen;
};

std::string mebibytes(int64_t bytes) { return format("%.1f MiB", double(bytes) / (1 << 20)); }

}  // namespace

int64_t predictPeakBytes(const Context &context, const std::vector<const abi::Stage *> &stages,
                         const std::vector<const abi::Test *> &tests) {
  Predictor predictor(context);
  for (const abi::Stage *stage : stages)
    predictor.addStage(*stage);
  for (const abi::Test *test : tests)
    predictor.addTest(*test);
  return predictor.peakBytes();
}

void checkMemory(int64_t peakBytes) {
  int64_t available = availableBytes(), more = peakBytes - residentBytes();
  if (available < 0)
    return printMessage("needs " + mebibytes(peakBytes) + " of memory\n");
  if (more > available)
    throw Error(1, "needs " + mebibytes(peakBytes) + " of memory, " + mebibytes(available) +
                       " are available; a smaller `batch` needs less");
  printMessage("needs " + mebibytes(peakBytes) + " of memory, " + mebibytes(available) + " available\n");
}

}  // namespace tl::program
