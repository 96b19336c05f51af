// What is known of the data, the stages and the phases of a script by the time their functions are built.
#pragma once
#include "compiler/weights/Weights.h"
#include <set>

namespace tl {

namespace tokenizers {
class Tokenizer;
}

/// Something fitted on the train split: the n-th tensor of a field's pipeline, along the same axes, that mean_of or
/// deviation_of was asked of.
struct FitPlan {
  std::string field;
  int ordinal = 0;
  TensorType type = {};                      // of each of the values
  std::string meanPath = {}, deviationPath = {};  // "" where not used
};

/// A `data` declaration, and what was found out about it.
struct DataPlan {
  const ast::Data *ast = nullptr;
  abi::Data *facts = nullptr;
  std::vector<FitPlan> fits;
  std::map<std::string, std::string> tokenOptions;  // what readers of text and of pictures are told
  std::map<const ast::Expr *, const ast::Expr *> asRead;  // expressions that their readers do, and the field that has what comes of it
  bool isDrawn(const abi::Field &field) const;      // whether training sees it drawn anew in each epoch
  std::vector<std::string> texts;                   // of its records
  std::shared_ptr<const tokenizers::Tokenizer> tokenizer;  // of pieces, else null
  std::string fittedBy;                             // "wordpiece" or "bpe": its tokenizer is fitted here, or by the data that it is shared with
  std::map<std::string, std::string> readBy;        // path of a file, or what its text is known by -> the source that reads it
  std::map<int64_t, int64_t> classRecords;          // see data::Facts
  bool classesAreGiven = false;
  /// Of a source: its fields, and how often each name of a class occurs.
  struct SourceClasses {
    const ast::Source *source;
    std::vector<abi::Field> fields;
    std::set<std::string> given; // fields whose names the script says
    std::map<std::string, std::map<std::string, int64_t, std::less<>>> records;
  };
  std::vector<SourceClasses> sourceClasses;
  bool isSound = false;  // its fields can be evaluated
  bool isUsed = false;
  const abi::Field *field(const std::string &name) const;
  const abi::Split *split(const std::string &name) const;
  /// Whether a split has a name that nobody reads: that is told of the split, and that the one meant is missing follows from it.
  bool hasUnreadSplit() const;
  /// Whether both read one file, or are the same data.
  bool sharesFiles(const DataPlan &other) const;
  int64_t recordsIn(const abi::Split &split) const;  // expected, for a split by hash
  int64_t mostRecordsIn(const abi::Split &split) const;  // of a split by hash those of all its parts
};

/// Rows of a weight, along its first axis, that a rule freezes: from `begin` to before `end`.
struct FrozenRows {
  int64_t begin = 0, end = 0;
  const ast::Rule *rule = nullptr;
};

/// How one entry of the parameter tree is treated in one phase: the rules that decide, in the end.
struct Treatment {
  bool isFrozen = false;
  const ast::Rule *decidedBy = nullptr;  // Freeze or Train
  const ast::Rule *statsBy = nullptr;    // FreezeStats
  const ast::Rule *rate = nullptr;
  int power = 1;  // of a factor on the rate: how often it counts
  std::vector<FrozenRows> rows = {};  // that stay as they are while the others train
};

/// A term of what a step makes small: an objective, times the product of `factors` over that of `divisors`.
struct ObjectiveTerm {
  const ast::Expr *call = nullptr;
  const ast::Definition *objective = nullptr;  // null: there is none of that name, which has been told
  std::vector<const ast::Expr *> factors, divisors;
  bool isNegative = false;
  const ast::Expr *data = nullptr, *batch = nullptr;  // `on corpus batch 32`
  size_t on = 0;     // whose records it is measured on: 0 the stage's own data, k the one that is beside[k - 1]
  std::string name;  // of its own loss, where there are several
  std::map<std::string, std::string> called;  // what the objective measures besides -> its name in the stage
};

/// How weights move: by the stage's optimizer, or by one that a phase has for itself, with what that keeps for each of them.
struct OptimizerPlan {
  const ast::Rule *rule = nullptr;
  const ast::Definition *definition = nullptr;
  std::string owner;                           // the phase that has it for itself; "" of the stage
  std::vector<Selection> onlyFor;              // per argument: where the value holds; empty: everywhere
  std::map<std::string, std::string> counter;  // trained parameter -> "updates/0"; empty where `update` takes no count
  std::map<std::string, std::vector<Elaborator::State>> slots;  // trained parameter -> what is kept for it
  /// The path of what it keeps for a parameter. A path is made here and never taken apart.
  std::string slotPath(const std::string &parameter, const std::string &state) const { return parameter + "/" + (owner.empty() ? "" : owner + "/") + state; }
};

/// What steps make small, and by which optimizer: those of a phase that takes turns with others, or of all phases.
struct StepPlan {
  const ast::Phase *ast = nullptr;  // null: of all phases, one after the other
  std::string name;                 // the phase's; "" of all
  ast::Span span;
  int64_t times = 0;                // in a row, before it is the next one's turn; 0: none takes turns
  const ast::Rule *objectiveRule = nullptr, *schedule = nullptr, *clip = nullptr;
  std::vector<ObjectiveTerm> terms;
  size_t optimizer = 0;                  // in StagePlan::optimizers
  std::set<std::string> onGradientPath;  // weights that its loss depends on
  /// Whether its loss is made of others, which are measured beside it.
  bool isSum() const { return terms.size() > 1 || (terms.size() == 1 && (terms[0].isNegative || !terms[0].factors.empty() || !terms[0].divisors.empty())); }
  /// What its loss is called among the measures of the stage.
  std::string lossName() const { return name.empty() ? "loss" : name; }
};

struct PhasePlan {
  const ast::Phase *ast = nullptr;  // null: the one phase of a stage without phases
  std::string name;
  size_t step = 0;                  // in StagePlan::steps
  ast::Span span;
  std::vector<const ast::Rule *> rules;       // of the stage, then of the phase
  std::vector<Treatment> treatments;          // by entry of the stage's tree
  std::set<std::string> trained;              // paths
  const ast::Rule *schedule = nullptr, *clip = nullptr, *length = nullptr, *stopEarly = nullptr, *sampleBy = nullptr;
};

/// Data that terms of a stage's objectives are measured on, beside the stage's own.
struct BesidePlan {
  DataPlan *data = nullptr;
  int64_t batch = 0;
  const ast::Expr *name = nullptr, *size = nullptr;  // where it is said first, and how many records make a batch
};

/// The fields of a batch, by whose records they are: ObjectiveTerm::on. What is measured on others is left out.
using Batches = std::map<size_t, Values>;

struct StagePlan : StageWeights {
  int index = -1;  // in program.stages
  DataPlan *data = nullptr;
  std::vector<BesidePlan> beside;
  const ast::Definition *model = nullptr;
  const ast::Rule *batchRule = nullptr, *average = nullptr, *precisionRule = nullptr;
  std::map<std::string, const ast::Rule *> kept; // `keep best` by the name of the checkpoint, "best" where it says none
  std::vector<StepPlan> steps;            // one, or one for each of the phases, which take turns
  std::vector<OptimizerPlan> optimizers;
  int64_t batch = 0, accumulate = 1;  // records of a call, calls of a step
  DType precision = DType::F32;       // of the factors of its products
  bool storesGradients = false;       // a step computes, then an update reads what it stored: always where batches accumulate
  std::map<std::string, const ast::Rule *> adaptedBy;  // weights that have an adapter, by path
  std::vector<PhasePlan> phases;
  std::vector<const ast::Watched *> watched;
  std::vector<abi::Metric> metrics;
  bool isSound = false;
  std::set<std::string> labels;   // fields of classes that its objectives read as they are
  std::set<std::string> starts;   // weights whose first values its objectives ask for, by path: those that train, once phases are resolved
  bool areStartsKnown = false;
  bool isTested = false, isLossReported = false;  // by a `test` on its records: at all, and what its objectives measure
  /// Whether the weight at that path is an average, of another one that trains in its place (`livePath`).
  bool isAveraged(const std::string &path) const;
  bool trainsEver(const std::string &path) const;
  /// See Elaborator::startOf; until phases are resolved it notes what is asked for.
  std::optional<std::string> startOf(const std::string &path);
  /// Whether all steps have one that is known.
  bool hasObjectives() const;
  /// By ObjectiveTerm::on.
  const DataPlan &dataOf(size_t on) const { return on == 0 ? *data : *beside[on - 1].data; }
  int64_t batchOf(size_t on) const { return on == 0 ? batch : beside[on - 1].batch; }
  /// The name that inputs of its functions have of it: see abi::Beside.
  std::string besideName(size_t on) const { return on == 0 ? "" : beside[on - 1].data->ast->name; }
  /// Whether all that a step's loss adds up is measured on a `val`.
  bool isValued(const StepPlan &step) const;
  bool hidesLabels() const { return ast->withoutLabels; }
  const StepPlan &stepOf(const PhasePlan &phase) const { return steps[phase.step]; }
  const OptimizerPlan &optimizerOf(const PhasePlan &phase) const { return optimizers[stepOf(phase).optimizer]; }
};

/// The path of the weight that trains where the one at `parameter` is its average.
inline std::string livePath(const std::string &parameter) { return parameter + "/live"; }

/// The path of what the weight at `parameter` was when the stage began.
inline std::string startPath(const std::string &parameter) { return parameter + "/start"; }

/// Whether a stage or a `test` reads splits of this name.
bool isReadSplit(const std::string &name);

/// The only unlabelled field, "" where there are several.
std::string plainField(const DataPlan &plan);

/// Whether tokens of this kind are those of a tokenizer that is fitted on texts.
bool isFittedTokenizer(const std::string &kind);

/// Whether a field is bound to tokens, by `words` and its like, where the script declares nothing of that name.
bool isTokenStep(const ast::Statement &statement, const Library &library);

/// How a layer behaves in the step of a phase; null is the stage itself.
Mode modeIn(const StagePlan &plan, const PhasePlan &phase, const Instance *instance);

}  // namespace tl
