// What a TL expression is while the checker runs the script: dims and numbers are known, tensors are nodes of a graph.
#pragma once
#include "compiler/calculus/Graph.h"
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace tl {

/// One axis of a tensor: its size, the name it has in the current scope ("" if none), and whether it counts the records
/// of the batch (reductions over it in objectives and metrics skip padding records).
struct Axis {
  int64_t size = 0;
  std::string name;
  bool isBatch = false;
};

struct TensorValue {
  NodeId node = -1;
  DType dtype = DType::F32;
  std::vector<Axis> axes;
};

struct Instance;   // a layer made with its arguments: a place in the parameter tree
struct Closure;    // a fn, a lambda, a layer definition, or a built-in, with bound arguments
struct List;
struct Module {};  // reserved name spaces, e.g. `digits`

/// Number covers dims, integers and reals; isInteger tells.
struct Number { double value = 0; bool isInteger = false; };
struct SplitName { std::string data, split; };  // `train` as an argument: fit = train
struct None {};

using Value = std::variant<None, Number, bool, std::string, TensorValue, std::shared_ptr<Instance>, std::shared_ptr<Closure>,
                           std::shared_ptr<List>, SplitName>;
struct List { std::vector<Value> items; };

}  // namespace tl
