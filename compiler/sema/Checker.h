// The checker's own state, shared by its parts: Check (names), Data, Stages, Phases, Weights, TestsAndDeploys.
#pragma once
#include "compiler/evaluate/Declared.h"
#include "compiler/sema/CheckedProgram.h"
#include "compiler/weights/Weights.h"
#include <deque>
#include <set>

namespace tl {

namespace data { struct Facts; }

/// Something fitted on the train split: the n-th tensor of a field's pipeline, along the same axes, that mean_of or
/// deviation_of was asked of.
struct FitPlan {
  std::string field;
  int ordinal = 0;
  TensorType type = {};                      // of each of the values
  std::string meanPath = {}, deviationPath = {};  // "" where not used
};

/// How many tokens of another field are no padding: not a field to those who write scripts.
inline bool isLengths(const abi::Field &field) { return field.name.ends_with(".length"); }

struct DataPlan {
  const ast::Data *ast = nullptr;
  abi::Data *facts = nullptr;
  std::vector<FitPlan> fits;
  std::map<std::string, std::string> tokenOptions;  // what readers of text are told
  std::map<std::string, std::string> readBy;        // path of a file, or what its text is known by -> the source that reads it
  std::map<int64_t, int64_t> classRecords;          // see data::Facts
  bool classesAreGiven = false;
  bool isSound = false;  // its fields can be evaluated
  bool isUsed = false;
  const abi::Field *field(const std::string &name) const;
  const abi::Split *split(const std::string &name) const;
  int64_t recordsIn(const abi::Split &split) const;  // expected, for a split by hash
};

/// How one entry of the parameter tree is treated in one phase: the rules that decide, in the end.
struct Treatment {
  bool isFrozen = false;
  const ast::Rule *decidedBy = nullptr;  // Freeze or Train
  const ast::Rule *statsBy = nullptr;    // FreezeStats
  const ast::Rule *rate = nullptr;
  int power = 1;  // of a factor on the rate: how often it counts
};

struct PhasePlan {
  const ast::Phase *ast = nullptr;  // null: the one phase of a stage without phases
  std::string name;
  ast::Span span;
  std::vector<const ast::Rule *> rules;       // of the stage, then of the phase
  std::vector<Treatment> treatments;          // by entry of the stage's tree
  std::set<std::string> trained;              // paths
  const ast::Rule *schedule = nullptr, *clip = nullptr, *length = nullptr, *stopEarly = nullptr;
};

struct StagePlan : StageWeights {
  int index = -1;  // in program.stages
  DataPlan *data = nullptr;
  const ast::Definition *model = nullptr, *objective = nullptr, *optimizer = nullptr;
  const ast::Rule *objectiveRule = nullptr, *optimizerRule = nullptr, *batchRule = nullptr, *keepBest = nullptr;
  int64_t batch = 0, accumulate = 1;  // records of a call, calls of a step
  std::set<std::string> onGradientPath;  // weights that the loss depends on
  std::vector<PhasePlan> phases;
  std::vector<const ast::Watched *> watched;
  std::vector<Selection> onlyFor;              // per optimizer argument: where the value holds; empty: everywhere
  std::map<std::string, std::string> counter;  // trained parameter -> "updates/0"; empty where `update` takes no count
  std::map<std::string, std::vector<Elaborator::State>> slots;  // trained parameter -> what the optimizer keeps for it
  std::vector<abi::Metric> metrics;
  bool isSound = false;
  bool hidesLabels() const { return ast->withoutLabels; }
};

using Metrics = std::vector<Elaborator::Measured>;

class Checker : private Declared {
public:
  Checker(const CheckOptions &options, Diagnostics &diagnostics)
      : Declared(options.stdlibDirectory, diagnostics), options(options) {}
  std::unique_ptr<CheckedProgram> run(const std::string &scriptPath);
  /// The beginning of a check: files, names, sources, dims, params. False after errors.
  bool readDeclarations(const std::vector<std::string> &paths);

private:
  friend class Declarations;
  // Check.cpp, Modules.cpp, DimsAndParams.cpp, Unused.cpp: files, names, dims, params, and what nothing uses.
  bool canGoOn() const;
  void checkAll();
  bool followsFromReading(const Diagnostic &diagnostic) const;
  bool readScript(const std::string &path);
  void evaluateNames();
  void readModules(const ast::File &file, const std::string &folder);
  bool readFile(const std::string &path, ast::Span from);
  void declareAll();
  void checkTypes();
  void evaluateDims();
  bool evaluateDim(const ast::Dim &dim, std::vector<std::string> &path);
  void checkParam(const ast::Param &param);
  void warnOfUnused();
  void warnOfUnusedDefinitions();
  void checkNames();
  void describeSources();
  void addRequirement(const abi::Requirement &requirement);

  // Data.cpp, DataFields.cpp
  void checkData(const ast::Data &data, DataPlan &plan);
  void checkSource(const ast::Source &source, DataPlan &plan);
  void checkClasses(const DataPlan &plan);
  void planFields(DataPlan &plan);
  void checkAugments(const DataPlan &plan);
  // DataSplits.cpp
  bool checkFiles(const ast::Source &source, const abi::Source &described, const data::Facts &found, DataPlan &plan);
  void checkSplits(const ast::Data &data, abi::Data &facts);
  void reportLeftOut(const ast::Split &split, const std::string &source, double rest, const abi::Data &facts);
  void checkSharedRecords(const DataPlan &plan);
  void warnOfUnreadTests();
  // DataTokens.cpp
  bool isTokenStep(const ast::Statement &statement) const;
  void evaluateDimsIn(const ast::Expr &expr);
  std::optional<std::map<std::string, std::string>> tokenOptions(const ast::Statement &step);
  void fitVocabularies(DataPlan &plan);
  void shareVocabulary(const ast::Statement &step, DataPlan &plan);
  void checkDataInOrder(const ast::Data &data, std::vector<std::string> &open);
  DataPlan *planOf(const std::string &data);
  void buildFits(DataPlan &plan, int stage);
  std::string plainField(const DataPlan &plan) const;  // the only unlabelled field, "" where there are several
  using FitAnswer = std::function<std::optional<TensorValue>(Elaborator &, const std::string &field, int ordinal,
                                                             const Elaborator::Fitted &)>;
  /// The fields of a batch after the data's pipeline; with `training`, augmented. nullopt after errors.
  std::optional<Values> fieldsOf(Elaborator &elaborator, const DataPlan &plan, int64_t batch, bool training,
                                 const FitAnswer &answer);
  std::optional<Values> fieldsOf(Elaborator &elaborator, const DataPlan &plan, int64_t batch, bool training);

  // StageKeys.cpp, Stages.cpp: one stage, from its keys to its description.
  void checkStage(const ast::Stage &stage, StagePlan &plan);
  bool resolveStageNames(StagePlan &plan);
  void collectRules(StagePlan &plan);
  void collectPhase(StagePlan &plan, PhasePlan &phase, const std::map<ast::Rule::Kind, const ast::Rule *> &stageKeys);
  void checkBatch(const ast::Rule &rule, int64_t &into);
  bool probeStage(StagePlan &plan);
  void describeVariables(StagePlan &plan);
  void describePhases(StagePlan &plan);
  std::string statsText(const StagePlan &plan, const PhasePlan &phase, size_t weight) const;
  void describeLength(const PhasePlan &phase, abi::Phase &into);
  abi::Watch watch(const StagePlan &plan, const ast::Rule &rule);
  void planSlots(StagePlan &plan);

  // StageFunctions.cpp, Updates.cpp: what a stage computes, and what a step does to the parameters.
  void buildInit(StagePlan &plan);
  void buildStep(StagePlan &plan, const PhasePlan &phase, abi::Phase &into);
  void checkStatistics(const StagePlan &plan, const PhasePlan &phase, const Elaborator::BatchStatistics &found);
  void buildRate(const StagePlan &plan, const PhasePlan &phase, abi::Phase &into);
  void buildEvaluate(StagePlan &plan);
  void describeLookups(const Function &step, abi::Stage &stage);
  /// A parameter's path -> its gradient.
  using Gradients = std::map<std::string, NodeId>;
  Gradients gradientsOf(Elaborator &elaborator, const Function &function, const PhasePlan &phase, NodeId loss, ast::Span span);
  void updateParameters(Elaborator &elaborator, const StagePlan &plan, const PhasePlan &phase, Gradients gradients);
  // Accumulation.cpp: a step of several batches.
  void checkAccumulation(const StagePlan &plan, const Function &probe, const Elaborator::Measured &loss);
  void addUp(Elaborator &elaborator, Function &function, const StagePlan &plan, const PhasePlan &phase,
             const Elaborator::Measured &loss);
  void buildUpdate(const StagePlan &plan, const PhasePlan &phase, const Function &step, abi::Phase &into);
  std::optional<Value> rateOf(Elaborator &elaborator, const Value &rate, const ast::Rule *rule, int power,
                              const std::optional<Value> &schedule, ast::Span span);
  void clipGradients(Elaborator &elaborator, const ast::Rule &clip, Gradients &gradients);
  std::optional<Values> optimizerArguments(Elaborator &elaborator, const StagePlan &plan, const std::string &path);
  std::optional<Value> scheduleFactor(Elaborator &elaborator, const StagePlan &plan, const PhasePlan &phase);
  void checkArguments(const StagePlan &plan);
  void checkClip(Elaborator &elaborator, const ast::Rule &clip);
  std::string addStep(Function function, int stage);

  // Measures.cpp: objectives and metrics bound to the model and the fields of a batch.
  std::optional<Metrics> measureAll(Elaborator &elaborator, StagePlan &plan, const Values &fields,
                                    const std::vector<ast::Report> *reports);
  Values visibleFields(const StagePlan &plan, const Values &fields) const;
  std::optional<std::vector<Value>> modelInputs(const StagePlan &plan, const Values &visible, ast::Span span);
  std::optional<Metrics> measureObjective(Elaborator &elaborator, StagePlan &plan, const Values &visible,
                                          const std::vector<Value> &inputs,
                                          const std::optional<std::vector<Value>> &results);
  std::optional<Elaborator::Measured> measureMetric(Elaborator &elaborator, StagePlan &plan, const std::string &name,
                                                    ast::Span span, const std::vector<ast::Argument> &arguments,
                                                    const Values &visible, const std::vector<Value> &inputs,
                                                    const std::vector<Value> &results);
  /// Names of metrics, looked up without running the model, which may have mistakes of its own.
  void checkMetricName(const StagePlan &plan, const std::string &name, ast::Span span);
  void checkWatchedNames(const StagePlan &plan);
  bool bindTensors(const StagePlan &plan, const ast::Definition &definition, const std::vector<ast::Argument> &arguments,
                   const Values &visible, const std::vector<Value> &inputs, ast::Span span, Values &bound);
  std::vector<abi::Metric> outputMetrics(Elaborator &elaborator, const Metrics &metrics);

  // Phases.cpp
  void resolvePhases(StagePlan &plan);
  void checkTied(const StagePlan &plan, const PhasePlan &phase);
  Mode modeIn(const StagePlan &plan, const PhasePlan &phase, const Instance *instance) const;
  std::optional<Selection> select(const StagePlan &plan, const ast::Selector &selector);
  void resolveOptimizerSelectors(StagePlan &plan);

  // TestsAndDeploys.cpp
  void checkTest(const ast::Test &test);
  void checkDeploy(const ast::Deploy &deploy);
  // Generation.cpp
  void checkGeneration(const ast::Deploy::Predict &entry, StagePlan &plan, const std::string &which);
  std::optional<Function> generator(const ast::Deploy::Predict &entry, StagePlan &plan, const abi::Field &field,
                                    const std::string &name, bool isOneToken);
  void checkCommandName(const std::string &what, const std::string &name, ast::Span span);
  const StagePlan *earlierStage(const StagePlan &plan, const ast::Checkpoint &checkpoint, std::string &which);
  StagePlan *checkpointStage(const ast::Checkpoint &checkpoint, std::string &which);

  /// Adds a function to the program: dead nodes dropped, ports described. Returns its name.
  std::string addFunction(Function function, int stage);

  const CheckOptions &options;
  std::unique_ptr<CheckedProgram> out;
  std::deque<ast::File> files;  // the script first
  std::vector<std::string> filePaths;
  std::set<std::string> readPaths;
  std::map<std::string, const ast::Dim *> dims;
  std::set<std::string> badDims;
  std::deque<DataPlan> datas;
  std::deque<StagePlan> stages;
  std::set<std::string> usedParams;  // apart from Scalar nodes: epochs
  abi::Phase *openPhase = nullptr;  // whose step is being built
};

/// The word that a rule starts with: "freeze", "clip norm".
const char *keyOf(ast::Rule::Kind kind);

/// A node as a value whose axes have no names; a number in every element of a type.
TensorValue plain(NodeId node, const TensorType &type);
NodeId constant(Elaborator &elaborator, double number, const TensorType &type, ast::Span span);

/// Drops nodes that no Write and no Output needs.
void dropDead(Function &function);

/// The weights that a value depends on by a path that gradients can take.
std::set<std::string> gradientSources(const Function &function, NodeId value);

/// The variables that add up over the batches of a step, by path.
std::vector<std::pair<std::string, TensorType>> accumulatorsOf(const StagePlan &plan);

}  // namespace tl
