// From a checked program to the `tl` dialect, one op per node.
#include "compiler/emit/EmitTl.h"
#include "compiler/ir/Build.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <map>
#include <set>

namespace tl {
namespace {
using namespace mlir;

/// What a function's nodes name, and where it lies.
struct Names {
  std::map<std::string, int64_t> inputs, outputs, variables, scalars;
};

int64_t lookup(const std::map<std::string, int64_t> &places, const std::string &name, const char *kind) {
  auto found = places.find(name);
  if (found == places.end())
    llvm::report_fatal_error(llvm::Twine("no ") + kind + " is named " + name);
  return found->second;
}

Names namesOf(const abi::Program &program, const abi::Function &function, const abi::Stage &stage) {
  Names names;
  for (const abi::Port &port : function.inputs)
    names.inputs[port.name] = port.offset;
  for (const abi::Port &port : function.outputs)
    names.outputs[port.name] = port.offset;
  for (const abi::Variable &variable : stage.variables)
    names.variables[variable.path] = variable.offset;
  for (const abi::Scalar &scalar : program.scalars)
    names.scalars.emplace(scalar.name, int64_t(names.scalars.size()));
  return names;
}

/// Emits the nodes of one function, in order.
class FunctionEmitter {
public:
  FunctionEmitter(const Function &function, Names names, const SourceFiles &sources, OpBuilder &b)
      : function(function), names(std::move(names)), sources(sources), b(b), values(function.nodes.size()) {}

  void run() {
    for (size_t id = 0; id < function.nodes.size(); ++id)
      if (!values[id])  // the gradients of one loss, the results of one scan are emitted with the first of them
        emitNode(NodeId(id));
  }

private:
  void emitNode(NodeId id) {
    const Node &node = function.nodes[id];
    if (node.op == Op::Gradient)
      return emitGradients(id);
    if (node.op == Op::Scan)
      return emitScan(id);
    SmallVector<Value> operands;
    for (NodeId operand : node.operands)
      operands.push_back(values[operand]);
    SmallVector<NamedAttribute> extra;
    addPlace(node, extra);
    Operation *op = ir::make(b, locationOf(node), node.op, operands, node.attributes, node.type, extra);
    if (op->getNumResults())
      values[id] = op->getResult(0);
  }

  /// What the descriptor knows of the thing that a node names.
  void addPlace(const Node &node, SmallVectorImpl<NamedAttribute> &extra) {
    const std::string &name = node.attributes.name;
    auto add = [&](const char *key, const std::map<std::string, int64_t> &places, const char *kind) {
      extra.push_back(b.getNamedAttr(key, b.getI64IntegerAttr(lookup(places, name, kind))));
    };
    switch (node.op) {
    case Op::Input: return add("offset", names.inputs, "input");
    case Op::Output: return add("offset", names.outputs, "output");
    case Op::Scalar: return add("index", names.scalars, "scalar");
    case Op::Write: return add("offset", names.variables, "variable");
    case Op::Read:
      if (node.attributes.isFrozen)
        extra.push_back(b.getNamedAttr("frozen", b.getUnitAttr()));
      return add("offset", names.variables, "variable");
    default: return;
    }
  }

  /// All gradients of the loss of `first`, as one op: the walk back from a loss is made once.
  void emitGradients(NodeId first) {
    NodeId loss = function.nodes[first].operands[0];
    SmallVector<NodeId> ids;
    SmallVector<Value> wrt;
    for (NodeId id = first; id < NodeId(function.nodes.size()); ++id) {
      const Node &node = function.nodes[id];
      if (node.op != Op::Gradient || node.operands[0] != loss || node.operands[1] > loss)
        continue;
      ids.push_back(id);
      wrt.push_back(values[node.operands[1]]);
    }
    auto gradient =
        ir::GradientOp::create(b, locationOf(function.nodes[first]), ValueRange(wrt).getTypes(), values[loss], wrt);
    for (auto [id, grad] : llvm::zip(ids, gradient.getGrads()))
      values[id] = grad;
  }

  /// All results of the scan that `first` is one of, as one op.
  void emitScan(NodeId first) {
    const Node &node = function.nodes[first];
    SmallVector<Value> operands;
    for (NodeId operand : node.operands)
      operands.push_back(values[operand]);
    auto scan = ir::makeScan(b, node, operands, [&](const Node &inner) { return locationOf(inner); });
    for (NodeId id = first; id < NodeId(function.nodes.size()); ++id)
      if (const Node &other = function.nodes[id]; other.body.get() == node.body.get())
        values[id] = scan.getResult(unsigned(other.attributes.result));
  }

  Location locationOf(const Node &node) {
    if (node.span.file < 0 || node.span.file >= sources.size())
      return b.getUnknownLoc();
    return FileLineColLoc::get(b.getContext(), sources.name(node.span.file), unsigned(node.span.line),
                               unsigned(node.span.column));
  }

  const Function &function;
  Names names;
  const SourceFiles &sources;
  OpBuilder &b;
  std::vector<Value> values;  // by node; null: a write, an output, or not met yet
};

}  // namespace

OwningOpRef<ModuleOp> emit(MLIRContext &context, const CheckedProgram &checked, const abi::Program &program,
                           const SourceFiles &sources) {
  context.loadDialect<ir::TlDialect, func::FuncDialect>();
  OpBuilder b(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getUnknownLoc(), StringRef(program.name));
  for (size_t i = 0; i < checked.functions.size(); ++i) {
    const Function &function = checked.functions[i];
    b.setInsertionPointToEnd(module->getBody());
    auto op = func::FuncOp::create(b, b.getUnknownLoc(), function.name, b.getFunctionType({}, {}));
    b.setInsertionPointToEnd(op.addEntryBlock());
    const abi::Stage &stage = program.stages[checked.stageOf[i]];
    const std::vector<abi::Port> &inputs = program.functions[i].inputs;
    SmallVector<Attribute> updates;
    for (const abi::Phase &phase : stage.phases) {
      if (phase.stepFunction != function.name || inputs.empty())
        continue;
      op->setAttr("tl.batch", b.getI64IntegerAttr(inputs[0].shape[0]));
      if (!stage.valSplit.empty() && !stage.evaluateFunction.empty())
        op->setAttr("tl.evaluation", b.getStringAttr(stage.evaluateFunction));
      if (!phase.updateFunction.empty())
        updates.push_back(b.getStringAttr(phase.updateFunction));
    }
    if (!updates.empty())
      op->setAttr("tl.updates", b.getArrayAttr(updates));
    FunctionEmitter(function, namesOf(program, program.functions[i], stage), sources, b).run();
    func::ReturnOp::create(b, b.getUnknownLoc());
  }
  return module;
}

}  // namespace tl
