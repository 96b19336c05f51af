// What was made a probability, and logarithms of sums of exponentials that take one for a logit.
#include "compiler/tensors/Tensors.h"

namespace tl {

/// The node whose values these are, in another arrangement.
NodeId Tensors::unarranged(NodeId id) const {
  while (true) {
    const Node &node = nodeOf(id);
    bool isSame = node.op == Op::Reshape || node.op == Op::Broadcast || node.op == Op::Transpose || node.op == Op::Slice ||
                  node.op == Op::StopGradient;
    if (!isSame)
      return id;
    id = node.operands[0];
  }
}

/// Called for every node. ln Σ e^p and ln(1 + e^-|p|) are what losses of logits are made of: of a p from 0 to 1 they are nearly
/// constant, and a model hardly learns by them.
void Tensors::followProbabilities(NodeId id, ast::Span span) {
  auto operand = [&](NodeId of, size_t i = 0) { return unarranged(nodeOf(of).operands[i]); };
  auto is = [&](NodeId of, Op op) { return nodeOf(of).op == op; };
  switch (nodeOf(id).op) {
  case Op::Sigmoid:
    probabilities[id] = originOf(span, "sigmoid");
    return;
  case Op::Div: // e / Σ e, where e is an exponential
    if (NodeId e = operand(id), sum = operand(id, 1); is(e, Op::Exp) && is(sum, Op::ReduceSum) && operand(sum) == e)
      probabilities[id] = originOf(span, "");
    return;
  case Op::Log: {
    NodeId sum = operand(id);
    if (!is(sum, Op::ReduceSum) || !is(operand(sum), Op::Exp))
      return;
    NodeId logit = operand(operand(sum));
    if (is(logit, Op::Sub)) // the largest is taken out first
      if (NodeId x = operand(logit), top = operand(logit, 1); is(top, Op::ReduceMax) && operand(top) == x)
        logit = x;
    return refuseAsLogit(logit, span);
  }
  case Op::Log1p:
    if (NodeId e = operand(id); is(e, Op::Exp) && is(operand(e), Op::Neg) && is(operand(operand(e)), Op::Abs))
      refuseAsLogit(operand(operand(operand(e))), span);
    return;
  default:
    return;
  }
}

void Tensors::refuseAsLogit(NodeId logit, ast::Span span) {
  auto known = probabilities.find(logit);
  if (known == probabilities.end())
    return;
  const Origin &made = known->second, taken = originOf(span, "");
  std::string by = taken.name.empty() ? "this" : "`" + taken.name + "`";
  complain(Diag::LogitsExpected, made.span,
           (made.name.empty() ? "this" : "`" + made.name + "`") + " gives probabilities, from 0 to 1, and " + by + " takes logits",
           "leave " + (made.name.empty() ? "it" : "`" + made.name + "`") +
               " out: a loss of logits makes probabilities of them itself, as answers of `deploy` do",
           {{taken.span, by + " takes them for logits here"}});
}

} // namespace tl
