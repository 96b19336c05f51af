// Sums over the records of a batch: which values are one, and what each record adds to it.
#pragma once
#include "compiler/tensors/Masks.h"

namespace tl {

/// A sum over the records, or several, times what no record has a say in: the values of two batches, added up, are that of both.
class Additive {
public:
  explicit Additive(Masks &in) : in(in) {}

  bool is(NodeId id) const;
  /// What each record adds, a row for each: [batch, …]; a record that only fills the batch up adds 0. Nothing where it is no such sum, or
  /// where its records can no longer be told apart.
  std::optional<TensorValue> byRecord(NodeId id, ast::Span span) const;

private:
  bool isFixed(NodeId id) const;
  std::optional<TensorValue> unsummed(NodeId id, const Masks::Summed &summed, ast::Span span) const;
  std::optional<TensorValue> computed(const Node &sum, ast::Span span) const;
  TensorValue asTensor(NodeId id) const;
  TensorValue inRows(NodeId fixed, int64_t batch, ast::Span span) const;

  Masks &in;
};

} // namespace tl
