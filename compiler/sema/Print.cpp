// `--emit=checked`: what the checker made of a script, as text.
#include "compiler/sema/CheckedProgram.h"
#include "runtime/io/Units.h"
#include <sstream>

namespace tl {

static std::string number(double value) {
  char text[40];
  snprintf(text, sizeof text, "%.9g", value);
  return text;
}

static std::string list(const std::vector<int64_t> &values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "]";
}

static std::string attributesOf(const Node &node) {
  const Attributes &with = node.attributes;
  std::string text;
  switch (node.op) {
  case Op::Constant: return " " + number(with.value);
  case Op::Iota:
  case Op::ArgMax:
  case Op::Concat: return " axis " + std::to_string(with.axis);
  case Op::ArgSort: return with.isReverse ? " descending" : "";
  case Op::Random: return " site " + std::to_string(with.site) + (with.goesOn ? " going on" : "");
  case Op::Contract:
    for (size_t i = 0; i < with.indices.size(); ++i)
      text += (i == 0   ? " "
               : i == 2 ? " -> "
                        : ", ") +
              list(with.indices[i]);
    return text;
  case Op::ReduceSum:
  case Op::ReduceMax:
  case Op::Transpose:
  case Op::Broadcast: return " axes " + list(with.axes);
  case Op::Slice: return " " + list(with.starts) + " to " + list(with.limits) + " by " + list(with.strides);
  case Op::Window:
  case Op::Fold:
    return " axis " + std::to_string(with.axis) + " size " + std::to_string(with.size) + " stride " + std::to_string(with.stride) +
           " dilation " + std::to_string(with.dilation);
  case Op::Pad: return " " + list(with.starts) + " and " + list(with.limits);
  case Op::Read: return " @" + with.name + (with.isFrozen ? " frozen" : "");
  case Op::Write: return " @" + with.name;
  case Op::Input:
    if (with.name.empty())
      return " argument " + std::to_string(with.argument);
    [[fallthrough]];
  case Op::Scalar: return " \"" + with.name + "\"";
  case Op::Output: return " \"" + with.name + "\"" + (with.isLogged ? " logged" : "");
  case Op::Scan:
    return " result " + std::to_string(with.result) + " of " + list({with.states, with.walked}) + (with.isReverse ? " reverse" : "");
  default: return "";
  }
}

static void printNodes(std::ostringstream &text, const Function &function, const std::string &indent) {
  for (size_t i = 0; i < function.nodes.size(); ++i) {
    const Node &node = function.nodes[i];
    bool hasResult = node.op != Op::Write && node.op != Op::Output && node.op != Op::Yield;
    text << indent << (hasResult ? "%" + std::to_string(i) + " = " : "") << nameOf(node.op);
    for (size_t j = 0; j < node.operands.size(); ++j)
      text << (j ? ", %" : " %") << node.operands[j];
    text << attributesOf(node) << (hasResult || node.op != Op::Yield ? " : " + toString(node.type) : "") << "\n";
    bool isFirst = i == 0 || function.nodes[i - 1].body.get() != node.body.get();
    if (node.body && isFirst)
      printNodes(text, *node.body, indent + "  ");
  }
}

std::string print(const Function &function) {
  std::ostringstream text;
  text << "function " << function.name << "\n";
  printNodes(text, function, "  ");
  return text.str();
}

static void printWatch(std::ostringstream &text, const std::string &key, const abi::Watch &watch) {
  if (watch.enabled)
    text << "    " << key << " " << watch.split << "." << watch.metric << (watch.higher ? ", higher" : ", lower")
         << (watch.patience ? ", patience " + std::to_string(watch.patience) : "") << "\n";
}

/// The last step with its operands inside it.
static std::string print(const std::vector<abi::LoadStep> &steps) {
  std::vector<std::string> texts;
  for (const abi::LoadStep &step : steps) {
    std::string text = step.op == "tensor" ? step.tensor : step.op;
    if (!step.operands.empty()) {
      text += "(";
      for (int64_t operand : step.operands)
        text += (text.ends_with("(") ? "" : ", ") + texts[size_t(operand)];
      text += step.op == "reshape" ? ", " + list(step.shape) : ", " + list(step.numbers);
      text += step.op == "slice" ? " of " + list(step.shape) + ")" : ")";
    }
    texts.push_back(text);
  }
  return texts.back();
}

std::string print(const CheckedProgram &checked) {
  const abi::Program &program = checked.program;
  std::ostringstream text;
  text << "program " << program.name << "\n";
  for (const abi::Param &param : program.params)
    text << "param " << param.name << ": " << param.type << " = " << number(param.value)
         << (param.bounded ? " in [" + number(param.low) + ", " + number(param.high) + "]" : "") << "\n";
  for (const abi::Data &data : program.data) {
    text << "data " << data.name << "\n";
    for (const abi::Source &source : data.sources)
      text << "  source " << source.name << ": " << source.records << " records\n";
    for (const abi::Field &field : data.fields)
      text << "  field " << field.name << ": " << field.dtype << list(field.shape)
           << (field.classes ? " of " + std::to_string(field.classes) + " classes" : "")
           << (field.tokens.empty() ? "" : " of " + std::to_string(field.vocabulary.size()) + " " + field.tokens) << "\n";
    for (const abi::Split &split : data.splits)
      text << "  split " << split.name << ": " << split.source << " from " << number(split.from) << " to "
           << number(split.to) << (split.by == "position" ? " by position, step " + std::to_string(split.step) : "") << "\n";
    for (const abi::Fit &fit : data.fits)
      text << "  fit " << fit.name << " by " << fit.function << ": " << fit.meanVariable << " " << fit.deviationVariable
           << "\n";
  }
  for (const abi::Stage &stage : program.stages) {
    const int64_t budget = checked.budgets[size_t(&stage - program.stages.data())].bytes;
    text << stage.kind << " " << stage.name << ": " << stage.model << " on " << stage.data << ", batch " << stage.batch
         << (stage.accumulate > 1 ? " accumulate " + std::to_string(stage.accumulate) : "")
         << (stage.precision == "f32" ? "" : ", " + stage.precision + " products") << (budget ? ", at most " + withCommas(budget) + " bytes" : "") << "\n";
    for (const abi::Beside &beside : stage.beside) {
      text << "  beside it " << beside.data << ", batch " << beside.batch << (beside.evaluateFunction.empty() ? "" : ", measured by " + beside.evaluateFunction) << "\n";
      for (const abi::Fit &fit : beside.fits)
        text << "    fit " << fit.name << " by " << fit.function << "\n";
    }
    for (const abi::Variable &variable : stage.variables)
      text << "  " << variable.kind << " " << variable.path << ": " << variable.dtype << list(variable.shape)
           << (variable.role.empty() ? "" : " " + variable.role) << "\n";
    for (const abi::Load &load : stage.loads) {
      text << (load.isAdded ? "  and from " : "  load from ") << sourceOf(load) << "\n";
      for (const abi::LoadedTensor &tensor : load.tensors)
        text << "    " << print(tensor.steps) << " -> " << tensor.path << "\n";
      for (const std::string &path : load.ignored)
        text << "    " << path << " ignored\n";
    }
    for (const abi::Overridden &each : stage.overridden)
      for (const abi::LoadedTensor &tensor : each.load.tensors)
        text << "  not from " << sourceOf(each.load) << " -> " << tensor.path << ", from " << each.by << "\n";
    for (const abi::Metric &metric : stage.metrics) {
      text << "  metric " << metric.name << (metric.better.empty() ? "" : ", " + metric.better + " is better");
      for (const std::string &term : metric.terms)
        text << (&term == &metric.terms.front() ? ", of " : " + ") << term;
      text << "\n";
    }
    for (const abi::Kept &kept : stage.kept)
      printWatch(text, kept.name == "best" ? "keep best" : "keep best as " + kept.name, kept.by);
    for (const abi::Phase &phase : stage.phases) {
      text << "  phase " << phase.name << ": " << (phase.times ? std::to_string(phase.times) + " in turn, " : "")
           << (phase.epochs ? std::to_string(phase.epochs) + " epochs" : std::to_string(phase.steps) + " steps") << " of "
           << phase.stepFunction << "\n";
      printWatch(text, "stop early", phase.stopEarly);
      if (const abi::Sample &sample = phase.sample; !sample.way.empty())
        text << "    sample " << (sample.way == "balanced" ? "" : sample.way + " ") << "by " << sample.field << (sample.from > 0 ? " from " + number(sample.from) : "") << "\n";
      const auto &treatments = checked.phaseTable[size_t(&stage - program.stages.data())]
                                                 [size_t(&phase - stage.phases.data())];
      for (const auto &[path, treatment] : treatments)
        text << "    " << path << (treatment.isFrozen ? " frozen" : " trained")
             << (treatment.rate.empty() ? "" : " at lr " + treatment.rate) << "\n";
      for (const std::string &path : phase.fresh)
        text << "    fresh " << path << "\n";
    }
  }
  for (const abi::Search &search : program.searches) {
    text << "tune " << search.stage << ": " << search.trials << " trials by " << search.proposals << (search.halving.empty() ? "" : ", " + search.halving + " of " + std::to_string(search.eta) + " from " + std::to_string(search.least))
         << ", " << search.workers << " workers, " << search.goal.split << "." << search.goal.metric << (search.goal.higher ? ", higher" : ", lower") << "\n";
    for (const abi::Setting &setting : search.settings) {
      text << "  vary " << setting.name;
      for (double value : setting.values)
        text << " " << number(value);
      text << (setting.values.empty() ? std::string(setting.isLog ? " log" : "") + " [" + number(setting.low) + ", " + number(setting.high) + "]" : "") << "\n";
    }
  }
  for (const abi::Folds &folds : program.folds) {
    text << "folds " << folds.stage << ": " << folds.parts << " parts";
    for (const abi::Watch &report : folds.report)
      text << ", " << report.split << "." << report.metric;
    text << "\n";
  }
  for (const abi::Test &test : program.tests)
    text << "test " << test.stage << "." << test.which << " on " << test.data << "." << test.split << " by "
         << test.function << "\n";
  for (const abi::Deploy &deploy : program.deploys)
    text << "deploy " << deploy.name << " of " << deploy.stage << "." << deploy.which << " by " << deploy.function << "\n";
  for (const Function &function : checked.functions)
    text << print(function);
  return text.str();
}

}  // namespace tl
