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

/// Calls `visit` with each node that a value is made of, itself among them; what it says no to leads to no others.
template <typename Visit> static void eachSource(const Function &function, NodeId value, Visit visit) {
  std::vector<bool> seen(function.nodes.size(), false);
  std::vector<NodeId> open = {value};
  while (!open.empty()) {
    NodeId id = open.back();
    open.pop_back();
    if (seen[size_t(id)])
      continue;
    seen[size_t(id)] = true;
    const Node &node = function.nodes[size_t(id)];
    if (visit(node))
      open.insert(open.end(), node.operands.begin(), node.operands.end());
  }
}

bool dependsOn(const Function &function, NodeId value, const std::set<Op> &ops) {
  bool isFound = false;
  eachSource(function, value, [&](const Node &node) {
    isFound |= ops.contains(node.op);
    return !isFound;
  });
  return isFound;
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

std::set<std::string> inputsOf(const Function &function, NodeId value) {
  std::set<std::string> found;
  eachSource(function, value, [&](const Node &node) {
    if (node.op == Op::Input)
      found.insert(node.attributes.name);
    return true;
  });
  return found;
}

std::set<std::string> fieldsBeside(const Function &function, NodeId value, const std::string &data) {
  std::set<std::string> found;
  for (const std::string &input : inputsOf(function, value))
    if (auto [of, field] = abi::partsOfInput(input); of == data && field != "valid")
      found.insert(field);
  return found;
}

std::set<std::string> gradientSources(const Function &function, NodeId value) {
  std::set<std::string> found;
  eachSource(function, value, [&](const Node &node) {
    if (isReal(node.type.dtype) && node.op == Op::Read)
      found.insert(node.attributes.name);
    return isReal(node.type.dtype) && !factsOf(node.op).whyNoDerivative;
  });
  return found;
}

}  // namespace tl
