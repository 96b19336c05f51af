// Which sources a program holds whole, and which it reads in pieces.
#include "runtime/program/HoldingPlan.h"
#include "runtime/abi/DrawnInputs.h"
#include "runtime/data/Formats.h"
#include "runtime/io/Units.h"
#include "runtime/program/Memory.h"
#include <algorithm>

namespace tl::program {

static std::string nameOf(const abi::Data &data, const abi::Source &source) { return data.name + "." + source.name; }

int64_t dataBytesLeft() {
  int64_t available = availableBytes();
  return available < 0 ? INT64_MAX : available / 2;
}

/// What is drawn anew in each epoch is decoded anew.
static bool isDrawn(const abi::Data &data, const abi::Source &source) {
  return std::any_of(data.fields.begin(), data.fields.end(), [&](const abi::Field &field) { return abi::isDrawn(source, field); });
}

HoldingPlan::HoldingPlan(const abi::Program &program, std::string scriptFolder, int64_t budget, std::string beside)
    : scriptFolder(std::move(scriptFolder)), beside(std::move(beside)), budget(budget) {
  for (const abi::Data &data : program.data)
    for (const abi::Source &source : data.sources)
      if (isDrawn(data, source))
        continue;
      else if (int64_t bytes = data::Dataset::bytes(source, data.fields, data::Holding::Whole); bytes <= budget)
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
  bool isInPieces = isDrawn(data, source) || (tooLarge.contains(nameOf(data, source)) && whyWhole(data, source).empty());
  return isInPieces ? data::Holding::InPieces : data::Holding::Whole;
}

/// Looked at once: a part of the text's name may be its digest.
bool HoldingPlan::isMade(const abi::Data &data, const abi::Source &source) const {
  auto [at, isNew] = made.emplace(nameOf(data, source), false);
  if (isNew)
    at->second = data::isMadeIn(beside, source, data.fields, scriptFolder);
  return at->second;
}

int64_t HoldingPlan::readingBytes(const abi::Data &data, const abi::Source &source) const {
  const data::Holding how = of(data, source);
  return data::readingBytes(source, data.fields, how, how == data::Holding::InPieces && isMade(data, source), scriptFolder);
}

std::string HoldingPlan::sentence(const abi::Data &data, const abi::Source &source) const {
  if (isDrawn(data, source))
    return "source `" + source.name + "` of `" + data.name + "` is decoded anew in each epoch: training sees `" + source.options.at(abi::drawnSteps) + "`, drawn each time, and all else " +
           (source.options.contains("images.steps") ? "`" + source.options.at("images.steps") + "`" : "the pictures as they are") + "; " + bytesText(bytes(data, source)) + " are held";
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
