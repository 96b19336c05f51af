// What was written: the tree that `read` makes of a script and `check` reads. It knows nothing of meaning.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tl::ast {

/// A stretch of a source file; `file` indexes support/SourceFiles. Lines and columns count from 1; columns are bytes.
struct Span {
  int file = -1;
  int line = 0, column = 0;
  int length = 0;  // bytes on the first line, at least 1
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;
struct Block;
struct WeightRule;

/// A call argument: positional (`name` empty) or `name = value`, with the optimizer's `value except S` / `value for S`.
struct Selector;
struct Argument {
  std::string name;
  Span nameSpan;
  ExprPtr value;
  std::unique_ptr<Selector> only, except;
};

/// One item of an index: `i` (start only, isRange false), `a..b`, `a..`, `..b`, `:` (all), `..` (ellipsis: all axes in
/// between), `none` (new axis). A range and the ellipsis differ: `..` alone is the ellipsis, `:` is one whole axis.
struct IndexItem {
  enum class Kind { At, Range, All, Ellipsis, NewAxis } kind = Kind::At;
  ExprPtr start, stop;
  Span span;
};

/// An expression. Which members are used depends on `kind`; the comment says so.
struct Expr {
  enum class Kind {
    Number,   // number, isInteger
    Bool,     // number 0 or 1
    String,   // text
    None,     // `none`
    Name,     // text
    Member,   // operands[0] . text
    Call,     // operands[0] is the callee; arguments
    Index,    // operands[0]; items
    Unary,    // text: "-" "not"; operands[0]
    Binary,   // text: + - * / % ^ @ == != < <= > >= and or; operands[0], operands[1]
    Pipe,     // operands[0] |> operands[1]
    As,       // operands[0] as [operands[1..]]
    List,     // operands
    If,       // operands[0] condition; thenBlock, elseBlock (may be null)
    Lambda,   // fn(x, y) { … }: parameters in `names`; thenBlock is the body
    Over,     // operands[0] over operands[1]
    Ellipsis, // `..` inside a shape: f32[.., d]
    From,     // operands[0] from operands[1], perhaps by operands[2]; weightRules
    On,       // operands[0] on operands[1], a name, perhaps with a batch of operands[2] records
  } kind = Kind::None;
  Span span;  // the narrowest thing to mark: the operator of a binary, the name of a member, the callee of a call, …
  double number = 0;
  bool isInteger = false;
  std::string text;
  std::vector<std::string> names;
  std::vector<ExprPtr> operands;
  std::vector<Argument> arguments;
  std::vector<IndexItem> items;
  std::unique_ptr<Block> thenBlock, elseBlock;
  std::vector<WeightRule> weightRules;
};

struct Selector {
  enum class Kind {
    Path,   // parts: names, with indexes; "*" and "**" are names; a first part starting with "@" is a role, with ":" a type
    // clang-format off
    And, Or, Except,  // operands[0], operands[1]
    Below, Above,     // operands[0] is the path
    // clang-format on
    Pattern,          // text: a string with names of a file, `*` and `**`; only in `new:` and `ignore:`
  } kind = Kind::Path;
  struct Part {
    std::string name;
    std::vector<IndexItem> index;  // at most one item
  };
  Span span;
  std::string text;  // as written
  std::vector<Part> parts;
  std::vector<Selector> operands;
};

/// One line of `X from … { … }` or of a `remap`: `new: S, S`, `ignore: S`, or `path = value`.
struct WeightRule {
  enum class Kind { New, Ignore, Take } kind = Kind::Take;
  Span span;         // of its first word; of a Take its path
  std::string text;  // as written
  std::vector<Selector> selectors;
  Selector target;   // of a Take
  ExprPtr value;     // of a Take
};

/// `f32[b, t, ..]`; a type without brackets is a scalar; `name` may also be `tokens`.
struct Type {
  Span span;
  std::string name;
  std::vector<ExprPtr> dims;
  bool hasDims = false;
};

/// A formal parameter: `x: f32[b, d]`, `in`, `bias = true`.
struct Formal {
  Span span;
  std::string name;
  std::optional<Type> type;
  ExprPtr value;  // default, may be null
};

struct Statement {
  enum class Kind {
    Bind,    // names = value            (`a, b = f(x)` binds several results)
    Assign,  // names[0] <- value
    Value,   // value                    (an expression on its own: the block's result when last)
    Metric,  // metric names[0] = value  (objectives only)
    Require, // require value else "message"
  } kind = Kind::Value;
  Span span;  // of the name
  std::vector<std::string> names;
  ExprPtr value;
  std::string text, message;  // of a Require: the condition as written, and what to say where it does not hold
  Span messageSpan;
};

struct Block {
  Span span;
  std::vector<Statement> statements;
};

/// `forward(x: f32[b]) -> f32[b] { … }`, `update(w, g)`, `at(step, steps)`, `apply(x: …)`.
struct Function {
  Span span;
  std::string name;
  std::vector<Formal> formals;
  std::vector<Type> results;
  Block body;
};

/// `weight w: T = init @role when c`, `buffer s: T = init`, `state v: T = init when c`.
struct Slot {
  enum class Kind { Weight, Buffer, State } kind = Kind::Weight;
  Span span;
  std::string name;
  std::optional<Type> type;
  ExprPtr init, when;
  std::vector<std::string> roles;  // with "@"
};

struct SubLayer {
  Span span;
  std::string name;
  ExprPtr value;
};

/// layer, model, adapter, fn, optimizer, objective, metric, schedule, augment, remap: everything the library is made of.
struct Definition {
  enum class Kind { Layer, Model, Adapter, Fn, Optimizer, Objective, Metric, Schedule, Augment, Remap } kind = Kind::Layer;
  Span span;  // of the name
  std::string name, doc;
  std::vector<Formal> formals;
  std::vector<Slot> slots;          // layer, model, adapter, optimizer
  std::vector<SubLayer> subLayers;  // layer, model, adapter
  std::vector<Statement> requirements;  // about the formals; layer, model, adapter, optimizer, schedule, augment
  std::vector<Function> functions;  // layer, model, adapter: forward; optimizer: update; schedule: at; augment: apply
  std::vector<Type> results;        // fn
  Block body;                       // fn, objective, metric
  std::string better;               // metric: "higher" or "lower" (`higher is better`)
  std::vector<std::string> axes;    // metric: of a curve, what its points have, `as curve(false_positives, true_positives)`
  std::vector<WeightRule> weightRules;  // remap
};

struct Dim { Span span; std::string name, doc; ExprPtr value; };
struct Param { Span span; std::string name, type, doc; ExprPtr value, low, high; };

/// `where label < 5`, and as it is written; without one, null.
struct Condition { ExprPtr value; std::string text; };
struct Source { Span span; std::string name, reader; Span readerSpan; std::vector<Argument> arguments; Condition where; };
struct SplitPart { Span span; std::string name; ExprPtr fraction; Condition where; };
struct Split { Span span; std::vector<SplitPart> parts; std::string by; Span bySpan; };
struct AugmentRule { Span span; std::string split, field; Span splitSpan; std::vector<ExprPtr> steps; };  // field "" : the default
struct Data {
  Span span;
  std::string name, doc;
  std::vector<Source> sources;
  std::vector<Statement> fields;  // Bind statements, in order
  std::vector<Split> splits;
  std::vector<AugmentRule> augments;
};

/// `val.accuracy` in keep best / stop early.
struct Watched { Span span; std::string split, metric; std::vector<Argument> arguments; };

/// One line of a stage or phase.
struct Rule {
  enum class Kind {
    Freeze,       // selector; text: "" | "updating stats" | "with dropout"; value: of `in i8` the name, else null
    FreezeStats,  // selector
    Train,        // selector
    Adapt,        // selector; value: a call (or a name)
    Rate,         // value, factor (0.1x) or absolute; selector; text: "" | "per"
    // clang-format off
    Objective, Optimizer, Schedule,  // value: a call (or a name); Schedule: text "across phases" or ""
    Batch, Epochs, Steps, Accumulate, ClipNorm,  // value
    Average,                         // value: a function, or a call that makes one
    StopEarly,                       // watched
    KeepBest,                        // watched; value: the name of the checkpoint, or null
    SampleBy,                        // value: the name of a field; text: "" | "alike" | "rising"; from: a share, or null
    Precision,                       // value: the name of an element type
    BudgetMemory,                    // value; text: the unit, or ""
    // clang-format on
  } kind = Kind::Batch;
  Span span;  // of the keyword
  std::string text;
  std::optional<Selector> selector;
  ExprPtr value, from;
  bool isFactor = false;
  std::optional<Watched> watched;
};

struct Phase { Span span; std::string name; std::vector<Rule> rules; };

struct Stage {
  std::string kind;                     // "pretrain", "finetune" or "load"
  Span span, modelSpan, dataSpan;  // span: of the name
  std::string name, model, data, doc;
  bool withoutLabels = false;
  std::vector<Rule> rules;
  std::vector<Phase> phases;
  bool trains() const { return kind != "load"; }
};

/// `lr in log [1e-5, 1e-2]`, `depth in {2, 4}`: a name with bounds, or with choices.
struct Varied { Span span; std::string name, scale; Span scaleSpan; ExprPtr low, high; std::vector<ExprPtr> choices; };
struct Tune {
  struct Key { Span span; ExprPtr value; };               // span: of the keyword
  struct Goal { Span span; bool isGreatest; Watched watched; };
  Span span;  // of the stage's name
  std::string stage;
  std::vector<Varied> varied;
  std::vector<Key> trials, methods;  // one of each, once it is checked
  std::vector<Goal> goals;
};

/// `folds cls { parts 5;  report val.loss }`
struct Folds {
  Span span;  // of the stage's name
  std::string stage;
  std::vector<Tune::Key> parts;  // one, once it is checked
  std::string by;                // `parts 5 by label`: a field; "" without
  Span bySpan;
  std::vector<Watched> reports;
};

/// `cls.best`, `cls.accurate`, `cls.tuned.best`: a stage and which of its checkpoints.
struct Checkpoint { Span span; std::string stage, which; bool isTuned = false; };

struct Report { Span span; std::string name; std::vector<Argument> arguments; };
struct Interval { Span span; ExprPtr share, draws; };  // draws may be null
struct Test { Span span; Checkpoint checkpoint; std::string data, split; Span dataSpan; std::vector<Report> reports; std::vector<Interval> intervals; };
struct Deploy {
  Span span;
  Checkpoint checkpoint;
  struct Predict { Span span; std::string name; std::vector<std::string> inputs; std::vector<Span> inputSpans; std::vector<std::string> outputs; std::vector<Span> outputSpans; ExprPtr by, next, batch; };  // by: of `-> outputs by f`, else null; next: of `repeats next`, and batch: of `repeats next batch 8`
  std::vector<Predict> entries;
};
struct Use { Span span; std::vector<std::string> path; };  // std, nn

/// What could not be read whole is left out; what is said of it, or of its names, only follows from that.
struct Broken {
  std::set<std::string> names;
  std::vector<std::pair<int, int>> lines;  // first and last
  bool isAll = false;                      // too little is left to look at the rest
};

/// One file. Declarations keep their order within each kind; `check` needs no order between kinds.
struct File {
  int file = -1;
  Broken broken;
  std::vector<Use> uses;
  std::vector<Dim> dims;
  std::vector<Param> params;
  std::vector<Data> datas;
  std::vector<Definition> definitions;
  std::vector<Stage> stages;
  std::vector<Tune> tunes;
  std::vector<Test> tests;
  std::vector<Deploy> deploys;
  std::vector<Folds> folds;
};

}  // namespace tl::ast
