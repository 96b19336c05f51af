// What a TL expression is while the checker runs the script: dims and numbers are known, tensors are nodes of a graph.
#pragma once
#include "compiler/calculus/Graph.h"
#include "runtime/abi/Descriptor.h"
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tl {

/// How the records of the batch lie along an axis: each has `each` elements in a row, after the last comes the first
/// again. Reductions over it in objectives and metrics skip what belongs to records that only fill the batch up.
struct Records {
  int64_t batch = 0; // records of a batch; 0: the axis does not count records
  int64_t each = 1;  // 0: which element belongs to which record is no longer known
  bool isTurned = false; // sorted: those that fill the batch up are still the last, but an element is of another record than its place says
  explicit operator bool() const { return batch != 0; }
  bool operator==(const Records &) const = default;
  /// Of an axis whose elements come from two.
  Records with(const Records &other) const;
  /// Of a part of the axis, or of the axis with other elements beside: which record is where is lost.
  Records mixed() const { return batch > 1 ? Records{batch, 0} : Records{}; }
};

/// Which elements of an axis are tokens, and which only fill their record up: element p of a record is a token where
/// p + shift < lengths[record]. Reductions in objectives and metrics skip the others, whatever lies along the axis now.
struct Tokens {
  static constexpr NodeId unsaid = -1, all = -2;
  NodeId lengths = unsaid;  // i32[batch]; `all`: no element is padding, `unsaid`: nobody said, so all elements count
  int64_t shift = 0;
  bool isMixed = false;  // which element was at which place is no longer known
  explicit operator bool() const { return lengths >= 0; }
  bool isSaid() const { return lengths != unsaid; }
  bool operator==(const Tokens &) const = default;
  /// Of an axis whose elements come from two: tokens where both are.
  Tokens with(const Tokens &other) const;
  Tokens from(int64_t start) const { return {lengths, *this ? shift + start : 0, isMixed}; }
  Tokens mixed() const { return {lengths, shift, bool(*this)}; }
};

/// Classes as a published model numbers them.
struct NamedClasses {
  std::vector<std::string> names;
  std::string model;    // its folder
  ast::Span given = {}; // where the script named it
};

/// One axis of a tensor: its size, the name it has in the current scope ("" if none), the records and tokens along it, the
/// argument in the script that is its size, and the classes that its elements are of, where there are some.
struct Axis {
  int64_t size = 0;
  std::string name = {};
  Records records = {};
  Tokens tokens = {};
  ast::Span given = {};
  std::shared_ptr<const NamedClasses> classes = {};
};

/// A data declaration, or one of its raw fields: `digits`, `digits.image`.
struct DataName { const abi::Data *data = nullptr; const abi::Field *field = nullptr; };

/// Whole numbers that are known to lie from 0 to below - 1: classes or tokens of a field of the data, indices of an axis.
struct Range {
  int64_t below = 0;   // 0: not known
  DataName field = {}; // whose numbers they are, none for indices
  ast::Span given = {}; // of an axis: as its own
};

/// A node of the function being built; meaningless in any other function.
struct TensorValue {
  NodeId node = -1;
  DType dtype = DType::F32;
  std::vector<Axis> axes;
  Range range = {};
  TensorType type() const;
  bool isScalar() const { return dtype == DType::F64 && axes.empty(); }  // computed in double
};

struct Instance;  // a layer made with its arguments: a place in the parameter tree
struct Closure;   // something that can be called
struct List;
struct Record;    // of a published model: Record.h

/// Number covers dims, integers and reals; isInteger tells. `dim`: the dimension it is the size of, so that `axis = d` finds it.
/// `vocabulary`: the digest of that whose size it is, so that weights of this size are known to be over its words. `given`: the
/// argument by which the script gave it, however deep in the library it is by now.
struct Number { double value = 0; bool isInteger = false; std::string dim = {}, vocabulary = {}; ast::Span given = {}; };
/// A `param` used as it stands: becomes a Scalar node where it is computed with, and so may travel between functions.
struct ParamName { std::string name; };
struct SplitName { std::string data, split; };  // `train` as an argument: fit = train
struct None {};
/// `sum(e) over count(e)`; anywhere but in a measure it is the quotient. sum and count are f32.
struct Ratio {
  TensorValue sum, count;
  std::string finish;  // "", "exp", "sqrt": applied to the quotient when it is shown
};
/// What a name is bound to after an error in its statement: using it is silent.
struct Poison {};
/// `overall(f, x, …)` or `listed(score, …)`: what a measure is of all records at once.
struct Overall;

using Value = std::variant<None, Number, bool, std::string, TensorValue, std::shared_ptr<Instance>, std::shared_ptr<Closure>,
                           std::shared_ptr<List>, std::shared_ptr<Record>, SplitName, ParamName, DataName, Ratio, std::shared_ptr<Overall>, Poison>;

struct List {
  std::vector<Value> items;
  std::vector<ast::Span> spans = {}; // of the items, where they are written one by one
};

struct Scope;  // the evaluator's own: names visible at a place

/// One of: a definition (with the arguments bound so far), a function of a layer, a lambda, a built-in, a C++ function.
struct Closure {
  using Native = std::function<std::optional<std::vector<Value>>(std::vector<Value> positional, ast::Span span)>;
  const ast::Definition *definition = nullptr;  // fn, layer, schedule, augment, optimizer, objective, metric
  const ast::Function *function = nullptr;      // a function of `self`
  const ast::Expr *lambda = nullptr;
  std::string builtin;
  Native native;
  /// Definitions: arguments by formal. A schedule, augment or optimizer with `isBound` waits for `at`/`apply`/`update`;
  /// a fn with `isBound` waits for its first parameter.
  std::map<std::string, Value> bound;
  bool isBound = false;
  Instance *self = nullptr;
  std::shared_ptr<Scope> scope;  // of a lambda
};

struct Overall {
  Value function;
  std::vector<TensorValue> values = {};  // of a batch, f32 or i32
  std::vector<bool> areRows = {};        // of each: a row for each record, put below those of the batches before; else it is added to theirs
  ast::Span span = {};
  int64_t most = 0;  // of `listed`, in place of a function: how many records are shown; the values are a score and perhaps what was answered
};

/// A Number's digits: "64", "0.1".
std::string spell(const Value &number);

/// "f32[b = 128, 784]", "`param` lr", "a layer", …: for messages.
std::string describe(const Value &value);

}  // namespace tl
