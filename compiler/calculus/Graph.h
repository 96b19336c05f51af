// Functions in the calculus as plain values: what `check` computes and `emit` turns one to one into the `tl` dialect.
#pragma once
#include "compiler/syntax/Ast.h"
#include "runtime/abi/ElementTypes.h"
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tl {

namespace abi {
struct Table;
}

struct TensorType {
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  int64_t elements() const;
  int64_t bytes() const;
  bool operator==(const TensorType &) const = default;
};
std::string toString(const TensorType &type);    // "f32[128, 784]"
inline TensorType computedIn(const TensorType &type) { return {computedIn(type.dtype), type.shape}; }

enum class Op {
#define OP(Id, ...) Id,
#include "compiler/calculus/Ops.def"
};
const char *nameOf(Op op);  // these three are the facts that most ask for; Facts.h has all
int operandCount(Op op);    // -1: any
bool isElementwise(Op op);

// Two phases share a step where its nodes are equal, so equality is that of all members, by `= default`: a member that is added
// counts of itself. What must not count is of a type that says so.

/// A number that is equal to those of the same bits: 0 is not -0.
struct Exact {
  double number = 0;
  Exact(double number = 0) : number(number) {}
  operator double() const { return number; }
  bool operator==(const Exact &other) const {
    return std::bit_cast<uint64_t>(number) == std::bit_cast<uint64_t>(other.number);
  }
};

/// Where a node comes from. Nothing is computed from it, so all are equal.
struct NodePlace : ast::Span {
  ast::Span asked; // where the script asks for it: the place itself, but where that is the library's
  NodePlace(const ast::Span &span = {}) : NodePlace(span, span) {}
  NodePlace(const ast::Span &span, const ast::Span &asked) : ast::Span(span), asked(asked) {}
  bool operator==(const NodePlace &) const { return true; }
};

struct Function;

/// The function within a node. Equal where its nodes are, whoever holds it.
struct Body : std::shared_ptr<const Function> {
  using std::shared_ptr<const Function>::shared_ptr;
  bool operator==(const Body &other) const;
};

/// What an op knows besides its operands; Ops.def says which it uses.
struct Attributes {
  std::vector<int64_t> axes;
  std::vector<std::vector<int64_t>> indices;
  std::vector<int64_t> starts, limits, strides;
  int64_t size = 0, stride = 1, dilation = 1;  // of a window
  int64_t axis = 0;
  Exact value = 0;
  uint32_t site = 0;  // unique per place of use within a program and stage: hash of the path of the layer and the place
  std::string name;
  int64_t argument = 0;              // of an Input in the body of a scan: which argument of the body
  int64_t result = 0;                // of a Scan: which of its results the node is
  int64_t states = 0, walked = 0;    // of a Scan: how many of its operands are; the rest are constants
  bool isReverse = false;            // of a Scan: from the last index to the first; of an ArgSort: the greatest first
  bool isFrozen = false;             // of a Read: of a parameter that the function does not train, a constant to it
  bool goesOn = false;               // of a Random: from batch to batch of a step
  bool isLogged = false;             // of an Output: looked at only where a step is logged
  bool operator==(const Attributes &) const = default;
};

/// Of a Read: the fact of a vocabulary that its variable holds; null: another variable. The variable's name says which it is, so all are equal.
struct NodeTable : std::shared_ptr<const abi::Table> {
  using std::shared_ptr<const abi::Table>::shared_ptr;
  bool operator==(const NodeTable &) const { return true; }
};

using NodeId = int32_t;  // index into Function::nodes

struct Node {
  Op op;
  std::vector<NodeId> operands;
  Attributes attributes;
  TensorType type;  // of the result; of the operand for Write and Output
  NodePlace span;
  /// Of a Scan: one node per result, all with the same body and operands. The body takes its arguments by Input and ends in
  /// a Yield.
  Body body = nullptr;
  NodeTable table = nullptr;
  bool operator==(const Node &) const = default;
};

/// A function over a batch: straight-line code; an operand's id is below its user's. Writes take effect at the end.
struct Function {
  std::string name;
  std::vector<Node> nodes;
};

/// The one shape rule of every op: the result type, or a sentence (our words, for the verifier; `check` words its own
/// errors before it asks). `dtype` and `shape` of `hint` serve the ops whose result is not fixed by operands and attributes
/// (constant, iota, random, input, scalar, read, cast, reshape, broadcast, scatter_add, scan).
struct Inferred {
  TensorType type;
  std::string error;  // empty: fine
};
Inferred inferType(Op op, const std::vector<TensorType> &operands, const Attributes &attributes, const TensorType &hint);

/// What a scan is made of, as types, and its results: the last states, then each y with an axis more in front.
struct ScanTypes {
  std::vector<TensorType> states, xs, constants;  // operands
  std::vector<TensorType> arguments, yields;      // of the body
};
struct InferredScan {
  std::vector<TensorType> results;
  std::string error;  // empty: fine
};
InferredScan inferScan(const ScanTypes &types);

}  // namespace tl
