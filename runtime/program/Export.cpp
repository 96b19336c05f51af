// Copies a checkpoint's parameters and buffers into a safetensors file of plain names.
#include "runtime/program/Export.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/Tensors.h"
#include "runtime/program/AdapterExport.h"
#include "runtime/program/PublishedExport.h"
#include "runtime/program/Session.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/VectorsExport.h"
#include <deque>

namespace tl::program {

/// `net[0].w` → `net.0.w`; `[0].w` → `0.w`
static std::string withDots(const std::string &path) {
  std::string text;
  for (char c : path)
    if (c == '[')
      text += text.empty() ? "" : ".";
    else if (c != ']')
      text += c;
  return text;
}

/// The stage and which checkpoint of it `STAGE.best` is, and the file or folder.
struct Wanted {
  const abi::Stage *stage = nullptr;
  std::string which, file;
};

static Wanted wantedBy(const Context &context) {
  const std::vector<std::string> &operands = context.options.operands;
  size_t dot = operands.empty() ? std::string::npos : operands[0].rfind('.');
  std::string name = dot == std::string::npos ? "" : operands[0].substr(0, dot);
  std::string which = dot == std::string::npos ? "" : operands[0].substr(dot + 1);
  const std::string &folder = context.options.huggingface, &vectors = context.options.vectors;
  bool isFlagged = context.options.isGiven("huggingface") || context.options.isGiven("vectors");
  if (isFlagged && folder.empty() == vectors.empty())
    throw Error(exitUsage, "`export` writes one thing at a time: to `--huggingface FOLDER` or to `--vectors FILE`");
  if (context.options.isGiven("table") && vectors.empty())
    throw Error(exitUsage, "`--table` says which table `--vectors FILE` writes");
  if (context.options.isGiven("by") && vectors.empty())
    throw Error(exitUsage, "`--by` says whose answers `--vectors FILE` writes");
  if (context.options.isGiven("by") && context.options.isGiven("table"))
    throw Error(exitUsage, "`--vectors FILE` writes the rows of a table or the answers of a function: `--table " + context.options.table + "` or `--by " + context.options.by + "`");
  if (context.options.isGiven("dtype") && folder.empty())
    throw Error(exitUsage, "`--dtype` says what `--huggingface FOLDER` rounds to; a file of weights has them as they are");
  if (operands.size() != (isFlagged ? 1 : 2) || which.empty())
    throw Error(exitUsage, "`export` takes a checkpoint and a file, such as `export " + context.program.stages[0].name +
                               ".last weights.safetensors`, or `--huggingface FOLDER` or `--vectors FILE` in place of the file");
  for (const abi::Stage &stage : context.program.stages)
    if (stage.name == name)
      return {&stage, whichOf(stage, which), isFlagged ? folder + vectors : operands[1]};
  throw Error(exitUsage, "there is no stage `" + name + "` in `" + context.program.name + "`");
}

void runExport(Context &context, const RunFolder &run) {
  auto [stage, which, path] = wantedBy(context);
  bool isMerged = context.options.merged;
  if (context.options.adapter && (isMerged || context.options.isGiven("huggingface") || context.options.isGiven("vectors")))
    throw Error(exitUsage, "`--adapter` writes what adapters have alone, so it stands by itself: `export " + stage->name + "." + which + " FOLDER --adapter`");
  if (isMerged && context.options.isGiven("by"))
    throw Error(exitUsage, "`" + context.options.by + "` answers by its layers, adapters and all; leave `--merged` out");
  if (isMerged && !stage->unmerged.empty())
    throw Error(exitUsage, "stage `" + stage->name + "` has adapters `" + stage->unmerged + "`, which act on what layers give: there is no weight that they could be merged into");
  if (isMerged && stage->mergeFunction.empty())
    throw Error(exitUsage, "stage `" + stage->name + "` has no adapters that `--merged` could merge");
  if (context.options.isGiven("by"))
    return exportVectors(vectorsAnswered(context, run, *stage, which, context.options.by), path);
  Session session(context, *stage, isMerged ? std::vector{stage->mergeFunction} : std::vector<std::string>{});
  memory::Arena variables = session.variables(), output = session.output();
  session.loadWeights(run.checkpoint(stage->name, which));
  std::map<std::string, const abi::Port *> merged; // by path
  if (isMerged) {
    Callable merge = context.function(stage->mergeFunction);
    session.call(merge, {}, 0);
    for (const abi::Port &port : merge.about->outputs)
      merged[port.name] = &port;
  }
  std::vector<weights::TensorView> views;
  std::vector<ExportedWeight> exported;
  std::deque<std::vector<float>> widened; // of weights that are kept in 8 bits
  for (const abi::Variable &variable : stage->variables) {
    bool isWeight = variable.kind == "parameter" || variable.kind == "buffer";
    if (auto port = merged.find(variable.path); port != merged.end())
      views.push_back({withDots(variable.path), port->second->dtype, variable.shape, output.at(*port->second)});
    else if (auto kept = checkpoint::KeptWeight::of(*stage, variable, variables)) {
      std::vector<float> &numbers = widened.emplace_back();
      kept->eachPiece([&](std::span<const float> piece) { numbers.insert(numbers.end(), piece.begin(), piece.end()); });
      views.push_back({withDots(variable.path), "f32", variable.shape, reinterpret_cast<const char *>(numbers.data())});
    } else if (isWeight && !(isMerged && !variable.of.empty())) // an adapter's weight is in what it makes
      views.push_back({withDots(variable.path), variable.dtype, variable.shape, variables.at(variable)});
    else
      continue;
    exported.push_back({variable, views.back().dtype, views.back().data});
  }
  if (context.options.adapter)
    return exportAdapters(context, *stage, exported, path);
  if (!context.options.huggingface.empty())
    return exportPublished(context, *stage, exported, path);
  if (!context.options.vectors.empty())
    return exportVectors(vectorsInTable(context, *stage, exported, context.options.table), path);
  io::File file = io::File::create(path);
  std::map<std::string, std::string> notes = checkpoint::vocabularyNotes(*stage, withDots);
  notes.emplace("format", "pt");
  weights::writeSafetensors(file, views, notes);
  file.sync();
  file.close();
  printMessage(std::to_string(views.size()) + " tensors written to `" + path + "`\n");
}

}  // namespace tl::program
