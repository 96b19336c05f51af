// The batches of a loader of its own are copied to where compiled code looks for them, beside those of the stage's data.
#include "runtime/program/BesideFeed.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl::program {

static constexpr int64_t alignment = 64;

/// The inputs that any of the functions has of the data, by the names of its fields, one after the other.
static data::LoaderOptions optionsOf(const abi::Beside &about, const std::vector<Callable> &functions, data::LoaderOptions options) {
  options.batch = about.batch;
  options.inputs.clear();
  options.inputBytes = 0;
  for (const Callable &function : functions) {
    bool reads = false, knowsPadding = false;
    for (abi::Port port : function.about->inputs) {
      auto [data, field] = abi::partsOfInput(port.name);
      if (data != about.data)
        continue;
      reads = true;
      knowsPadding |= field == "valid";
      if (std::any_of(options.inputs.begin(), options.inputs.end(), [&, name = field](const abi::Port &known) { return known.name == name; }))
        continue;
      port.name = field;
      port.offset = options.inputBytes;
      options.inputBytes += (memory::bytesOf(port) + alignment - 1) / alignment * alignment;
      options.inputs.push_back(std::move(port));
    }
    options.isWhole |= reads && !knowsPadding;
  }
  return options;
}

BesideFeed::BesideFeed(Context &context, const abi::Beside &about, const std::vector<Callable> &functions, const data::LoaderOptions &options)
    : loader(context.dataset(context.data(about.data), about.trainSplit), context.records(context.data(about.data), about.trainSplit), optionsOf(about, functions, options)) {
  const std::vector<abi::Port> from = optionsOf(about, functions, options).inputs;
  for (const Callable &function : functions) {
    std::vector<Move> &own = moves.emplace_back();
    for (const abi::Port &port : from)
      if (const abi::Port *into = function.input(abi::inputName(about.data, port.name)))
        own.push_back({port, *into});
  }
}

void BesideFeed::lay(size_t function, memory::Arena into) const {
  for (const Move &move : moves[function])
    into.copy(move.into, batch.arena, move.from);
}

int64_t BesideFeed::bytes(const abi::Beside &about, const std::vector<Callable> &functions, int64_t records, int64_t inBlock) {
  data::LoaderOptions options;
  options.shuffle = true;
  return data::Loader::bytes(records, inBlock, optionsOf(about, functions, options));
}

std::string besideText(Context &context, const abi::Stage &stage) {
  std::string text;
  for (const abi::Beside &about : stage.beside) {
    const abi::Data &data = context.data(about.data);
    text += ", beside it " + withCommas(int64_t(context.records(data, about.trainSplit).size())) + " of " + about.data + "." + about.trainSplit + ", batch " + std::to_string(about.batch);
    if (!about.evaluateFunction.empty())
      text += ", measured on " + withCommas(int64_t(context.records(data, about.valSplit).size())) + " of " + about.data + "." + about.valSplit;
  }
  return text;
}

} // namespace tl::program
