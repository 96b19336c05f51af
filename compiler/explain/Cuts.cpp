// What texts lose that are longer than their fields, and which categories `train` does not have: the program says so when it starts, and `tlc
// explain` before.
#include "compiler/explain/Explain.h"
#include "compiler/explain/Memory.h"
#include "runtime/data/CutRecords.h"
#include "runtime/data/UnseenValues.h"
#include "runtime/data/Split.h"
#include "runtime/io/Error.h"
#include "runtime/io/File.h"
#include <algorithm>

namespace tl {

static std::string cutsOf(const abi::Data &data, const abi::Source &source, const std::string &folder) {
  std::string text;
  data::Dataset dataset = data::Dataset::load(source, data.fields, folder);
  for (const abi::Split &split : data.splits)
    if (split.source == source.name) {
      data::RecordList records = data::splitRecords(dataset, split);
      for (const std::string &line : {data::cutText(data, split.name, dataset, records), data::unseenText(data, split.name, dataset, records)})
        text += line.empty() ? "" : line + "\n";
    }
  return text;
}

std::string explainCuts(const abi::Program &program) {
  std::string text;
  program::HoldingPlan holding = holdingOf(program);
  for (const abi::Data &data : program.data) {
    bool mayLose = std::any_of(data.fields.begin(), data.fields.end(), [](const abi::Field &field) { return !field.lengthOf.empty() || field.tokens == "categories"; });
    for (const abi::Source &source : data.sources)
      try {
        if (mayLose && holding.of(data, source) == data::Holding::Whole)
          text += cutsOf(data, source, io::parentFolder(program.source));
      } catch (const Error &) { // NOLINT(bugprone-empty-catch)
        // Such as a split too small to have a record: the program says so when it starts.
      }
  }
  return text;
}

}  // namespace tl
