// Nodes of a function that is being built.
#include "compiler/stages/Nodes.h"
#include "compiler/calculus/Facts.h"

namespace tl {

TensorValue plain(NodeId node, const TensorType &type) {
  TensorValue value{node, type.dtype, {}};
  for (int64_t size : type.shape)
    value.axes.push_back({size, ""});
  return value;
}

NodeId constant(Elaborator &elaborator, double number, const TensorType &type, ast::Span span) {
  Attributes attributes;
  attributes.value = number;
  return elaborator.add(Op::Constant, {}, attributes, type, span);
}

std::set<std::string> stoppedSources(const Function &function, NodeId value) {
  std::set<std::string> found;
  std::vector<uint8_t> seen(function.nodes.size(), 0); // 1: reached, 2: through a stop
  std::vector<std::pair<NodeId, bool>> open = {{value, false}};
  while (!open.empty()) {
    auto [id, isStopped] = open.back();
    open.pop_back();
    const Node &node = function.nodes[size_t(id)];
    uint8_t mark = isStopped ? 2 : 1;
    if (seen[size_t(id)] & mark)
      continue;
    seen[size_t(id)] |= mark;
    if (node.op == Op::Read && isStopped)
      found.insert(node.attributes.name);
    for (NodeId operand : node.operands)
      open.emplace_back(operand, isStopped || node.op == Op::StopGradient);
  }
  return found;
}

std::set<std::string> gradientSources(const Function &function, NodeId value) {
  std::set<std::string> found;
  std::vector<bool> seen(function.nodes.size(), false);
  std::vector<NodeId> open = {value};
  while (!open.empty()) {
    NodeId id = open.back();
    open.pop_back();
    const Node &node = function.nodes[size_t(id)];
    if (seen[size_t(id)] || !isReal(node.type.dtype))
      continue;
    seen[size_t(id)] = true;
    if (node.op == Op::Read)
      found.insert(node.attributes.name);
    if (!factsOf(node.op).whyNoDerivative)
      open.insert(open.end(), node.operands.begin(), node.operands.end());
  }
  return found;
}

}  // namespace tl
