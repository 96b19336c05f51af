// What models that continue a text write, for the report of their run.
#include "runtime/program/Samples.h"
#include "runtime/io/Utf8.h"
#include "runtime/program/Answer.h"
#include "runtime/program/Board.h"
#include "runtime/program/RecordTexts.h"
#include "runtime/program/Signals.h"
#include "runtime/program/Terminal.h"

#include <algorithm>

namespace tl::program {

using Json = nlohmann::ordered_json;

static constexpr size_t mostGiven = 32; // bytes: of most windows a small part
static constexpr int64_t samples = 3, mostTokens = 64;

/// Its first words, as many as fit; of a short one the first half.
static std::string beginning(const std::string &text) {
  if (text.size() <= mostGiven)
    return text.substr(0, io::codeBefore(text, text.size() / 2 + 1));
  std::string given = text.substr(0, io::codeBefore(text, mostGiven + 1));
  size_t space = given.find_last_of(" \n");
  return space == std::string::npos || space == 0 ? given : given.substr(0, space);
}

static std::vector<std::string> beginnings(Context &context, const abi::Data &data, const std::string &split, const std::string &field) {
  const data::Dataset &dataset = context.dataset(data, split);
  auto records = context.records(data, split);
  RecordTexts texts(data);
  std::vector<std::string> found;
  for (int64_t i = 0, count = int64_t(records.size()); i < std::min(samples, count); ++i)
    for (const auto &[name, text] : texts.of(dataset, records[size_t(i * count / samples)]))
      if (std::string given = name == field ? beginning(text) : ""; !given.empty())
        found.push_back(given);
  return found;
}

/// Whose texts are begun: those of val, or of train; of a stage that reads neither, as one that only loads, the first that its data has.
static std::string splitOf(const abi::Stage &stage, const abi::Data &data) {
  for (const std::string &split : {stage.valSplit, stage.trainSplit})
    if (!split.empty())
      return split;
  return data.splits.at(0).name;
}

/// Null where a signal stopped it.
static Json samplesOf(Context &context, const abi::Deploy &deploy, const RunFolder &run) {
  const abi::Stage &stage = context.stage(deploy.stage);
  std::unique_ptr<Answerer> writer = makeGenerator(context, deploy, run);
  const std::string &field = deploy.inputs.at(0);
  Json all = Json::array();
  const abi::Data &data = context.data(deploy.data);
  for (const std::string &given : beginnings(context, data, splitOf(stage, data), field)) {
    if (stopSignal() != 0)
      return Json();
    std::string written = writer->answer(given, int64_t(all.size())).at(field).get<std::string>();
    all.push_back({{"given", given}, {"written", written.substr(std::min(given.size(), written.size()))}});
  }
  return all;
}

bool noteSamples(Context &context, const RunFolder &run, RunLog &log) {
  context.options.tokens = std::min(context.options.tokens, mostTokens); // nothing behind it asks for more
  for (const abi::Deploy &deploy : context.program.deploys) {
    if (!deploy.repeats)
      continue;
    const std::string name = deploy.stage + "." + deploy.which + " " + deploy.name;
    Json samples = Json::array();
    try {
      samples = samplesOf(context, deploy, run);
    } catch (const std::exception &problem) {
      printMessage("note: the report has no texts by `" + deploy.name + "`: " + problem.what() + "\n");
      continue;
    }
    if (samples.is_null())
      return false;
    run.updateSummary("samples", name, samples);
    showTable(log, name, samples);
  }
  return true;
}

} // namespace tl::program
