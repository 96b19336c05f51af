// Runs the bodies of definitions at concrete shapes: AST in, nodes of a calculus graph out. Stages and phases drive it;
// it knows nothing of them.
#pragma once
#include "compiler/support/Diagnostics.h"
#include "compiler/tensors/Building.h"
#include "compiler/values/Library.h"
#include <functional>
#include <optional>
#include <set>

namespace tl {

/// What an adapter is given: a weight, or a layer with what goes into it first and what comes out.
struct Adapted {
  std::string path;
  TensorType takes = {}, gives = {}; // of a weight both are its type
  const Leaf *weight = nullptr;      // null: a layer
};

/// Builds one Function. Not copyable; make one per function (a scratch Function serves to evaluate dims and to instantiate).
/// Every function reports its own errors; a null, nullopt or empty answer means there were some.
class Elaborator : public Building {
public:
  Elaborator(const Library &library, Diagnostics &diagnostics, Function &into);
  ~Elaborator();

  /// The fields of the data, by their nodes: a shape that the model does not take is mended there.
  std::map<NodeId, std::string> fields;
  /// Run-time scalars whose values are known all the same: a phase's `steps 500`.
  std::map<std::string, double> knownScalars;
  /// Called for the Read of a leaf (one per function), so that the caller may know what a function touches. May be empty.
  std::function<void(const Leaf &, NodeId)> onRead;
  /// Called for each layer that has run, with what it took first and gave. May be empty.
  std::function<void(const Instance &, const Value &took, const Value &gave)> onCall;
  /// What mean_of or deviation_of was asked of: x, all of whose `axes` become one value.
  struct Fitted {
    bool isDeviation = false;
    TensorValue x;
    std::vector<int64_t> axes;
    std::vector<Axis> kept() const;  // the axes of the value
    TensorType type() const;         // of the value
  };
  /// mean_of(x, split), deviation_of(x, split). Empty: an error at the call. nullopt: the hook has reported.
  std::function<std::optional<TensorValue>(const Fitted &, const SplitName &split, ast::Span)> fitHook;
  /// Expressions that readers of data have done already, and the field that has what came of it. Null: none.
  const std::map<const ast::Expr *, const ast::Expr *> *asRead = nullptr;
  /// The variable that has what the weight at a path began as, "" where it stays so; nullopt: it has none. Empty: nobody knows.
  std::function<std::optional<std::string>(const std::string &path)> startOf;
  /// Where set, the function is given a text one token at a time: `decoding` holds, `position` is the token's place, and
  /// `cached` keeps values of all places so far, as inputs and outputs of the function.
  struct Decoding { int64_t places = 0; TensorValue position; int caches = 0; };
  std::optional<Decoding> decoding;
  /// Prefix of Random sites: the same for all functions of a stage, so that its phases draw alike.
  std::string scope;

  /// Makes the instance tree of a layer or model, or of an adapter, whose sizes are those of what it adapts; no nodes.
  std::shared_ptr<Instance> instantiate(const ast::Definition &definition, const std::string &path,
                                        const std::map<std::string, Value> &arguments, ast::Span span, const Adapted *adapts = nullptr);
  /// The same of an adapter below the path of what it adapts, with arguments as they are written.
  std::shared_ptr<Instance> adapter(const Adapted &adapted, const ast::Definition &definition, const std::vector<ast::Argument> &arguments,
                                    ast::Span span);
  /// Runs forward. `arguments` in the order of its formals. Buffers assigned are written by `finish`.
  std::optional<std::vector<Value>> forward(Instance &instance, const std::vector<Value> &arguments, ast::Span span);
  /// Calls anything callable: closures (fn, bound schedule `at`, bound augment `apply`, lambda), instances, lists in sequence.
  /// A fn may make layers where `place` is the path of what it makes.
  std::optional<std::vector<Value>> call(const Value &callee, std::vector<Value> positional,
                                         const std::map<std::string, Value> &named, ast::Span span,
                                         const std::string *place = nullptr);
  /// The initial value of a leaf, in the type that it is computed in (Random sites keyed by the leaf's path).
  std::optional<TensorValue> initial(const Leaf &leaf);

  /// The value of every formal of `definition`, by name: `bound` first, then `arguments` (positional ones fill the formals
  /// that `bound` lacks, in order), then defaults. `names` is visible in the arguments (fields of the batch, splits).
  /// Shapes are checked when the definition runs. Serves `objective f(…)`, `optimizer f(…)`, `report f(…)`.
  std::optional<std::map<std::string, Value>> bindArguments(const ast::Definition &definition,
                                                            const std::vector<ast::Argument> &arguments,
                                                            const std::map<std::string, Value> &names,
                                                            const std::map<std::string, Value> &bound, ast::Span span);

  /// Checks what a definition requires of these arguments, which stand at `span`.
  bool require(const ast::Statement &requirement, const std::map<std::string, Value> &names);
  bool require(const ast::Definition &definition, const std::map<std::string, Value> &arguments, ast::Span span);

  /// An objective or metric body: binds `bound` (formals by name; missing ones take their defaults), runs the statements.
  /// "loss" comes first and always has a count. The caller sets maskBatch.
  struct Measured {
    std::string name;                  // "loss", "accuracy", …; of a metric: its definition's name
    TensorValue sum;                   // f32, masked
    std::optional<TensorValue> count;  // f32[]; absent: a plain sum
    std::shared_ptr<const Overall> overall = {};  // then there is no sum: `overall` computes it once, of all batches
    std::string finish;                // "", "exp", "sqrt": metric perplexity = exp(loss)
    std::string better;                // "higher", "lower", ""
    ast::Span span;
    std::vector<std::string> axes = {}; // of a curve: names of its points' two numbers
  };
  std::vector<Measured> measure(const ast::Definition &definition, const std::map<std::string, Value> &bound, ast::Span span);

  /// A measure of all records at once: the inputs "0", "1", … are what the batches gave for its values, those that are rows with a row for
  /// each of `records`, of which "valid" says by 1 that they are real. The caller sets maskBatch.
  std::optional<TensorValue> overall(const Overall &asked, int64_t records);
  /// What each record of the batch adds to a sum, a row for each; nothing where the value is no sum over the records.
  std::optional<TensorValue> byRecord(const TensorValue &sum, ast::Span span);

  /// An optimizer's `update` on one parameter: the new values of w and of every state given, by name. A state that `states`
  /// does not list (its `when` is false) starts from its initial value and is not kept. `count`: from 1.
  struct Updated { TensorValue weight; std::map<std::string, TensorValue> states; };
  std::optional<Updated> update(const ast::Definition &optimizer, const std::map<std::string, Value> &arguments, const TensorValue &weight,
                                const TensorValue &gradient, const Value &count, const std::map<std::string, TensorValue> &states,
                                ast::Span span);
  /// The states an optimizer keeps with these arguments for the parameter `path` of this type, with initial values.
  struct State { std::string name; TensorType type; TensorValue initial; ast::Span span; };
  std::vector<State> states(const ast::Definition &optimizer, const std::map<std::string, Value> &arguments,
                            const std::string &path, const TensorType &type);

  /// What mean and deviation of a batch follow from, without its padding; the caller sets maskBatch.
  struct Moments {
    TensorValue origin;        // f32, one of the elements that become one value: what is summed is taken from here
    TensorValue sum, squares;  // f64: Σ (x - origin), Σ (x - origin)²
    TensorValue count;         // f32: how many elements
  };
  std::optional<Moments> moments(const Fitted &fitted, ast::Span span);

  /// Evaluates an expression of the script outside any layer (dims, params, data fields, stage keys). `names` adds bindings.
  /// It may make layers where `place` is their path.
  std::optional<Value> evaluate(const ast::Expr &expr, const std::map<std::string, Value> &names,
                                const std::string *place = nullptr);
  /// A value as a tensor of this dtype where it is one or can become one (numbers, params, ratios); else reports at `span`.
  std::optional<TensorValue> tensor(const Value &value, DType dtype, ast::Span span);

  /// Writes the buffers assigned so far; call once, after the last body.
  void finish();

  // Node makers, for the drivers of this class.
  NodeId add(Op op, std::vector<NodeId> operands, Attributes attributes, const TensorType &hint, ast::Span span);
  TensorValue input(const std::string &name, DType dtype, std::vector<Axis> axes, ast::Span span);  // one node per name
  TensorValue scalar(const std::string &name, ast::Span span);                                      // f64[]; one node per name
  TensorValue read(const std::string &variable, const TensorType &type, ast::Span span);            // one node per variable
  /// A weight as the layers read it: what its adapter makes of it, where it has one.
  std::optional<TensorValue> read(const Leaf &leaf, ast::Span span);
  /// The same with what the adapter of its layer says of `merged` weights; nullopt where it says nothing of this one.
  std::optional<TensorValue> merged(const Leaf &leaf, ast::Span span);
  void write(const std::string &variable, const TensorValue &value, ast::Span span);
  void write(const Leaf &leaf, const TensorValue &value, ast::Span span);  // in the type that it is kept in
  /// `isLogged`: looked at only where a step is logged.
  void output(const std::string &name, const TensorValue &value, ast::Span span, bool isLogged = false);
  TensorType typeOf(NodeId node) const;

  struct Impl;

private:
  std::unique_ptr<Impl> impl;
};

}  // namespace tl
