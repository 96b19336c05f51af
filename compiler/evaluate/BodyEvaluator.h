// The elaborator's inside: it runs the syntax tree. What it computes with stands below it, layer by layer, each knowing only those
// before: Reporting · Tensors · Arithmetic · Masks. Its parts, by file: Statements · Names · Expressions · Indexing · Unify ·
// ShapeMends · Arguments · Calls · Adapted · Instances · Einsum · Published · VocabularyTables · Fitted · Bodies. Beside it stands Requirements; built-ins
// have a room of their own.
#pragma once
#include "compiler/evaluate/Elaborator.h"
#include "compiler/syntax/AstWords.h"
#include "compiler/tensors/Masks.h"
#include "compiler/values/Record.h"
#include <set>

namespace tl {

struct Binding {
  Value value;
  ast::Span span;
  Records records = {}; // along the axes whose size this dimension is
  bool isGiven = false; // an argument, and no default
  ast::Span written = {}; // of an argument: where the script gave it, by whatever names it was handed on since
  bool isCopy = false;    // the number that a repeated layer knows by `copy`
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
  std::string parameter = {};                     // of these the one that is no state
  int file = -1;
};
using ScopePtr = std::shared_ptr<Scope>;

struct Arg {
  Value value;
  ast::Span span;          // of the value
  ast::Span nameSpan = {}; // where it is given by name
  ast::Span written = {};  // see Binding
  ast::Span marked() const { return nameSpan.line ? nameSpan : span; }
};
struct Args {
  std::vector<Arg> positional;
  std::map<std::string, Arg> named;
};

class BodyEvaluator : public Masks {
public:
  BodyEvaluator(Elaborator &elaborator, const Library &library, Diagnostics &diagnostics, Function &into)
      : Masks(elaborator, library, diagnostics, into), elaborator(elaborator) {}
  ~BodyEvaluator();

  // Statements.cpp, Names.cpp: names, statements.
  Value lookup(const std::string &name, Scope &scope, ast::Span span);
  ast::Span writtenAt(const std::string &name, const Scope &scope) const;
  void refuseTooEarly(const std::string &name, const Scope &scope, ast::Span span);
  std::optional<Binding> find(const std::string &name, Scope &scope, bool dimensionsOnly = false);
  Value run(const ast::Block &block, const ScopePtr &scope, const std::string *place = nullptr);
  void refuseToHide(const Scope &from, const std::string &name, ast::Span span);
  void bind(Scope &scope, const std::string &name, const Value &value, ast::Span span);
  void assign(const ast::Statement &statement, const ScopePtr &scope);
  [[noreturn]] void refuseUndeclared(const ast::Statement &statement, const ScopePtr &scope);
  std::string furtherResult(const ast::Statement &statement, const Value &value) const;
  Value readLeaf(const Leaf &leaf, ast::Span span);

  // Expressions.cpp. `place`: the path of a layer made by this expression; null where none may be made.
  Value eval(const ast::Expr &expr, const ScopePtr &scope, const std::string *place = nullptr);
  Value evalNow(const ast::Expr &expr, const ScopePtr &scope, const std::string *place);
  void remember(Instance &layer, const ast::Expr &from, const ScopePtr &scope);
  Value member(const Value &of, const std::string &name, ast::Span span, ast::Span ofSpan);
  Value evalFirst(const ast::Expr &lhs, const ast::Expr &rhs, const ScopePtr &scope);
  Value evalBinary(const ast::Expr &expr, const ScopePtr &scope, const std::string *place);
  Value evalIf(const ast::Expr &expr, const ScopePtr &scope, const std::string *place, bool ownScope);
  Value repeat(const ast::Expr &expr, const Number &count, const ScopePtr &scope, const std::string *place);
  bool condition(const ast::Expr &expr, const ScopePtr &scope);
  double number(const Value &value, ast::Span span, const char *what);
  int64_t integer(const Value &value, ast::Span span, const char *what);
  std::vector<int64_t> integers(const Value &value, ast::Span span, const char *what);

  // Einsum.cpp.
  TensorValue einsum(const Args &args, const ScopePtr &scope, ast::Span span);

  // Indexing.cpp.
  Value index(const ast::Expr &expr, const ScopePtr &scope);
  TensorValue reshapeTo(const ast::Expr &expr, const ScopePtr &scope);
  [[noreturn]] void refuseOpenSize(const ast::Expr &expr, size_t open, const TensorValue &x, const ScopePtr &scope);
  std::vector<Axis> shapeOf(const Value &list, ast::Span span);

  // Unify.cpp.
  TensorValue unify(const ast::Type &type, const TensorValue &value, const ScopePtr &scope, ast::Span span,
                    const std::string &what, bool isResult = false);
  Axis axisOf(const ast::Expr &dim, const ScopePtr &scope);
  // ShapeMends.cpp. `help`: "" where none is known; `wrong`: the argument in the script that is to be another, where one is.
  struct Mend {
    std::string help;
    ast::Span wrong = {};
  };
  Mend mendOf(const ast::Type &type, const TensorValue &value, Scope &scope);
  Mend argumentMend(const ast::Type &type, const TensorValue &value, Scope &scope);
  std::string endingsOf(size_t axis, size_t rank, const std::string &tokens = "") const;
  Value conform(const ast::Formal &formal, const Arg &arg, const ScopePtr &scope, const std::string &callee);
  Value conformResults(const std::vector<ast::Type> &types, const Value &value, const ScopePtr &scope,
                       const std::string &callee, ast::Span span);
  Value outward(const Value &value, const Scope &scope);

  // Arguments.cpp.
  /// `maker`: the layer or fn that makes layers at `place`; layers among its arguments are placed under the formals'
  /// names.
  Args evalArguments(const std::vector<ast::Argument> &arguments, const ScopePtr &scope, const ast::Definition *maker,
                     const std::string *place, const Arg *piped);
  void complainOfArgument(const std::string &name, const Arg &arg, const std::string &callee,
                          const std::vector<std::string> &known);
  /// Formal -> argument; reports unknown, doubled, missing and surplus ones. Defaults are not filled in.
  std::map<std::string, Arg> match(const std::vector<ast::Formal> &formals, const Args &args, const std::string &callee,
                                   ast::Span span, bool allowMissing = false);
  void enter(const std::vector<ast::Formal> &formals, const std::map<std::string, Arg> &args, const ScopePtr &scope,
             const std::string &callee, ast::Span span);
  std::map<std::string, Value> bindAll(const ast::Definition &definition, const std::map<std::string, Arg> &given,
                                       ast::Span span);

  // Calls.cpp.
  bool isOfScript(ast::Span span) const { return span.line > 0 && !library.standardFiles.count(span.file); }
  Value evalCall(const ast::Expr &expr, const ScopePtr &scope, const std::string *place, const Arg *piped);
  Value call(const Value &callee, Args args, ast::Span span, const std::string *place = nullptr);
  Value callClosure(const Closure &closure, Args args, ast::Span span, const std::string *place);
  Value callFn(const ast::Definition &definition, Args args, ast::Span span, const std::string *place);
  Value callFunction(const ast::Function &function, const std::string &name, const ScopePtr &outer, const Args &args,
                     ast::Span span);
  /// Not `isAdapted`: as it is without its adapter.
  Value callForward(Instance &instance, Args args, ast::Span span, bool isAdapted = true);
  void checkRecursion(const std::string &name, ast::Span span);
  ScopePtr scopeOf(const ast::Definition &definition);
  ScopePtr scopeOf(Instance &instance);
  const ast::Function *functionOf(const ast::Definition &definition, const std::string &name, ast::Span span);

  // Adapted.cpp.
  TensorValue adapted(const Leaf &leaf, const TensorValue &kept, ast::Span span);
  Value callAdapted(Instance &layer, const Args &args, ast::Span span);
  Args withBound(const Closure &closure, Args args);
  std::optional<TensorValue> merged(const Leaf &leaf, ast::Span span);
  void bindSizes(const ast::Definition &adapter, const Adapted &adapted, const ScopePtr &scope, ast::Span span);

  // Instances.cpp.
  std::shared_ptr<Instance> make(const ast::Definition &definition, const std::string &path,
                                 std::map<std::string, Arg> arguments, std::vector<std::shared_ptr<Instance>> children,
                                 ast::Span span, const Adapted *adapts = nullptr);
  void makeLeaf(Instance &instance, const ast::Slot &slot, const ScopePtr &scope);
  TensorValue initial(const Leaf &leaf);
  void refuseUncalled(const Closure &made, ast::Span span);
  /// An initial value in the type that `axes` say, which a smaller tensor or a number fills. Otherwise as it is.
  TensorValue filling(const Value &value, DType dtype, const std::vector<Axis> &axes, ast::Span span);
  TensorValue random(std::vector<Axis> axes, ast::Span span);
  bool mayTravel(const Value &value, ast::Span span);

  Value callBuiltin(const std::string &name, const Args &args, const ScopePtr &scope, ast::Span span);

  // Published.cpp, VocabularyTables.cpp, Fitted.cpp.
  /// The whole of what a record's file says: the record, or a list.
  Value valueOf(const Record &record);
  /// Nothing, where a record has no such entry.
  std::optional<Value> entryOf(const Record &record, const std::string &key);
  Value memberOf(const Record &record, const std::string &name, ast::Span span);
  void requireAllRead(const Published &published);
  Value vocabularyTable(const DataName &words, const std::string &fact, ast::Span span);
  Elaborator::Moments moments(const Elaborator::Fitted &fitted, ast::Span span);

  // Bodies.cpp.
  std::vector<Elaborator::Measured> measure(const ast::Definition &definition, const std::map<std::string, Arg> &bound,
                                            ast::Span span);
  Elaborator::Updated update(const ast::Definition &optimizer, const std::map<std::string, Value> &arguments,
                             const TensorValue &weight, const TensorValue &gradient, const Value &count,
                             const std::map<std::string, TensorValue> &states, ast::Span span);
  std::vector<Elaborator::State> states(const ast::Definition &optimizer, const std::map<std::string, Value> &arguments,
                                        const std::string &path, const TensorType &type);
  void warnOfSum(const TensorValue &loss, ast::Span span);
  TensorValue overall(const Overall &asked, int64_t records);
  Elaborator::Measured measured(const std::string &name, const Value &value, bool isLoss, ast::Span span);

  /// Draws, assignments and scans have no place in the function of a scan.
  void refuseInBody(ast::Span span, const std::string &what);

  Elaborator &elaborator;
  std::map<std::string, std::pair<TensorValue, ast::Span>> assigned; // buffers, by path
  std::map<std::string, TensorValue> adaptedSoFar;                   // weights that have adapters, by path
  std::string sitePath;                                              // of Random nodes, where no forward runs: a leaf
  std::map<std::string, int> draws;                                  // Random nodes so far, by place
  std::set<uint32_t> sites;
  bool lookahead = true; // false while `without_lookahead` runs a model
  size_t layers = 0;
  std::vector<std::shared_ptr<Instance>> *made = nullptr; // where new layers are recorded
  std::vector<ScopePtr> selfReferring;                    // hold a lambda that holds them
  ScopePtr current;                                       // scope of the builtin call at hand: names of axes
  std::vector<const ast::Block *> running;                // bodies, innermost last
  int depth = 0;
};

/// The variable of a fact of a vocabulary; `name` tells it from the others.
abi::Table tableOf(const DataName &words, const std::string &fact, const std::string &name);

struct Elaborator::Impl : BodyEvaluator {
  using BodyEvaluator::BodyEvaluator;
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
