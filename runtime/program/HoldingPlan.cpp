// Which sources a program holds whole, and which it reads in pieces.
#include "runtime/program/HoldingPlan.h"
#include "runtime/data/Formats.h"
#include "runtime/io/Units.h"
#include "runtime/program/Memory.h"

namespace tl::program {

static std::string nameOf(const abi::Data &data, const abi::Source &source) { return data.name + "." + source.name; }

int64_t dataBytesLeft() {
  int64_t available = availableBytes();
  return available < 0 ? INT64_MAX : available / 2;
}

HoldingPlan::HoldingPlan(const abi::Program &program, std::string scriptFolder, int64_t budget) : scriptFolder(std::move(scriptFolder)), budget(budget) {
  for (const abi::Data &data : program.data)
    for (const abi::Source &source : data.sources)
      if (int64_t bytes = data::Dataset::bytes(source, data.fields, data::Holding::Whole); bytes <= budget)
        budget -= bytes;
      else
        tooLarge.insert(nameOf(data, source));
}

// Files are looked at only of a source that is asked for: those of others need not be there.
const std::string &HoldingPlan::whyWhole(const abi::Data &data, const abi::Source &source) const {
  auto [at, isNew] = reasons.emplace(nameOf(data, source), "");
  if (isNew)
    at->second = data::Dataset::whyWhole(source, data.fields, scriptFolder);
  return at->second;
}

data::Holding HoldingPlan::of(const abi::Data &data, const abi::Source &source) const {
  bool isInPieces = tooLarge.contains(nameOf(data, source)) && whyWhole(data, source).empty();
  return isInPieces ? data::Holding::InPieces : data::Holding::Whole;
}

std::string HoldingPlan::sentence(const abi::Data &data, const abi::Source &source) const {
  if (!tooLarge.contains(nameOf(data, source)))
    return "";
  int64_t whole = data::Dataset::bytes(source, data.fields, data::Holding::Whole);
  std::string takes = "source `" + source.name + "` of `" + data.name + "` takes " + bytesText(whole) + ", and all data may take " + bytesText(budget) + ": ";
  if (const std::string &why = whyWhole(data, source); !why.empty())
    return takes + "it is held whole, as " + why;
  if (source.window > 1)
    return takes + "its tokens are read in pieces, from a file beside the run";
  return takes + "it is read in pieces, " + bytesText(bytes(data, source)) + " are held";
}

}  // namespace tl::program
