// Makes nodes of the calculus whose axes know their names, records and tokens. Every shape is checked here, once.
#pragma once
#include "compiler/tensors/Building.h"
#include "compiler/tensors/Reporting.h"

namespace tl {

class Tensors : public Reporting {
public:
  Tensors(Building &building, const Library &library, Diagnostics &diagnostics, Function &into)
      : Reporting(library, diagnostics, into), building(building) {}

  // One node for each name, in the type that it is computed in: what is kept in fewer digits is cast once, for its gradient is of one
  // node.
  TensorValue input(const std::string &name, DType dtype, std::vector<Axis> axes, ast::Span span);
  TensorValue scalar(const std::string &name, ast::Span span); // f64[]
  TensorValue read(const std::string &variable, const TensorType &type, ast::Span span);
  /// The variable that holds a fact of a vocabulary, by `table.variable`.
  TensorValue read(const abi::Table &table, const TensorType &type, ast::Span span);
  TensorValue computable(const TensorValue &stored, ast::Span span) { return cast(stored, computedIn(stored.dtype), span); }

  NodeId add(Op op, std::vector<NodeId> operands, Attributes attributes, const TensorType &hint, ast::Span span);
  TensorValue node(Op op, const std::vector<TensorValue> &operands, Attributes attributes, DType dtype, std::vector<Axis> axes,
                   ast::Span span);
  TensorValue constant(double value, DType dtype, std::vector<Axis> axes, ast::Span span);
  /// The same of a number that no script wrote, such as NaN.
  TensorValue fill(double value, DType dtype, std::vector<Axis> axes, ast::Span span);
  TensorValue cast(const TensorValue &x, DType dtype, ast::Span span);
  TensorValue broadcast(const TensorValue &x, const std::vector<Axis> &axes, ast::Span span);
  std::vector<Axis> broadcastAxes(const TensorValue &lhs, const TensorValue &rhs, const std::string &what,
                                  ast::Span span);
  std::string axisMend(const std::vector<Axis> &longer, const TensorValue &shorter) const;
  TensorValue reshape(const TensorValue &x, std::vector<Axis> axes, ast::Span span);
  TensorValue elementwise(Op op, const TensorValue &lhs, const TensorValue &rhs, ast::Span span);
  TensorValue slice(const TensorValue &x, const std::vector<int64_t> &starts, const std::vector<int64_t> &limits,
                    ast::Span span);
  TensorValue reduce(Op op, const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span);
  /// Puts the axes that were reduced back with one element each.
  TensorValue restore(const TensorValue &reduced, const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span);

  /// What depends on no state and no row of the scan whose function runs is computed once, outside: only nodes with
  /// operands of the body join it. Their ids start at `bodyIds`.
  static constexpr NodeId bodyIds = NodeId(1) << 30;
  const Node &nodeOf(NodeId id) const {
    return id < bodyIds ? into.nodes.at(size_t(id)) : body->nodes.at(size_t(id - bodyIds));
  }

  Building &building;
  std::shared_ptr<Function> body; // of the scan whose function runs; null: none does
  std::map<std::string, TensorValue> inputs, scalars, reads;

private:
  // Probabilities.cpp.
  NodeId unarranged(NodeId id) const;
  void followProbabilities(NodeId id, ast::Span span);
  void refuseAsLogit(NodeId logit, ast::Span span);
  std::map<NodeId, Origin> probabilities; // nodes whose values lie from 0 to 1

  TensorValue once(std::map<std::string, TensorValue> &known, Op op, const std::string &name, DType dtype,
                   std::vector<Axis> axes, ast::Span span);
};

} // namespace tl
