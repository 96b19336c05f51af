// What running a program means: stages, phases, epochs and steps as a plain loop over the functions' values.
#pragma once
#include "compiler/calculus/Graph.h"
#include "compiler/reference/Evaluate.h"
#include "compiler/reference/Records.h"
#include "mlir/IR/BuiltinOps.h"

namespace tl::reference {

class Measures;

struct Settings {
  std::vector<double> params;  // in the order of abi::Program::params
  uint64_t seed = 0;
  int64_t maxSteps = 0, limitBatches = 0;  // 0: no limit
  std::string out;                         // a folder for the variables at the end of each stage; "": none
  bool isRounded = false;
};

/// Runs all stages, then all tests, and prints an event a line. `module` has the program's functions with explicit
/// gradients. Throws tl::Error: 3 for bad data, 4 where a loss or a variable is not finite.
class Training {
public:
  Training(const abi::Program &program, mlir::ModuleOp module, Settings settings);
  void run();

private:
  /// The variables after a stage, and where they were best, by the name of what it keeps.
  struct Outcome {
    Named last;
    std::map<std::string, Named> bests;
  };
  /// How long a phase is.
  struct Length {
    int64_t stepsInEpoch = 0, steps = 0, limit = 0;
  };

  /// The batches of a step, from number `first` of the epoch's.
  struct Batches {
    const Records &of;
    const Order &order;
    int64_t first = 0;
  };

  void start(const abi::Stage &stage);
  void fit(const abi::Data &data, const abi::Fit &fit);
  void load(const abi::Load &load);
  static Tensor numbersOf(const Named &all, const std::string &path);
  void keepInBytes(const std::string &path, const Tensor &value);
  void train(const abi::Stage &stage);
  void train(const abi::Stage &stage, const abi::Phase &phase);
  std::vector<double> numbersOf(const Records &of, const std::string &function);
  Order orderOf(const abi::Phase &phase, const abi::Data &from, const Records &of, const std::vector<double> &values, double epochs, int64_t batch, uint32_t stream, int64_t epoch) const;
  void step(const abi::Stage &stage, const abi::Phase &phase, const Batches &batches, int64_t epoch, int64_t number,
            Measures &measures);
  void addBeside(const abi::Stage &stage, const std::vector<const abi::Phase *> &round, const abi::Function &function, int64_t call, Named &inputs);
  bool endEpoch(const abi::Stage &stage, const abi::Phase &phase, int64_t epoch, const Measures &onTrain);
  void test(const abi::Test &test);

  Measures measured(const abi::Data &data, const std::string &split, const std::string &function,
                    const std::vector<abi::Metric> &metrics);
  void measure(const abi::Data &data, const std::string &split, const std::string &function, Measures &measures);
  Named call(const abi::Function &function, Named inputs, int64_t step, int64_t batch = 0);
  /// The values of metrics of all records at once.
  void putOverall(Measures &measures, const std::vector<abi::Metric> &metrics);
  nlohmann::ordered_json intervals(const abi::Test &test, const Measures &measures);
  void assign(const std::string &path, Tensor value);
  Length lengthOf(const abi::Stage &stage, const abi::Phase &phase);
  const Records &records(const abi::Data &data, const std::string &split);
  const Named &variablesOf(const std::string &stage, const std::string &which) const;
  std::string folder() const;
  [[noreturn]] void diverged(const abi::Phase &phase, const std::string &what) const;
  void save(const abi::Stage &stage, const std::string &suffix, const Named &values) const;

  const abi::Program &program;
  mlir::ModuleOp module;
  Settings settings;
  std::map<std::string, std::unique_ptr<data::Dataset>> datasets;  // by "data.source"
  std::map<std::string, Records> splits;                           // by "data.split"
  std::map<std::string, Outcome> outcomes;                         // by stage

  // Of the stage that runs.
  Named variables;
  std::map<std::string, DType> dtypes;  // by path
  std::map<std::string, double> scalars;
  int64_t stepInStage = 0, callsInPhase = 0;
  Outcome *outcome = nullptr;
  // The best values so far: of what the stage keeps, by its name, and of the phase's `stop early`.
  struct Best {
    bool isKnown = false;
    double value = 0;
    bool improves(const abi::Watch &watch, double now);
  };
  std::map<std::string, Best> kept;
  Best stopping;
  Named mixed;  // what loads that are added up come to so far
  int64_t epochsWithoutImprovement = 0;
};

}  // namespace tl::reference
