// Follows holes from the fields that have them to a value.
#include "compiler/stages/Holes.h"
#include "compiler/calculus/Facts.h"
#include <algorithm>
#include <map>
#include <set>

namespace tl {

namespace {

class Holes {
public:
  Holes(const Function &function, const abi::Data &data, const std::string &beside) : function(function), data(data), beside(beside) {}

  std::string in(NodeId id, const std::set<NodeId> &there = {}) {
    auto [known, isNew] = answers.try_emplace({id, there});
    if (isNew)
      answers[{id, there}] = find(id, there);
    return answers[{id, there}];
  }

private:
  const Node &at(NodeId id) const { return function.nodes[size_t(id)]; }

  /// The node whose elements are NaN where those of `id` are.
  NodeId plain(NodeId id) const {
    while (at(id).op == Op::Cast || at(id).op == Op::StopGradient || at(id).op == Op::Neg)
      id = at(id).operands[0];
    return id;
  }

  /// What is there, element by element, where a condition is `isTrue`: a comparison with NaN is false.
  void addThere(NodeId id, bool isTrue, std::set<NodeId> &there) const {
    const Node &condition = at(id);
    if (condition.op == Op::Not) {
      addThere(condition.operands[0], !isTrue, there);
    } else if (condition.op == (isTrue ? Op::And : Op::Or)) {
      for (NodeId part : condition.operands)
        addThere(part, isTrue, there);
    } else if (isTrue && condition.op >= Op::Eq && condition.op <= Op::Ge && condition.op != Op::Ne) {
      for (NodeId compared : condition.operands)
        there.insert(plain(compared));
    } else if (!isTrue && condition.op == Op::Ne) {
      for (NodeId compared : condition.operands)
        there.insert(plain(compared));
    }
  }

  /// `there` holds of elements at the same places: of those that others are made of, nothing is known.
  std::string find(NodeId id, const std::set<NodeId> &there) {
    const Node &node = at(id);
    if (node.type.dtype == DType::I1 || there.count(plain(id)))
      return "";
    if (node.op == Op::Input) {
      auto field = std::find_if(data.fields.begin(), data.fields.end(), [&](const abi::Field &each) { return abi::inputName(beside, each.name) == node.attributes.name; });
      return field != data.fields.end() && field->mayLack && isReal(node.type.dtype) ? field->name : "";
    }
    for (size_t i = node.op == Op::Select ? 1 : 0; i < node.operands.size(); ++i) {
      std::set<NodeId> known = isElementwise(node.op) ? there : std::set<NodeId>();
      if (node.op == Op::Select)
        addThere(node.operands[0], i == 1, known);
      if (std::string field = in(node.operands[i], known); !field.empty())
        return field;
    }
    return "";
  }

  const Function &function;
  const abi::Data &data;
  const std::string &beside;
  std::map<std::pair<NodeId, std::set<NodeId>>, std::string> answers;
};

} // namespace

std::string holesIn(const Function &function, NodeId node, const abi::Data &data, const std::string &beside) {
  bool mayLack = std::any_of(data.fields.begin(), data.fields.end(), [](const abi::Field &field) { return field.mayLack; });
  return mayLack ? Holes(function, data, beside).in(node) : "";
}

}  // namespace tl
