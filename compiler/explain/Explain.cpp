// The text of `tlc explain`: data, the parameter tree, one phase table per stage, memory.
#include "compiler/explain/Explain.h"
#include "compiler/explain/Memory.h"
#include "compiler/explain/PhaseTable.h"
#include "compiler/weights/Weights.h"
#include "runtime/abi/Refitted.h"
#include "runtime/checkpoint/KeptWeight.h"
#include "runtime/data/Facts.h"
#include "runtime/data/Features.h"
#include "runtime/data/Formats.h"
#include "runtime/data/Split.h"
#include "runtime/io/Format.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <set>
#include <sstream>

namespace tl {

namespace {

int64_t recordsOf(const abi::Program &program, const std::string &of, const std::string &name) {
  for (const abi::Data &data : program.data)
    for (const abi::Split &split : data.splits)
      for (const abi::Source &source : data.sources)
        if (data.name == of && split.name == name && source.name == split.source)
          return data::expectedRecords(source, split);
  return 0;
}
int64_t recordsOf(const abi::Program &program, const abi::Stage &stage, const std::string &name) { return recordsOf(program, stage.data, name); }

/// What of a vocabulary was joined, where its text has phrases.
std::string phrasesText(const abi::Field &field) {
  std::set<std::string> joined;
  for (const std::vector<std::string> &round : field.phrases)
    for (std::string pair : round) {
      std::replace(pair.begin(), pair.end(), ' ', '_');
      joined.insert(pair);
    }
  auto isJoined = [&](const std::string &entry) { return joined.contains(entry); };
  return field.phrases.empty() ? "" : ", of which " + counted(std::count_if(field.vocabulary.begin(), field.vocabulary.end(), isJoined), "phrase");
}

void explainData(std::ostringstream &text, const abi::Data &data) {
  text << "data " << data.name << "\n";
  Rows rows;
  for (const abi::Split &split : data.splits)
    for (const abi::Source &source : data.sources)
      if (source.name == split.source) {
        bool isWhole = split.from == 0 && split.to == 1, isExact = isWhole || split.by == "position" || split.kept >= 0;
        std::string whole = withCommas(source.records + source.window - 1) + (source.window == 1 ? "" : data::isText(source) ? " tokens"
                                                                                                                             : " rows");
        std::string rest = source.leftOut ? ", which leaves out " + (source.options.contains("damaged") ? counted(source.leftOut, "damaged picture") : counted(source.leftOut, "record") + " without a text") : "";
        if (split.kept >= 0)
          rest += ": of its " + counted(split.of, "record") + " those where " + split.condition;
        rows.push_back({split.name, (isExact ? "" : "about ") + counted(data::expectedRecords(source, split), "record"),
                        isWhole && source.window == 1 && rest.empty() ? "" : "of " + whole + " in source " + source.name + rest});
      }
  printTable(text, rows);
  for (const abi::Field &field : data.fields)
    if (field.lengthOf.empty()) // else it comes with its tokens
      text << "    " << field.name << (field.of.size() > 1 ? " of " + field.of[0] + ", " + field.of[1] : "") << ": " << data::typeText(field.dtype, field.shape)
           << (field.classes ? ", " + std::to_string(data.classesOf(field)) + (field.classes == 1 ? " class" : " classes") : "")
           << (field.tokens.empty() ? "" : ", " + field.tokens + ", a vocabulary of " + withCommas(int64_t(field.vocabulary.size())) + phrasesText(field))
           << "\n";
  for (const abi::Fit &fit : data.fits)
    text << "    " << fit.name << " is fitted on " << fit.split << ": "
         << (fit.meanVariable.empty() ? "" : "mean") << (fit.meanVariable.empty() || fit.deviationVariable.empty() ? "" : ", ")
         << (fit.deviationVariable.empty() ? "" : "deviation")
         << (fit.shape.empty() ? "" : ", " + data::typeText("f32", fit.shape)) << "\n";
}

/// What it saves to keep weights in 8 bits.
void explainKept(std::ostringstream &text, const abi::Stage &stage) {
  int64_t tensors = 0, bytes = 0, wide = 0;
  for (const abi::Variable &variable : stage.variables) {
    bool isKept = checkpoint::KeptWeight::isKept(variable);
    tensors += isKept;
    bytes += isKept || (variable.kind == "table" && !variable.of.empty()) ? bytesOf(variable) : 0;
    wide += isKept ? elementsOf(variable.shape) * int64_t(sizeof(float)) : 0;
  }
  if (tensors)
    text << "  " << counted(tensors, "tensor") << (tensors == 1 ? " is" : " are") << " kept in i8, in " << bytesText(bytes) << "; in f32 they would take " << bytesText(wide) << "\n";
}

void explainParameters(std::ostringstream &text, const abi::Stage &stage) {
  int64_t total = 0;
  Rows rows;
  for (const abi::Variable &variable : stage.variables) {
    if (variable.kind != "parameter" && variable.kind != "buffer")
      continue;
    int64_t elements = elementsOf(variable.shape);
    bool isParameter = variable.kind == "parameter";
    total += isParameter ? elements : 0;
    bool isKept = checkpoint::KeptWeight::isKept(variable);
    rows.push_back({variable.path, data::typeText(isKept ? "i8" : variable.dtype, variable.shape), withCommas(elements),
                    isParameter ? variable.role : "buffer"});
  }
  text << "  " << counted(total, "parameter") << "\n";
  printTable(text, rows);
  explainKept(text, stage);
  for (const abi::Load &load : stage.loads) {
    text << (load.isAdded ? "  plus " : "  from ") << sourceOf(load) << " when the stage starts: "
         << withCommas(int64_t(load.tensors.size())) << " loaded, " << withCommas(int64_t(load.fresh.size())) << " new, "
         << withCommas(int64_t(load.ignored.size())) << " ignored\n";
    Rows byRule;
    for (const auto &[rule, count] : load.rules)
      byRule.push_back({rule, withCommas(count)});
    if (load.rules.size() > 1)
      printTable(text, byRule);
    for (const abi::LoadedTensor &tensor : load.tensors)
      if (!tensor.words.empty())
        text << "    " << tensor.words << "\n";
  }
  for (const abi::Overridden &each : stage.overridden)
    text << "  not from " << sourceOf(each.load) << ", as `" << each.load.layer << "` says at " << each.load.place << ": " << counted(int64_t(each.load.tensors.size()), "tensor") << " loaded from " << each.by << " instead\n";
}

/// What is computed once for each record, or why nothing is.
void explainFeatures(std::ostringstream &text, const abi::Program &program, const abi::Stage &stage, const abi::Phase &phase) {
  auto tell = [&](const std::string &where, const std::string &reason, const std::string &features, const std::string &split,
                  int64_t featuresFlops, int64_t restFlops, const char *each) {
    if (!reason.empty())
      text << "    " << where << "nothing is cached: " << reason << "\n";
    const abi::Function *function = find(program, features);
    if (!function)
      return;
    int64_t bytes = data::Features::recordBytes(function->outputs);
    text << "    " << where << "features are cached: " << bytesText(bytes) << " a record, "
         << bytesText(recordsOf(program, stage, split) * bytes) << " in all, which saves " << flopsText(featuresFlops) << " of "
         << flopsText(featuresFlops + restFlops) << " a " << each << ":";
    for (const abi::Port &port : function->outputs)
      text << (&port == &function->outputs.front() ? " " : ", ")
           << data::typeText(port.dtype, {port.shape.begin() + 1, port.shape.end()});
    text << "\n";
  };
  tell(phase.name + ": ", phase.notCached, phase.featuresFunction, stage.trainSplit, phase.featuresFlops, phase.stepFlops, "step");
  const abi::Evaluation &evaluation = phase.evaluation;
  tell(phase.name + ": in evaluation ", evaluation.notCached, evaluation.featuresFunction, stage.valSplit, evaluation.featuresFlops,
       evaluation.flops, "batch");
}

/// Where more is kept than `best`: which checkpoints there will be, and by what.
static void explainBests(std::ostringstream &text, const abi::Stage &stage) {
  if (std::none_of(stage.kept.begin(), stage.kept.end(), [](const abi::Kept &kept) { return kept.name != "best"; }))
    return;
  text << "    keeps ";
  for (const abi::Kept &kept : stage.kept)
    text << "`" << stage.name << "." << kept.name << "` by " << abi::nameOf(kept.by) << ", ";
  text << "and `" << stage.name << ".last`\n";
}

/// "each once", "by label", "alike by text", "rising by size from 0.1"
static std::string samplingText(const abi::Sample &sample) {
  if (sample.way.empty())
    return "each once";
  return (sample.way == "balanced" ? "" : sample.way + " ") + "by " + sample.field + (sample.from > 0 ? format(" from %g", sample.from) : "");
}

void explainPhases(std::ostringstream &text, const abi::Program &program, const CheckedProgram::PhaseTable &phases, size_t index,
                   const Costs &costs) {
  const abi::Stage &stage = program.stages[index];
  std::map<std::string, int64_t> slotBytes;
  for (const abi::Variable &variable : stage.variables)
    if (variable.kind == "slot")
      slotBytes[variable.path] = bytesOf(variable);

  Rows rows = phaseRows(stage, phases[index]);
  std::vector<std::string> head = {"", "parameters"}, trainable = {"trainable", ""}, slots = {"slots", ""},
                           length = {"length", ""}, turns = {"in turn", ""}, sampling = {"records", ""}, work = {"work", ""}, forward = {"forward", ""}, backward = {"backward", ""},
                           unfrozen = {"  were all trained", ""}, flops = {"step", ""}, step = {"compiled as", ""}, updates = {"then", ""};
  bool hasWork = false, hasFlops = false, hasGain = false;
  int64_t held = 0;
  for (const abi::Phase &phase : stage.phases) {
    head.push_back(phase.name);
    turns.push_back(phase.times ? counted(phase.times, "step") : "");
    trainable.push_back(withCommas(phase.trainableCount));
    for (const std::string &path : phase.fresh)
      held += slotBytes.count(path) ? slotBytes[path] : 0;
    slots.push_back(bytesText(held));
    std::string amount = phase.epochs ? counted(phase.epochs, "epoch") : counted(phase.steps, "step");
    length.push_back(phase.epochsParam.empty() ? amount : amount + " (--" + phase.epochsParam + ")");
    sampling.push_back(samplingText(phase.sample));
    int64_t bytes = 0;
    for (const std::string &name : {phase.stepFunction, phase.updateFunction})
      if (const abi::Function *function = find(program, name))
        bytes = std::max(bytes, workOf(*function, costs));
    work.push_back(bytesText(bytes));
    hasWork = hasWork || bytes > 0;
    auto cost = costs.find(phase.stepFunction), update = costs.find(phase.updateFunction);
    int64_t operations = cost == costs.end() ? 0 : cost->second.flops * stage.accumulate;
    operations += update == costs.end() ? 0 : update->second.flops;
    flops.push_back(cost == costs.end() ? "" : flopsText(operations));
    hasFlops = hasFlops || operations > 0;
    bool isWeighed = cost != costs.end() && cost->second.forward > 0;
    hasGain = hasGain || (isWeighed && cost->second.backward < cost->second.backwardOfAll);
    forward.push_back(isWeighed ? flopsText(cost->second.forward) : "");
    backward.push_back(isWeighed ? flopsText(cost->second.backward) : "");
    unfrozen.push_back(isWeighed ? flopsText(cost->second.backwardOfAll) : "");
    step.push_back(phase.stepFunction + (stage.accumulate > 1 ? " " + std::to_string(stage.accumulate) + "x" : ""));
    updates.push_back(phase.updateFunction);
  }
  rows.insert(rows.begin(), head);
  rows.insert(rows.end(), {trainable, slots, length});
  if (std::any_of(stage.phases.begin(), stage.phases.end(), [](const abi::Phase &phase) { return phase.times > 0; }))
    rows.push_back(turns);
  if (std::any_of(stage.phases.begin(), stage.phases.end(), [](const abi::Phase &phase) { return !phase.sample.way.empty(); }))
    rows.push_back(sampling);
  if (hasWork)
    rows.push_back(work);
  if (hasGain)
    rows.insert(rows.end(), {forward, backward, unfrozen});
  if (hasFlops)
    rows.push_back(flops);
  rows.push_back(step);
  if (std::any_of(stage.phases.begin(), stage.phases.end(), [](const abi::Phase &phase) { return !phase.updateFunction.empty(); }))
    rows.push_back(updates);
  text << "  phases\n";
  printTable(text, rows);
  explainBests(text, stage);
  // Such a layer needs no gradient and no update, but what lies below it still needs the gradient of its input.
  for (const abi::Phase &phase : stage.phases) {
    auto cost = costs.find(phase.stepFunction);
    if (cost == costs.end() || cost->second.frozenOnPath.empty())
      continue;
    text << "    " << phase.name << ": frozen but still on the gradient path, which saves a third of a layer's work, not two:";
    for (const std::string &path : cost->second.frozenOnPath)
      text << (&path == &cost->second.frozenOnPath.front() ? " " : ", ") << path;
    text << "\n";
  }
  for (const abi::Phase &phase : stage.phases)
    explainFeatures(text, program, stage, phase);
}

/// Of each table, once for all steps that update it alike.
void explainTables(std::ostringstream &text, const abi::Stage &stage, const Costs &costs) {
  std::vector<std::string> told;
  for (const abi::Phase &phase : stage.phases) {
    auto cost = costs.find(phase.stepFunction);
    for (const TableUpdate &table : cost == costs.end() ? std::vector<TableUpdate>() : cost->second.tables) {
      std::string line = "    " + table.name + " is updated " +
                         (table.why.empty() ? "in rows only: " + withCommas(table.named) + " of " + withCommas(table.rows) + " rows a step"
                                            : "as a whole table: " + table.why);
      if (std::find(told.begin(), told.end(), line) != told.end())
        continue;
      told.push_back(line);
      text << line << "\n";
    }
  }
}

/// Of convolutions that are computed by fewer products, once for all steps that have as many.
void explainTiles(std::ostringstream &text, const abi::Stage &stage, const Costs &costs) {
  std::vector<std::string> told;
  for (const abi::Phase &phase : stage.phases) {
    auto cost = costs.find(phase.stepFunction);
    if (cost == costs.end() || cost->second.tilesOfFour + cost->second.tilesOfTwo == 0)
      continue;
    const auto &[four, two] = std::pair(cost->second.tilesOfFour, cost->second.tilesOfTwo);
    std::string line = "    3 x 3 taps by Winograd's products, convolutions and their gradients: ";
    if (four)
      line += std::to_string(four) + " in tiles of 4 x 4, which round two to three times as much as sums of all products" + (two ? "; " : "");
    if (two)
      line += std::to_string(two) + " in tiles of 2 x 2, which round as they do";
    if (std::find(told.begin(), told.end(), line) == told.end())
      text << told.emplace_back(line) << "\n";
  }
}

/// What is computed again so that the stage keeps to its budget of memory, by line of the script, that with the most operations first.
void explainBudget(std::ostringstream &text, const abi::Program &program, const abi::Stage &stage, const Costs &costs) {
  Costs kept = costs;
  int64_t budget = 0;
  for (auto &[name, cost] : kept)
    cost.workBytes = cost.budget > 0 ? cost.workBytesKept : cost.workBytes;
  for (const abi::Phase &phase : stage.phases)
    if (auto cost = costs.find(phase.stepFunction); cost != costs.end())
      budget = cost->second.budget;
  if (budget == 0)
    return;
  text << "    budget " << bytesText(budget);
  if (stageBytes(program, stage, kept) <= budget) {
    text << ": nothing is computed again\n";
    return;
  }
  text << ", without which " << bytesText(stageBytes(program, stage, kept)) << " would be needed\n";
  std::set<std::string> told; // phases may share a step
  for (const abi::Phase &phase : stage.phases) {
    auto cost = costs.find(phase.stepFunction);
    if (cost == costs.end() || cost->second.again.empty() || !told.insert(phase.stepFunction).second)
      continue;
    int64_t more = 0;
    std::vector<std::pair<int64_t, std::string>> lines;
    for (const auto &[line, flops] : cost->second.again) {
      more += flops;
      lines.emplace_back(-flops, line);
    }
    std::sort(lines.begin(), lines.end());
    text << "    " << phase.name << ": computed again in each step, " << flopsText(more) << format(" (%.1f %% more):", 100 * double(more) / double(std::max<int64_t>(1, cost->second.flops - more)));
    for (const auto &[flops, line] : lines)
      if (-flops * 1000 >= more) // no list of crumbs
        text << (line == lines.front().second ? " " : ", ") << line << " " << flopsText(-flops);
    text << "\n";
  }
}

void explainFolds(std::ostringstream &text, const abi::Program &program, const abi::Stage &stage, const abi::Folds &folds) {
  const int64_t all = recordsOf(program, stage, stage.trainSplit) + recordsOf(program, stage, stage.valSplit);
  text << "  measured in " << folds.parts << " folds before it is trained: on about " << counted(all / folds.parts, "record") << " each, trained on all others of " << stage.data << ".train and " << stage.data << ".val:";
  for (const abi::Watch &report : folds.report)
    text << (&report == &folds.report.front() ? " " : ", ") << report.split << "." << report.metric;
  text << "\n";
  if (!folds.by.empty())
    text << "    " << (folds.by == abi::groupField ? "all records of a group are in one of them" : "they have as many records of each class of " + folds.by) << "\n";
  if (const std::vector<const abi::Stage *> refitted = abi::refittedOf(program, folds); !refitted.empty()) {
    text << "    each part trains anew, without the records that it holds out, what the stage starts from:";
    for (const abi::Stage *each : refitted)
      text << (each == refitted.front() ? " " : ", ") << each->name;
    text << "\n";
  }
  for (const auto &[field, least] : folds.vocabularies)
    text << "    of the vocabulary of " << field << ", what a fold's own records have less often than " << counted(least, "time") << " is unknown in it\n";
}

std::string numberText(double value) { return format("%.6g", value); }

/// Whether a step that reads a batch of it could not tell which of its records are none: what is left of an epoch is left out.
bool leavesRestOut(const abi::Program &program, const abi::Stage &stage, const abi::Beside &beside) {
  auto leavesOut = [&](const abi::Phase &phase) {
    auto step = std::find_if(program.functions.begin(), program.functions.end(), [&](const abi::Function &function) { return function.name == phase.stepFunction; });
    std::set<std::string> fields;
    for (const abi::Port &input : step == program.functions.end() ? std::vector<abi::Port>() : step->inputs)
      if (auto [data, field] = abi::partsOfInput(input.name); data == beside.data)
        fields.insert(field);
    return !fields.empty() && !fields.contains("valid");
  };
  return std::any_of(stage.phases.begin(), stage.phases.end(), leavesOut);
}

/// Data of which each step has a batch, too.
void explainBeside(std::ostringstream &text, const abi::Program &program, const abi::Stage &stage) {
  for (const abi::Beside &beside : stage.beside) {
    const int64_t records = recordsOf(program, beside.data, beside.trainSplit);
    const int64_t steps = leavesRestOut(program, stage, beside) ? std::max<int64_t>(records / beside.batch, 1) : (records + beside.batch - 1) / beside.batch;
    text << "  beside it " << beside.data << ", batch " << beside.batch << ": once through its " << counted(records, "record") << " in " << counted(steps, "step")
         << (stage.accumulate > 1 ? " of one batch" : "") << (beside.evaluateFunction.empty() ? "" : ", measured on its val") << "\n";
  }
}

void explainSearch(std::ostringstream &text, const abi::Program &program, const abi::Search &search) {
  text << "  searched for: " << withCommas(search.trials) << " trials, " << (search.goal.higher ? "maximise " : "minimise ") << search.goal.split << "." << search.goal.metric << ", proposed by " << search.proposals;
  if (!search.halving.empty())
    text << ", " << search.halving << " lets one of " << search.eta << " go on, first after " << counted(search.least, "epoch");
  text << "\n";
  Rows rows;
  for (const abi::Setting &setting : search.settings) {
    std::string values;
    for (double value : setting.values)
      values += (values.empty() ? "{" : ", ") + numberText(value);
    bool isParam = std::any_of(program.params.begin(), program.params.end(), [&](const abi::Param &param) { return param.name == setting.name; });
    rows.push_back({setting.name, values.empty() ? (setting.isLog ? "log [" : "[") + numberText(setting.low) + ", " + numberText(setting.high) + "]" : values + (isParam ? "}" : "}, a program for each")});
  }
  printTable(text, rows);
}

}  // namespace

std::string explain(const abi::Program &program, const CheckedProgram::PhaseTable &phases, const Costs &costs) {
  std::ostringstream text;
  for (const abi::Data &data : program.data)
    explainData(text, data);
  for (size_t i = 0; i < program.stages.size(); ++i) {
    const abi::Stage &stage = program.stages[i];
    text << "\n"
         << stage.kind << " " << stage.name << ": " << stage.model << " on " << stage.data << (stage.phases.empty() ? "" : ", batch " + std::to_string(stage.batch)) << (stage.accumulate > 1 ? " accumulate " + std::to_string(stage.accumulate) : "")
         << (stage.precision == "f32" ? "" : ", " + stage.precision + " products") << "\n";
    explainBeside(text, program, stage);
    explainParameters(text, stage);
    if (auto averages = std::count_if(stage.variables.begin(), stage.variables.end(), [](const abi::Variable &variable) { return variable.kind == "live"; }))
      text << "  averages of " << counted(averages, "tensor") << " are measured, kept and saved; what trains lies beside them\n";
    if (!stage.phases.empty())
      explainPhases(text, program, phases, i, costs);
    if (auto starts = std::count_if(stage.variables.begin(), stage.variables.end(), [](const abi::Variable &variable) { return variable.kind == "fitted" && !variable.of.empty(); }))
      text << "  what " << counted(starts, "tensor") << (starts == 1 ? " was" : " were") << " when the stage began lies beside them\n";
    explainTables(text, stage, costs);
    explainTiles(text, stage, costs);
    for (const abi::Search &search : program.searches)
      if (search.stage == stage.name)
        explainSearch(text, program, search);
    if (const abi::Folds *folds = abi::foldsOf(program, stage.name))
      explainFolds(text, program, stage, *folds);
    if (stage.variablesBytes > 0)
      text << "  memory " << bytesText(stageBytes(program, stage, costs)) << ": variables "
           << bytesText(stage.variablesBytes)
           << (gradientBytes(stage) > 0 ? " (of them " + bytesText(gradientBytes(stage)) +
                                              (stage.accumulate > 1 ? " that add gradients up)" : " that hold gradients)")
                                        : "")
           << ", work, batch and results " << bytesText(stageBytes(program, stage, costs) - stage.variablesBytes) << "\n";
    explainBudget(text, program, stage, costs);
  }
  program::HoldingPlan holding = holdingOf(program);
  if (int64_t peak = peakBytes(program, costs, holding, INT64_MAX)) {
    int64_t least = peakBytes(program, costs, holding, 0);
    text << "\npeak memory " << bytesText(peak) << (least < peak ? " (without cached features " + bytesText(least) + ")" : "")
         << ": the program itself, the largest stage, and its data,";
    for (const abi::Data &data : program.data)
      text << (&data == &program.data.front() ? " " : ", ") << data.name << " " << bytesText(dataBytes(data, holding));
    text << " in all\n";
    for (const abi::Data &data : program.data)
      for (const abi::Source &source : data.sources)
        if (std::string sentence = holding.sentence(data, source); !sentence.empty())
          text << sentence << "\n";
  }
  return text.str();
}

}  // namespace tl
