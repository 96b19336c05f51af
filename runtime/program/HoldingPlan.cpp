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
data::Holding HoldingPlan::of(const abi::Data &data, const abi::Source &source) const {
  bool isInPieces = tooLarge.contains(nameOf(data, source)) && data::Dataset::canBeInPieces(source, data.fields, scriptFolder);
  return isInPieces ? data::Holding::InPieces : data::Holding::Whole;
}

std::string HoldingPlan::sentence(const abi::Data &data, const abi::Source &source) const {
  if (!tooLarge.contains(nameOf(data, source)))
    return "";
  int64_t whole = data::Dataset::bytes(source, data.fields, data::Holding::Whole);
  std::string takes = "source `" + source.name + "` of `" + data.name + "` takes " + bytesText(whole) + ", and all data may take " + bytesText(budget) + ": ";
  if (of(data, source) == data::Holding::InPieces)
    return takes + "it is read in pieces, " + bytesText(bytes(data, source)) + " are held";
  bool isKnown = data::formatNamed(source.reader).indexBytes >= 0;
  return takes + "it is held whole, as " +
         (!isKnown                               ? "`" + source.reader + "` is not read in pieces"
          : data::isPacked(source, scriptFolder) ? "packed files are not read in pieces; unpack them (gunzip)"
                                                 : "the places of its records take more");
}

}  // namespace tl::program
