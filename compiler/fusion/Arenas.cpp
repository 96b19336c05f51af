// One thing after the other, each at a multiple of 64.
#include "compiler/fusion/Arenas.h"
#include "compiler/ir/TlDialect.h"
#include "runtime/abi/Program.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include <limits>

using namespace mlir;

namespace tl {
namespace {

/// Takes the bytes of a tensor from the end of an arena.
int64_t take(int64_t &end, Type type) {
  int64_t offset = end;
  end += (ir::typeOf(type)->bytes() + tlAlignment - 1) / tlAlignment * tlAlignment;
  return offset;
}

constexpr size_t rankOfAccumulators = std::numeric_limits<size_t>::max() - 1;

/// Returns where the last one ends.
int64_t layOutVariables(Block &block) {
  SmallVector<StringAttr> states; // in the order in which they first appear
  auto rank = [&](ir::VariableOp variable) -> size_t {
    switch (variable.getKind()) {
    case ir::VariableKind::Fitted: return 0;
    case ir::VariableKind::Parameter:
    case ir::VariableKind::Live: return 1;
    case ir::VariableKind::Slot:
      if (!llvm::is_contained(states, variable.getStateAttr()))
        states.push_back(variable.getStateAttr());
      return 2 + size_t(llvm::find(states, variable.getStateAttr()) - states.begin());
    case ir::VariableKind::Accumulator: return rankOfAccumulators;
    case ir::VariableKind::Buffer:
    case ir::VariableKind::Counter:
    case ir::VariableKind::Table: return std::numeric_limits<size_t>::max();
    }
    llvm_unreachable("no such kind");
  };
  SmallVector<ir::VariableOp> variables(block.getOps<ir::VariableOp>());
  SmallVector<std::pair<size_t, size_t>> order; // rank, then as declared
  for (auto [i, variable] : llvm::enumerate(variables))
    order.emplace_back(rank(variable), i);
  llvm::sort(order);
  int64_t end = 0, furthest = 0;
  llvm::MapVector<StringAttr, int64_t> ends; // of ranges, which begin at the same place
  for (auto [group, i] : order) {
    bool isInRange = group == rankOfAccumulators;
    end = isInRange ? end : std::max(end, furthest);
    int64_t &from = isInRange ? ends.try_emplace(variables[i].getRangeAttr(), end).first->second : end;
    variables[i].setOffset(take(from, variables[i].getType()));
    furthest = std::max(furthest, from);
  }
  return std::max(end, furthest);
}

void layOutPorts(func::FuncOp function) {
  Builder b(function.getContext());
  int64_t inputs = 0, outputs = 0;
  for (auto input : function.getOps<ir::InputOp>())
    input.setOffset(take(inputs, input.getOut().getType()));
  for (auto output : function.getOps<ir::OutputOp>())
    output.setOffset(take(outputs, output.getValue().getType()));
  function->setAttr("tl.input_bytes", b.getI64IntegerAttr(inputs));
  function->setAttr("tl.output_bytes", b.getI64IntegerAttr(outputs));
}

int64_t numberOf(func::FuncOp function, StringRef name) { return function->getAttrOfType<IntegerAttr>(name).getInt(); }

} // namespace

void layOutArenas(ModuleOp module) {
  layOutVariables(*module.getBody());
  for (auto stage : module.getOps<ir::StageOp>())
    stage.setBytes(layOutVariables(stage.getBody().front()));
  for (auto [index, scalar] : llvm::enumerate(module.getOps<ir::RuntimeScalarOp>()))
    scalar.setIndex(index);
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isDeclaration())
      layOutPorts(function);
}

Arenas arenasOf(func::FuncOp planned) {
  Arenas arenas;
  auto add = [&](SymbolRefAttr name) {
    auto variable = SymbolTable::lookupNearestSymbolFrom<ir::VariableOp>(planned, name);
    arenas.variables[variable.getName().str()] = int64_t(*variable.getOffset());
    if (auto stage = dyn_cast<ir::StageOp>(variable->getParentOp()))
      arenas.variablesBytes = int64_t(*stage.getBytes());
  };
  for (Operation &op : planned.front()) {
    if (auto read = dyn_cast<ir::ReadOp>(op))
      add(read.getVariable());
    else if (auto write = dyn_cast<ir::WriteOp>(op))
      add(write.getVariable());
    else if (auto input = dyn_cast<ir::InputOp>(op))
      arenas.inputs[input.getName().str()] = int64_t(*input.getOffset());
    else if (auto output = dyn_cast<ir::OutputOp>(op))
      arenas.outputs[output.getName().str()] = int64_t(*output.getOffset());
  }
  arenas.inputBytes = numberOf(planned, "tl.input_bytes");
  arenas.outputBytes = numberOf(planned, "tl.output_bytes");
  arenas.workBytes = numberOf(planned, "tl.work_bytes");
  return arenas;
}

} // namespace tl
