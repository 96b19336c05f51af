// Adding functions to a program.
#include "compiler/stages/Draft.h"
#include <algorithm>

namespace tl {

void dropDead(Function &function) {
  std::vector<Node> &nodes = function.nodes;
  std::vector<bool> isLive(nodes.size(), false);
  for (size_t i = nodes.size(); i-- > 0;) {
    isLive[i] = isLive[i] || nodes[i].op == Op::Write || nodes[i].op == Op::Output;
    if (isLive[i])
      for (NodeId operand : nodes[i].operands)
        isLive[size_t(operand)] = true;
  }
  std::vector<NodeId> renamed(nodes.size(), -1);
  std::vector<Node> kept;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!isLive[i])
      continue;
    renamed[i] = NodeId(kept.size());
    for (NodeId &operand : nodes[i].operands)
      operand = renamed[size_t(operand)];
    kept.push_back(std::move(nodes[i]));
  }
  nodes = std::move(kept);
}

std::string Draft::add(Function function, int stage) {
  dropDead(function);
  abi::Function described;
  described.name = function.name;
  for (const Node &node : function.nodes)
    if (node.op == Op::Input || node.op == Op::Output) {
      abi::Port port;
      port.name = node.attributes.name;
      port.dtype = nameOf(node.type.dtype);
      port.shape = node.type.shape;
      (node.op == Op::Input ? described.inputs : described.outputs).push_back(std::move(port));
    } else if (node.table) {
      addTable(node, stage);
    }
  program.functions.push_back(std::move(described));
  functions.push_back(std::move(function));
  stageOf.push_back(stage);
  return functions.back().name;
}

void Draft::addTable(const Node &read, int stage) {
  abi::Stage &holder = program.stages[size_t(stage)];
  if (std::any_of(holder.tables.begin(), holder.tables.end(), [&](const abi::Table &table) { return table.variable == read.table->variable; }))
    return;
  holder.tables.push_back(*read.table);
  abi::Variable &variable = holder.variables.emplace_back();
  variable.path = read.table->variable;
  variable.kind = "table";
  variable.dtype = nameOf(read.type.dtype);
  variable.shape = read.type.shape;
}

std::string Draft::addStep(Function function, int stage) {
  dropDead(function);
  for (size_t i = 0; sharesSteps && i < functions.size(); ++i)
    if (stageOf[i] == stage && functions[i].nodes == function.nodes)
      return functions[i].name;  // Two phases that differ only in length share their step.
  return add(std::move(function), stage);
}

}  // namespace tl
