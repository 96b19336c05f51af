// The elaborator's inside: it runs the syntax tree, and tensors are nodes. Its parts, by file:
// Statements · Names · Requirements · Expressions · Arithmetic · Contraction · Indexing · Unify · ShapeMends · Calls · Instances ·
// Builtins · Reductions · Fitted · LayoutWords · Records · Tokens · Decoding · Scan · Bodies.
#pragma once
#include "compiler/evaluate/Elaborator.h"
#include "compiler/syntax/AstWords.h"
#include <set>

namespace tl {

struct Binding {
  Value value;
  ast::Span span;
  Records records = {}; // along the axes whose size this dimension is
  bool isGiven = false; // an argument, and no default
};

/// Names visible at a place. A function's scope has its layer's scope (or nothing) as parent; then come the library's
/// names.
struct Scope {
  std::shared_ptr<Scope> parent;
  std::map<std::string, Binding> names;
  Instance *instance = nullptr;                   // its arguments, members and leaves are visible
  std::optional<std::vector<Axis>> ellipsis;      // what `..` stands for, with the caller's names
  std::map<std::string, std::string> outside;     // dimension here -> name of that axis at the caller's
  std::map<std::string, Value> *states = nullptr; // names that `<-` may assign: an optimizer's
  int file = -1;
};
using ScopePtr = std::shared_ptr<Scope>;

struct Arg {
  Value value;
  ast::Span span;          // of the value
  ast::Span nameSpan = {}; // where it is given by name
  ast::Span marked() const { return nameSpan.line ? nameSpan : span; }
};
struct Args {
  std::vector<Arg> positional;
  std::map<std::string, Arg> named;
};

/// Thrown after an error was reported; caught at the statement, whose names become Poison.
struct Poisoned {};

class BodyEvaluator {
public:
  BodyEvaluator(Elaborator &elaborator, const Library &library, Diagnostics &diagnostics, Function &into)
      : elaborator(elaborator), library(library), diagnostics(diagnostics), into(into) {}
  ~BodyEvaluator();
  BodyEvaluator(const BodyEvaluator &) = delete;

  // Statements.cpp, Names.cpp: errors, names, statements.
  using Notes = std::vector<Diagnostic::Note>;
  void complain(Diag kind, ast::Span span, std::string message, std::string help = "", Notes notes = {});
  [[noreturn]] void fail(Diag kind, ast::Span span, std::string message, std::string help = "", Notes notes = {});
  [[noreturn]] void giveUp(Diag kind, ast::Span span, std::string message,
                           std::string help); // and look at nothing more
  Value lookup(const std::string &name, Scope &scope, ast::Span span);
  void refuseTooEarly(const std::string &name, const Scope &scope, ast::Span span);
  std::optional<Binding> find(const std::string &name, Scope &scope, bool dimensionsOnly = false);
  Value run(const ast::Block &block, const ScopePtr &scope, const std::string *place = nullptr);
  void refuseToHide(const Scope &from, const std::string &name, ast::Span span);
  void bind(Scope &scope, const std::string &name, Value value, ast::Span span);
  void assign(const ast::Statement &statement, const ScopePtr &scope);
  Value readLeaf(const Leaf &leaf, ast::Span span);
  bool isTraining() const;
  void spend(ast::Span span); // bounds the work of hostile scripts
  /// The innermost call that stands in no file of the standard library; null: there is none.
  const std::pair<std::string, ast::Span> *callOfScript() const;

  // Requirements.cpp: `require … else …`.
  void require(const ast::Statement &requirement, const ScopePtr &scope);
  void requireAll(const ast::Definition &definition, const ScopePtr &scope);
  std::string messageOf(const ast::Statement &requirement, Scope &scope);
  ast::Span placeOf(const ast::Statement &requirement, const Scope &scope) const;
  abi::Requirement atStart(const TensorValue &condition, std::string message, const ast::Statement &requirement,
                           ast::Span place);
  std::vector<double> extremesOf(const std::string &scalar);
  [[noreturn]] void refuse(Diag kind, const ast::Statement &requirement, ast::Span place, std::string message,
                           std::string help, Notes notes);

  // Expressions.cpp. `place`: the path of a layer made by this expression; null where none may be made.
  Value eval(const ast::Expr &expr, const ScopePtr &scope, const std::string *place = nullptr);
  Value evalNow(const ast::Expr &expr, const ScopePtr &scope, const std::string *place);
  Value member(const Value &of, const std::string &name, ast::Span span, ast::Span ofSpan);
  Value evalFirst(const ast::Expr &lhs, const ast::Expr &rhs, const ScopePtr &scope);
  Value evalBinary(const ast::Expr &expr, const ScopePtr &scope, const std::string *place);
  Value evalIf(const ast::Expr &expr, const ScopePtr &scope, const std::string *place, bool ownScope);
  Value repeat(const ast::Expr &expr, const Number &count, const ScopePtr &scope, const std::string *place);
  bool condition(const ast::Expr &expr, const ScopePtr &scope);
  double number(const Value &value, ast::Span span, const char *what);
  int64_t integer(const Value &value, ast::Span span, const char *what);
  std::vector<int64_t> integers(const Value &value, ast::Span span, const char *what);

  // Arithmetic.cpp.
  Value arithmetic(const std::string &op, const Value &lhs, const Value &rhs, ast::Span span);
  Value power(const Value &lhs, const Value &rhs, ast::Span span);
  Value compare(const std::string &op, const Value &lhs, const Value &rhs, ast::Span span);
  Value logical(const std::string &op, const Value &lhs, const Value &rhs, ast::Span span);
  Value remainder(const Value &lhs, const Value &rhs, ast::Span span);
  Value negate(const Value &value, ast::Span span);
  Value unary(Op op, const Value &value, ast::Span span);
  TensorValue node(Op op, std::vector<TensorValue> operands, Attributes attributes, DType dtype, std::vector<Axis> axes,
                   ast::Span span);
  TensorValue constant(double value, DType dtype, std::vector<Axis> axes, ast::Span span);
  TensorValue cast(const TensorValue &x, DType dtype, ast::Span span);
  TensorValue broadcast(const TensorValue &x, const std::vector<Axis> &axes, ast::Span span);
  TensorValue reshape(const TensorValue &x, std::vector<Axis> axes, ast::Span span);
  TensorValue elementwise(Op op, TensorValue lhs, TensorValue rhs, ast::Span span);
  std::vector<Axis> broadcastAxes(const TensorValue &lhs, const TensorValue &rhs, const std::string &what,
                                  ast::Span span);
  /// Tensors as they meet in `what`: one dtype, one shape.
  void meet(std::vector<Value> &values, const std::string &what, ast::Span span, std::vector<TensorValue> &out);
  bool isTensorLike(const Value &value) const;
  /// Params and ratios become tensors; numbers become constants of `dtype`.
  TensorValue toTensor(const Value &value, ast::Span span, DType dtype = DType::F32);
  TensorValue asF32(const Value &value, ast::Span span);

  // Contraction.cpp.
  TensorValue matmul(const Value &lhs, const Value &rhs, ast::Span span);
  TensorValue einsum(const Args &args, const ScopePtr &scope, ast::Span span);

  // Indexing.cpp.
  Value index(const ast::Expr &expr, const ScopePtr &scope);
  TensorValue reshapeTo(const ast::Expr &expr, const ScopePtr &scope);
  TensorValue slice(const TensorValue &x, const std::vector<int64_t> &starts, const std::vector<int64_t> &limits,
                    ast::Span span);
  std::vector<Axis> shapeOf(const Value &list, ast::Span span);
  /// Each number that `ids` may hold has one of `places` here, or it is an error.
  void needPlaces(const TensorValue &ids, int64_t places, ast::Span span);

  // Unify.cpp.
  TensorValue unify(const ast::Type &type, const TensorValue &value, const ScopePtr &scope, ast::Span span,
                    const std::string &what, bool isResult = false);
  Axis axisOf(const ast::Expr &dim, const ScopePtr &scope);
  // ShapeMends.cpp: a help, "" where none is known.
  std::string mendOf(const ast::Type &type, const TensorValue &value, Scope &scope);
  std::string argumentMend(const ast::Type &type, const TensorValue &value, Scope &scope);
  Value conform(const ast::Formal &formal, const Arg &arg, const ScopePtr &scope, const std::string &callee);
  Value conformResults(const std::vector<ast::Type> &types, const Value &value, const ScopePtr &scope,
                       const std::string &callee, ast::Span span);
  Value outward(const Value &value, const Scope &scope);

  // Calls.cpp.
  Value evalCall(const ast::Expr &expr, const ScopePtr &scope, const std::string *place, const Arg *piped);
  /// `maker`: the layer or fn that makes layers at `place`; layers among its arguments are placed under the formals'
  /// names.
  Args evalArguments(const std::vector<ast::Argument> &arguments, const ScopePtr &scope, const ast::Definition *maker,
                     const std::string *place, const Arg *piped);
  Value call(const Value &callee, Args args, ast::Span span, const std::string *place = nullptr);
  Value callClosure(const Closure &closure, Args args, ast::Span span, const std::string *place);
  Value callFn(const ast::Definition &definition, Args args, ast::Span span, const std::string *place);
  Value callFunction(const ast::Function &function, const std::string &name, const ScopePtr &outer, Args args,
                     ast::Span span);
  Value callForward(Instance &instance, Args args, ast::Span span);
  /// Formal -> argument; reports unknown, doubled, missing and surplus ones. Defaults are not filled in.
  void complainOfArgument(const std::string &name, const Arg &arg, const std::string &callee,
                          const std::vector<std::string> &known);
  std::map<std::string, Arg> match(const std::vector<ast::Formal> &formals, const Args &args, const std::string &callee,
                                   ast::Span span, bool allowMissing = false);
  void checkRecursion(const std::string &name, ast::Span span);
  void enter(const std::vector<ast::Formal> &formals, const std::map<std::string, Arg> &args, const ScopePtr &scope,
             const std::string &callee, ast::Span span);
  std::map<std::string, Value> bindAll(const ast::Definition &definition, const std::map<std::string, Arg> &given,
                                       ast::Span span);
  ScopePtr scopeOf(const ast::Definition &definition);
  ScopePtr scopeOf(Instance &instance);
  const ast::Function *functionOf(const ast::Definition &definition, const std::string &name, ast::Span span);

  // Instances.cpp.
  std::shared_ptr<Instance> make(const ast::Definition &definition, const std::string &path,
                                 std::map<std::string, Arg> arguments, std::vector<std::shared_ptr<Instance>> children,
                                 ast::Span span);
  void makeLeaf(Instance &instance, const ast::Slot &slot, const ScopePtr &scope);
  TensorValue initial(const Leaf &leaf);
  /// An initial value in the type that `axes` say, which a smaller tensor or a number fills. Otherwise as it is.
  TensorValue filling(const Value &value, DType dtype, const std::vector<Axis> &axes, ast::Span span);
  TensorValue random(std::vector<Axis> axes, ast::Span span);
  bool mayTravel(const Value &value, ast::Span span);

  // Builtins.cpp, Reductions.cpp, Fitted.cpp, LayoutWords.cpp, Scan.cpp.
  using Builtin = Value (*)(BodyEvaluator &, Args &, ast::Span);
  static const std::map<std::string, Builtin> &builtins();
  static void addElementwise(std::map<std::string, Builtin> &table);
  static void addReductions(std::map<std::string, Builtin> &table);
  static void addFitted(std::map<std::string, Builtin> &table);
  static void addLayout(std::map<std::string, Builtin> &table);
  static void addTokens(std::map<std::string, Builtin> &table);
  static void addDecoding(std::map<std::string, Builtin> &table);
  static void addScan(std::map<std::string, Builtin> &table);
  Value callBuiltin(const std::string &name, Args args, const ScopePtr &scope, ast::Span span);
  /// Arguments of a built-in in the order of `names`, positional or named; a name ending in "?" may be missing.
  std::vector<std::optional<Arg>> take(const Args &args, const char *callee, std::initializer_list<const char *> names,
                                       ast::Span span);
  /// The axes that `axis` names, or all but those that `except` names; all where neither is given.
  std::vector<int64_t> axesOf(const std::optional<Arg> &axis, const TensorValue &x, ast::Span span,
                              const std::optional<Arg> &except = std::nullopt);
  int64_t axisNumber(const Value &axis, const TensorValue &x, ast::Span span);
  bool flag(const std::optional<Arg> &arg);
  TensorValue reduce(Op op, const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span);
  /// Puts the axes that were reduced back with one element each.
  TensorValue restore(const TensorValue &reduced, const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span);
  Elaborator::Moments moments(const Elaborator::Fitted &fitted, ast::Span span);

  // Records.cpp.
  void carryRecords(const TensorValue &x, std::vector<Axis> &axes);
  bool overBatch(const TensorValue &x, const std::vector<int64_t> &axes) const;
  void noteStatistics(ast::Span span);
  TensorValue validOf(const Axis &axis, ast::Span span);
  TensorValue validAlong(const TensorValue &x, size_t axis, ast::Span span);
  TensorValue masked(TensorValue x, const std::vector<int64_t> &axes, ast::Span span, double neutral = 0);
  /// The number of elements along axes: a Number, or an f32[] that skips padding records.
  Value count(const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span);

  // Tokens.cpp: the same of padding.
  void carryTokens(const Axis &axis, int64_t from, std::vector<Axis> &axes);
  void requireTokens(const TensorValue &x, const std::string &what, ast::Span span, Notes notes = {});
  std::vector<int64_t> tokenAxes(const TensorValue &x, const std::vector<int64_t> &axes) const;
  TensorValue lengthsOf(const Axis &axis, ast::Span span);
  size_t recordAxis(const TensorValue &x, size_t axis, ast::Span span);
  TensorValue areTokens(const Axis &records, const Axis &axis, bool isTurned, ast::Span span);
  TensorValue tokensAlong(const TensorValue &x, size_t axis, ast::Span span);
  TensorValue countTokens(const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span);

  // Bodies.cpp.
  std::vector<Elaborator::Measured> measure(const ast::Definition &definition, std::map<std::string, Arg> bound,
                                            ast::Span span);
  Elaborator::Updated update(const ast::Definition &optimizer, const std::map<std::string, Value> &arguments,
                             const TensorValue &weight, const TensorValue &gradient, const Value &count,
                             const std::map<std::string, TensorValue> &states, ast::Span span);
  std::vector<Elaborator::State> states(const ast::Definition &optimizer, const std::map<std::string, Value> &arguments,
                                        const std::string &path, const TensorType &type);
  Elaborator::Measured measured(const std::string &name, const Value &value, bool isLoss, ast::Span span);

  /// Draws, assignments and scans have no place in the function of a scan.
  void refuseInBody(ast::Span span, const std::string &what);

  /// What depends on no state and no row of the scan whose function runs is computed once, outside: only nodes with
  /// operands of the body join it. Their ids start at `bodyIds`.
  static constexpr NodeId bodyIds = NodeId(1) << 30;
  const Node &nodeOf(NodeId id) const {
    return id < bodyIds ? into.nodes.at(size_t(id)) : body->nodes.at(size_t(id - bodyIds));
  }
  NodeId add(Op op, std::vector<NodeId> operands, Attributes attributes, TensorType hint, ast::Span span);

  Elaborator &elaborator;
  const Library &library;
  Diagnostics &diagnostics;
  Function &into;
  std::shared_ptr<Function> body; // of the scan whose function runs; null: none does

  std::map<std::string, TensorValue> inputs, scalars, reads;
  std::map<std::string, std::pair<TensorValue, ast::Span>> assigned; // buffers, by path
  Instance *instance = nullptr;                                      // whose forward runs
  std::string sitePath;                                              // of Random nodes, where no forward runs: a leaf
  std::map<std::string, int> draws;                                  // Random nodes so far, by place
  std::set<uint32_t> sites;
  size_t layers = 0;
  std::vector<std::shared_ptr<Instance>> *made = nullptr; // where new layers are recorded
  std::vector<std::pair<std::string, ast::Span>> frames;  // who is running, called from where
  std::vector<ScopePtr> selfReferring;                    // hold a lambda that holds them
  ScopePtr current;                                       // scope of the builtin call at hand: names of axes
  std::vector<const ast::Block *> running;                // bodies, innermost last
  int64_t steps = 0;
  int depth = 0;
};

struct Elaborator::Impl : BodyEvaluator {
  using BodyEvaluator::BodyEvaluator;
};

/// A running body, for messages and against recursion.
class Frame {
public:
  Frame(std::vector<std::pair<std::string, ast::Span>> &frames, const std::string &name, ast::Span span)
      : frames(frames) {
    frames.emplace_back(name, span);
  }
  ~Frame() { frames.pop_back(); }
  Frame(const Frame &) = delete;

private:
  std::vector<std::pair<std::string, ast::Span>> &frames;
};

/// Sets a variable for the time of a block.
template <typename T> class Restore {
public:
  Restore(T &place, T value) : place(place), old(std::move(place)) { place = std::move(value); }
  ~Restore() { place = std::move(old); }
  Restore(const Restore &) = delete;

private:
  T &place;
  T old;
};

} // namespace tl
