// What is said when a loss or a weight is no number any more: where, why as far as is known, and a way out.
#include "runtime/abi/ElementTypes.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/Trainer.h"

#include <cmath>

namespace tl::program {

/// The objective divides by a count of 0; "" where it does not.
static std::string countOfNothing(const MetricTotals::Loss &loss) {
  return loss.isCounted && loss.count == 0
             ? "the objective counted nothing in this step, and its sum of " + numberText(loss.sum) +
                   " over 0 is no number; leave "
                   "out records without anything to count, or make the batch larger"
             : "";
}

// The first number of a record's box that is no row.
static std::optional<int64_t> firstWithoutRow(const abi::Lookup &lookup, const abi::Field &record, const char *values) {
  std::vector<int64_t> index = lookup.starts;
  const DType dtype = dtypeNamed(record.dtype).value();
  while (true) {
    int64_t at = 0;
    for (size_t axis = 0; axis < index.size(); ++axis)
      at = at * record.shape[axis] + index[axis];
    double value = std::trunc(numberAt(dtype, values, at));
    if (!(value >= 0 && value < double(lookup.rows)))
      return int64_t(value);
    size_t axis = index.size();
    while (axis > 0 && ++index[axis - 1] == lookup.limits[axis - 1])
      index[axis - 1] = lookup.starts[axis - 1], --axis;
    if (axis == 0)
      return std::nullopt;
  }
}

/// A row that the batch asks for and that its table has not; "" where there is none among what fields say directly.
static std::string missingRow(Context &context, const abi::Stage &stage, const data::Batch &batch) {
  const data::Dataset &dataset = context.dataset(context.data(stage.data), stage.trainSplit);
  for (const abi::Lookup &lookup : stage.lookups) {
    int field = dataset.findField(lookup.field);
    if (field < 0 || dataset.fields()[size_t(field)].shape.size() != lookup.starts.size())
      continue;
    const abi::Field &about = dataset.fields()[size_t(field)];
    for (int64_t i = 0; i < batch.records; ++i)
      if (auto id = firstWithoutRow(lookup, about, dataset.values(field, batch.numbers[i]).data()))
        return "`" + lookup.field + "` of record " + std::to_string(batch.numbers[i]) + " asks for row " + std::to_string(*id) +
               " of a table of " + std::to_string(lookup.rows) + " rows, at " + lookup.place +
               "; give the table more rows, or mend the record";
  }
  return "";
}

// What is known of why the step that began at `position` of its feed ended in no number; "" where nothing is.
std::string Trainer::causeOf(const MetricTotals::Loss &loss, Feed &feed, int64_t position) {
  if (std::string cause = countOfNothing(loss); !cause.empty())
    return cause;
  feed.seek(position);
  while (feed.position() < state.loaderPosition)
    if (std::string cause = missingRow(context, stage, feed.next()); !cause.empty())
      return cause;
  if (state.stepInStage > 1)
    return "";
  return "no weight was updated before, so it is not the rate; look for a logarithm, a root or a division of what may be 0 or less, "
         "or for initial values that are too large";
}

void Trainer::diverged(const abi::Phase &phase, const std::string &what, const std::string &cause) {
  progress.clear();
  std::string remedy;
  for (size_t i = 0; i < context.program.params.size(); ++i) {
    const abi::Param &param = context.program.params[i];
    if (param.type == "real" && (param.name.find("lr") != std::string::npos || param.name.find("rate") != std::string::npos))
      remedy += (remedy.empty() ? "" : ", ") + ("`--" + param.name + "` is " + numberText(context.options.params[i]));
  }
  std::optional<std::string> newest = checkpoint::newest(folder.path(), stage.name);
  throw Error(exitDiverged,
              phase.place + ": training diverged: " + what + ", in stage `" + stage.name + "`, phase `" + phase.name +
                  "`, epoch " + std::to_string(state.epoch + 1) + ", step " + std::to_string(state.stepInStage) + "; " +
                  (!cause.empty() ? cause
                                  : "a new run with a lower rate is the likely remedy" + (remedy.empty() ? "" : " (" + remedy + ")")) +
                  "; " +
                  (newest ? "the newest checkpoint is `" + *newest + "`" : "there is no checkpoint of this stage yet"));
}

}  // namespace tl::program
