// From a checked program to the `tl` dialect, one op per node.
#include "compiler/emit/EmitTl.h"
#include "compiler/ir/Build.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tl {
namespace {
using namespace mlir;

FlatSymbolRefAttr symbol(MLIRContext *context, const std::string &name) { return FlatSymbolRefAttr::get(context, name); }

template <typename Enum> Enum known(std::optional<Enum> kind, const std::string &name) {
  if (!kind)
    llvm::report_fatal_error(llvm::Twine("no such kind: ") + name);
  return *kind;
}

TensorType typeOf(const abi::Variable &variable) {
  return {known(dtypeNamed(variable.dtype), variable.dtype), variable.shape};
}

/// The symbols that functions name.
void declare(OpBuilder &b, const abi::Program &program) {
  Location loc = b.getUnknownLoc();
  for (const abi::Scalar &scalar : program.scalars) {
    ir::PeriodAttr each;
    if (!scalar.changes.empty())
      each = ir::PeriodAttr::get(b.getContext(), known(ir::symbolizePeriod(scalar.changes), scalar.changes));
    ir::RuntimeScalarOp::create(b, loc, b.getStringAttr(scalar.name), each, IntegerAttr());
  }
  for (const abi::Stage &stage : program.stages) {
    auto op = ir::StageOp::create(b, loc, stage.name);
    OpBuilder inside = OpBuilder::atBlockEnd(&op.getBody().front());
    auto isVariable = [&](const std::string &path) { // and not a layer that is adapted
      return std::any_of(stage.variables.begin(), stage.variables.end(), [&](const abi::Variable &other) { return other.path == path; });
    };
    for (const abi::Variable &variable : stage.variables)
      ir::VariableOp::create(inside, loc, variable.path, known(ir::symbolizeVariableKind(variable.kind), variable.kind),
                             variable.state.empty() ? StringAttr() : b.getStringAttr(variable.state),
                             !isVariable(variable.of) ? FlatSymbolRefAttr() : symbol(b.getContext(), variable.of),
                             variable.range.empty() ? StringAttr() : b.getStringAttr(variable.range),
                             ir::typeOf(b.getContext(), typeOf(variable)), IntegerAttr());
  }
}

/// Emits the nodes of one function, in order.
class FunctionEmitter {
public:
  FunctionEmitter(const Function &function, const std::string &stage, const SourceFiles &sources, OpBuilder &b)
      : function(function), stage(stage), sources(sources), b(b), values(function.nodes.size()) {}

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
    addSymbol(node, extra);
    Operation *op = ir::make(b, locationOf(node), node.op, operands, node.attributes, node.type, extra);
    if (op->getNumResults())
      values[id] = op->getResult(0);
  }

  /// Of a variable, which the calculus knows by its name alone.
  void addSymbol(const Node &node, SmallVectorImpl<NamedAttribute> &extra) {
    if (node.op != Op::Read && node.op != Op::Write)
      return;
    auto variable = SymbolRefAttr::get(b.getStringAttr(stage), {symbol(b.getContext(), node.attributes.name)});
    extra.push_back(b.getNamedAttr("variable", variable));
    if (node.attributes.isFrozen)
      extra.push_back(b.getNamedAttr("frozen", b.getUnitAttr()));
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

  Location locationOf(const ast::Span &span) {
    if (span.file < 0 || span.file >= sources.size())
      return b.getUnknownLoc();
    return FileLineColLoc::get(b.getContext(), sources.name(span.file), unsigned(span.line), unsigned(span.column));
  }

  Location locationOf(const Node &node) {
    Location place = locationOf(static_cast<const ast::Span &>(node.span)), asked = locationOf(node.span.asked);
    return place == asked ? place : Location(CallSiteLoc::get(place, asked));
  }

  const Function &function;
  const std::string &stage;
  const SourceFiles &sources;
  OpBuilder &b;
  std::vector<Value> values;  // by node; null: a write, an output, or not met yet
};

}  // namespace

OwningOpRef<ModuleOp> emit(MLIRContext &context, const CheckedProgram &checked, const SourceFiles &sources) {
  context.loadDialect<ir::TlDialect, func::FuncDialect>();
  OpBuilder b(&context);
  const abi::Program &program = checked.program;
  OwningOpRef<ModuleOp> module = ModuleOp::create(FileLineColLoc::get(&context, program.source, 1, 1), StringRef(program.name));
  b.setInsertionPointToEnd(module->getBody());
  declare(b, program);
  for (size_t i = 0; i < checked.functions.size(); ++i) {
    const Function &function = checked.functions[i];
    b.setInsertionPointToEnd(module->getBody());
    auto op = func::FuncOp::create(b, b.getUnknownLoc(), function.name, b.getFunctionType({}, {}));
    b.setInsertionPointToEnd(op.addEntryBlock());
    const abi::Stage &stage = program.stages[checked.stageOf[i]];
    SmallVector<Attribute> updates;
    auto say = [&] {
      if (stage.precision != nameOf(DType::F32))
        op->setAttr("tl.precision", b.getStringAttr(stage.precision));
    };
    auto limit = [&](const std::string &name) {
      if (int64_t bytes = checked.budgets[checked.stageOf[i]].bytes; bytes > 0 && name == function.name)
        op->setAttr("tl.budget", b.getI64IntegerAttr(bytes));
    };
    if (stage.evaluateFunction == function.name || std::any_of(stage.beside.begin(), stage.beside.end(), [&](const abi::Beside &beside) { return beside.evaluateFunction == function.name; }))
      say();
    limit(stage.evaluateFunction);
    for (const abi::Beside &beside : stage.beside)
      limit(beside.evaluateFunction);
    for (const abi::Phase &phase : stage.phases) {
      limit(phase.stepFunction);
      limit(phase.updateFunction);
      if (phase.stepFunction == function.name)
        say();
      if (phase.stepFunction != function.name || program.functions[i].inputs.empty())
        continue;
      if (phase.times > 0) { // what this step leaves as it is, others move
        if (!phase.frozen.empty())
          op->setAttr("tl.not_cached", b.getStringAttr("phases that take turns train what this one freezes"));
        continue;
      }
      op->setAttr("tl.batch", b.getI64IntegerAttr(stage.batch));
      if (!stage.valSplit.empty() && !stage.evaluateFunction.empty())
        op->setAttr("tl.evaluation", symbol(&context, stage.evaluateFunction));
      if (!phase.updateFunction.empty())
        updates.push_back(symbol(&context, phase.updateFunction));
    }
    if (!updates.empty())
      op->setAttr("tl.updates", b.getArrayAttr(updates));
    FunctionEmitter(function, stage.name, sources, b).run();
    func::ReturnOp::create(b, b.getUnknownLoc());
  }
  return module;
}

}  // namespace tl
