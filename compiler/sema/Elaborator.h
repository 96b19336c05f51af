// Runs the bodies of definitions at concrete shapes: AST in, nodes of a calculus graph out. Stages and phases (Stages.cpp)
// drive it; it knows nothing of them.
#pragma once
#include "compiler/sema/CheckedProgram.h"
#include "compiler/sema/Values.h"
#include <functional>
#include <optional>

namespace tl {

/// Everything declared by the script and the files it uses, by name.
struct Library {
  struct Entry { const ast::Definition *definition; };
  std::map<std::string, const ast::Definition *> definitions;
  std::map<std::string, Value> constants;                          // dims
  std::map<std::string, const ast::Param *> params;
  std::map<std::string, const abi::Data *> data;                   // facts: `digits.image.shape[0]`, `digits.label.classes`
};

/// A weight, buffer or optimizer slot, as declared at a place of the tree.
struct Leaf {
  std::string path;  // "enc.net[0].w": names by ".", list items by "[i]"
  enum class Kind { Weight, Buffer } kind = Kind::Weight;
  TensorType type;
  std::vector<std::string> roles;
  const ast::Slot *slot = nullptr;  // its initialiser
  Instance *owner = nullptr;
  ast::Span span;
};

/// A layer at its place in the tree. List items without weights (functions) have no instance.
struct Instance {
  std::string path, layer;  // layer: the definition's name, for `:Linear`
  const ast::Definition *definition = nullptr;
  std::map<std::string, Value> arguments;   // formals by name
  std::map<std::string, Value> members;     // sub-layers, and dims the body needs
  std::vector<Leaf> leaves;
  std::vector<std::shared_ptr<Instance>> children;  // in order of declaration
  ast::Span span;
  /// `X from ckpt { … }` where written, else null.
  const ast::Expr *from = nullptr;
};

/// How a layer behaves in the function being built, decided per instance path by the phase's rules.
struct Mode {
  bool training = false;      // `training`: dropout, corruption
  bool updateBuffers = false; // `buffer <- …` takes effect
};

/// Builds one Function. Not copyable; make one per function.
class Elaborator {
public:
  Elaborator(const Library &library, Diagnostics &diagnostics, Function &into);
  ~Elaborator();

  /// Mode by instance path ("" is the stage itself: objectives, augmentations). Default: evaluation.
  std::function<Mode(const Instance *)> modeOf;
  /// Called for every Read of a leaf, so that the caller may know what a function touches. May be empty.
  std::function<void(const Leaf &, NodeId)> onRead;
  /// The f32[batch] input "valid"; where set, reductions over a batch axis in objectives and metrics (`maskBatch`) skip
  /// records with 0. Made on first use.
  bool maskBatch = false;
  /// Prefix of Random sites and the name used in messages.
  std::string scope;

  /// Makes the instance tree of a layer or model; no nodes. Errors are reported; null after errors.
  std::shared_ptr<Instance> instantiate(const ast::Definition &definition, const std::string &path,
                                        std::map<std::string, Value> arguments, ast::Span span);
  /// Runs forward. `arguments` in the order of its formals. nullopt after errors (already reported).
  std::optional<std::vector<Value>> forward(Instance &instance, const std::vector<Value> &arguments, ast::Span span);
  /// Calls any definition with kind fn/augment(apply)/schedule(at), a closure or a lambda.
  std::optional<std::vector<Value>> call(const Value &callee, std::vector<Value> positional,
                                         std::map<std::string, Value> named, ast::Span span);
  /// The initial value of a leaf as f32 (Random sites keyed by the leaf's path).
  std::optional<TensorValue> initial(const Leaf &leaf);

  /// An objective or metric body: binds `bound` (formals by name), runs the statements.
  struct Measured {
    std::string name;             // "loss", "accuracy", …
    TensorValue sum;              // masked
    std::optional<TensorValue> count;  // f32[]; absent: a plain sum
    std::string finish;           // "", "exp", "sqrt": metric perplexity = exp(loss)
    std::string better;
    ast::Span span;
  };
  std::vector<Measured> measure(const ast::Definition &definition, std::map<std::string, Value> bound, ast::Span span);

  /// An optimizer's `update` on one parameter: returns the new values of w and of every state, by name.
  struct Updated { TensorValue weight; std::map<std::string, TensorValue> states; };
  std::optional<Updated> update(const ast::Definition &optimizer, std::map<std::string, Value> arguments, TensorValue weight,
                                TensorValue gradient, Value count, std::map<std::string, TensorValue> states, ast::Span span);
  /// The states an optimizer keeps with these arguments for a parameter of this type, with initial values.
  struct State { std::string name; TensorType type; double initial; ast::Span span; };
  std::vector<State> states(const ast::Definition &optimizer, const std::map<std::string, Value> &arguments, const TensorType &type);

  /// Evaluates an expression of the script outside any layer (dims, params, data fields, stage keys). `names` adds bindings.
  std::optional<Value> evaluate(const ast::Expr &expr, const std::map<std::string, Value> &names);

  // Node makers, for the drivers of this class.
  NodeId add(Op op, std::vector<NodeId> operands, Attributes attributes, TensorType hint, ast::Span span);
  TensorValue input(const std::string &name, DType dtype, std::vector<Axis> axes, ast::Span span);
  TensorValue scalar(const std::string &name, ast::Span span);  // f64[]
  TensorValue read(const std::string &variable, const TensorType &type, ast::Span span);
  void write(const std::string &variable, TensorValue value, ast::Span span);
  void output(const std::string &name, TensorValue value, ast::Span span);
  TensorType typeOf(NodeId node) const;

  struct Impl;
private:
  std::unique_ptr<Impl> impl;
};

}  // namespace tl
