// Emitting the nodes of a trial one to one.
#include "compiler/layertest/TrialModule.h"
#include "compiler/ir/Build.h"
#include <random>

namespace tl::layertest {
namespace {
using namespace mlir;

constexpr const char *weightsName = "the weights r"; // no name of a script

/// Names of the real variables that the results are computed from.
std::set<std::string> variablesOf(const Trial &trial) {
  std::vector<bool> isNeeded(trial.function.nodes.size());
  for (NodeId result : trial.results)
    isNeeded[size_t(result)] = true;
  std::set<std::string> names;
  for (size_t id = trial.function.nodes.size(); id-- > 0;) {
    const Node &node = trial.function.nodes[id];
    if (!isNeeded[id])
      continue;
    for (NodeId operand : node.operands)
      isNeeded[size_t(operand)] = true;
    if (node.op == Op::Read && computedIn(node.type.dtype) == DType::F32 && !trial.fixed.contains(node.attributes.name))
      names.insert(node.attributes.name);
  }
  return names;
}

class Emitter {
public:
  Emitter(ModuleOp module, const std::string &name, const Trial &trial, const SourceFiles &sources, DType real)
      : b(module.getContext()), trial(trial), sources(sources), real(real), values(trial.function.nodes.size()) {
    b.setInsertionPointToEnd(module.getBody());
    stage = ir::StageOp::create(b, b.getUnknownLoc(), name + " takes");
    auto function = func::FuncOp::create(b, b.getUnknownLoc(), name, b.getFunctionType({}, {}));
    b.setInsertionPointToEnd(function.addEntryBlock());
  }

  /// All results, flattened and joined.
  mlir::Value results() {
    for (size_t id = 0; id < values.size(); ++id)
      node(id);
    SmallVector<mlir::Value> parts;
    ir::Build m{b, b.getUnknownLoc()};
    for (NodeId result : trial.results) {
      mlir::Value value = values[size_t(result)];
      parts.push_back(m.cast(m.reshape(value, {ir::typeOf(value).elements()}), real));
    }
    return parts.size() == 1 ? parts[0] : m.op(Op::Concat, parts, {.axis = 0});
  }

  void output(const std::string &name, mlir::Value value) {
    ir::make(b, b.getUnknownLoc(), Op::Output, {value}, {.name = name});
  }

  mlir::Value take(Op op, const Field &field, Location loc) {
    if (op == Op::Read)
      return ir::readParameter(b, loc, stage, field.name, typeOf(field.type));
    return ir::make(b, loc, op, {}, {.name = field.name}, typeOf(field.type))->getResult(0);
  }

  void finish() { func::ReturnOp::create(b, b.getUnknownLoc()); }

  OpBuilder b;
  std::map<std::string, mlir::Value> taken;

private:
  void node(size_t id) {
    const Node &node = trial.function.nodes[id];
    Location loc = b.getUnknownLoc();
    if (node.span.file >= 0 && node.span.file < sources.size())
      loc = FileLineColLoc::get(b.getContext(), sources.name(node.span.file), unsigned(node.span.line),
                                unsigned(node.span.column));
    if (node.op == Op::Read || node.op == Op::Input) {
      for (const Field &field : trial.fields)
        if (field.name == node.attributes.name)
          values[id] = taken[field.name] = take(node.op, field, loc);
      return;
    }
    if (node.op == Op::Write)
      return;
    SmallVector<mlir::Value> operands;
    for (NodeId operand : node.operands)
      operands.push_back(values[size_t(operand)]);
    ir::Build m{b, loc};
    if (node.op == Op::Scan) {
      ir::ScanOp &scan = scans[node.body.get()];
      if (!scan)
        scan = ir::makeScan(b, node, operands, [&](const Node &) { return loc; }, real);
      values[id] = scan.getResult(unsigned(node.attributes.result));
    } else if (node.op == Op::Scalar)
      values[id] = m.constant(trial.scalars.at(node.attributes.name), node.type);
    else if (node.op == Op::Random)
      values[id] = m.cast(m.op(Op::Random, {}, node.attributes, node.type), real);
    else
      values[id] = m.op(node.op, operands, node.attributes, typeOf(node.type));
  }

  TensorType typeOf(TensorType type) const {
    if (computedIn(type.dtype) == DType::F32) // Rounding to what a variable is kept in has no slope.
      type.dtype = real;
    return type;
  }

  const Trial &trial;
  const SourceFiles &sources;
  DType real;
  ir::StageOp stage; // what the function reads
  std::vector<mlir::Value> values;
  std::map<const Function *, ir::ScanOp> scans; // by body
};

} // namespace

std::vector<double> addFunctions(ModuleOp module, const std::string &valueName, const std::string &gradientName,
                                 Trial &trial, const SourceFiles &sources, DType real) {
  std::set<std::string> variables = variablesOf(trial);
  for (Field &field : trial.fields)
    field.isVariable = variables.contains(field.name);
  Emitter value(module, valueName, trial, sources, real);
  mlir::Value y = value.results();
  value.output("y", y);
  value.finish();
  if (variables.empty())
    return {};

  Field weights{weightsName, {DType::F32, ir::typeOf(y).shape}, {}, false};
  std::mt19937_64 random(17); // NOLINT(bugprone-random-generator-seed): the same trial each time
  for (int64_t i = 0; i < weights.type.elements(); ++i)
    weights.data.push_back(double(float(0.5 + double(random() >> 11) * 0x1p-53)) * (random() % 2 ? -1 : 1));

  Emitter gradient(module, gradientName, trial, sources, real);
  y = gradient.results();
  ir::Build m{gradient.b, gradient.b.getUnknownLoc()};
  mlir::Value loss = m.reduceSum(m.mul(y, gradient.take(Op::Input, weights, m.loc)), {0});
  SmallVector<mlir::Value> wrt;
  for (const Field &field : trial.fields)
    if (field.isVariable)
      wrt.push_back(gradient.taken.at(field.name));
  auto gradients = ir::GradientOp::create(gradient.b, m.loc, ValueRange(wrt).getTypes(), loss, wrt);
  for (auto [i, grad] : llvm::enumerate(gradients.getGrads()))
    gradient.output("g" + std::to_string(i), grad);
  gradient.finish();
  std::erase_if(trial.fields, [](const Field &field) { return field.name == weightsName; });
  trial.fields.push_back(weights);
  return weights.data;
}

} // namespace tl::layertest
