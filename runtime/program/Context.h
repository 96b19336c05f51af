// What every part of a running program shares: its descriptor, options, threads, functions and loaded data.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/Folds.h"
#include "runtime/data/Loader.h"
#include "runtime/data/Balanced.h"
#include "runtime/io/Error.h"
#include "runtime/profile/Profile.h"
#include "runtime/program/CommandLine.h"
#include "runtime/program/HoldingPlan.h"
#include "runtime/program/Team.h"
#include "runtime/program/Variants.h"

#include <map>
#include <memory>

namespace tl::program {

/// A compiled function and what is known of it.
struct Callable {
  const abi::Function *about = nullptr;
  TlFunction code = nullptr;

  /// The port of that name, or null.
  const abi::Port *input(const std::string &name) const;
  const abi::Port *output(const std::string &name) const;
  /// Rows of its inputs of the stage's own data: the first dimension; 1 where it has none.
  int64_t batch() const;
};

class Context {
public:
  /// `variants` and the one of them that runs outlive it.
  Context(Variants &variants, const Variant &variant, Options options);
  /// Another program of `variants`, on one thread. Data that either has read is read for both.
  Context(const Context &other, const Variant &variant);

  Variants &variants;
  const Variant &variant;
  const abi::Program &program; // the variant's
  Options options;
  const HoldingPlan holding;
  TlTeam team;
  std::unique_ptr<profile::Profile> profile; // null where none is asked for
  bool isBesideRun = false; // of a trial or a fold: no record of a split `test` may be seen
  /// The part that a process of its own holds out, from 1; of how many, 0: none.
  struct Fold {
    int64_t part = 0, of = 0;
  } fold;

  Callable function(const std::string &name) const;
  const abi::Stage &stage(const std::string &name) const;
  const abi::Data &data(const std::string &name) const;

  /// What a stage trains on: its own data, and those beside it; none where it trains nothing.
  std::vector<const abi::Data *> trainedOn(const abi::Stage &stage) const;

  /// The source that a split belongs to, read on first use, or opened where it is read in pieces.
  const data::Dataset &dataset(const abi::Data &data, const std::string &split);
  /// Reads the source that a split belongs to, and lets it go where it has not been read for training: an error where it is
  /// not what the program was compiled for. Says how many of its records are also in the `train` of what is trained on, where anything is.
  void checkSource(const abi::Data &data, const std::string &split, const abi::Data *trained);
  /// The record numbers of a split.
  const data::RecordList &records(const abi::Data &data, const std::string &split);
  /// From now on `train` is without a part, from 1, which is `val`, and words that its `train` lacks are unknown.
  void takeFold(const abi::Data &data, const abi::Folds &about, const data::Folds &folds, int64_t part);
  /// How a phase of `stage` draws the records of all classes of a field equally often; null: it does not.
  std::shared_ptr<const data::Balanced> balanced(const abi::Stage &stage, const abi::Phase &phase);
  /// Where the script lay when the program was made: data files beside it are found.
  std::string scriptFolder() const;

  static const abi::Function &about(const abi::Program &program, const std::string &function);
  static const abi::Split &split(const abi::Data &data, const std::string &name);
  static const abi::Source &source(const abi::Data &data, const std::string &name);

private:
  std::string besideRun() const;
  /// Where what is made of data for reading it in pieces is kept.
  std::string madeFolder() const;
  void say(const std::string &line);
  data::Dataset load(const abi::Data &data, const abi::Source &source);

  /// What has been read, which is the same for all variants.
  struct Reading {
    std::map<std::string, std::unique_ptr<data::Dataset>> datasets; // by "data.source"
    std::map<std::string, data::RecordList> splits;                  // by "data.split"
    std::map<std::string, std::shared_ptr<const data::Balanced>> balances; // by "data.split.field"
    std::set<std::string> said;                                     // what is said once
  };
  std::shared_ptr<Reading> read;
};

/// The run-time values that compiled code reads, in the order of abi::Program::scalars.
class Scalars {
public:
  explicit Scalars(const Context &context);
  void setPhase(int64_t steps) { write(phaseSteps, double(steps)); }
  void setStage(int64_t steps) { write(stageSteps, double(steps)); }
  void setStep(int64_t inPhase, int64_t inStage) {
    write(phaseStep, double(inPhase));
    write(stageStep, double(inStage));
  }
  const double *data() const { return values.data(); }
  /// Params as they are given by their names, but for those that the command line says.
  void setParams(const Context &context, const std::map<std::string, double> &params);

private:
  void write(int index, double value) {
    if (index >= 0)
      values[index] = value;
  }
  std::vector<double> values;
  int phaseStep = -1, phaseSteps = -1, stageStep = -1, stageSteps = -1;
};

/// The key and step of the counter-based random numbers.
struct Counters {
  uint32_t words[tlCounters];
  Counters(uint64_t seed, int64_t step) : words{uint32_t(seed), uint32_t(seed >> 32), 0, 0, 0} { setStep(step, 0); }
  void setStep(int64_t step, int64_t batch) {
    words[2] = uint32_t(step), words[3] = uint32_t(uint64_t(step) >> 32);
    words[4] = uint32_t(batch);
  }
};

}  // namespace tl::program
