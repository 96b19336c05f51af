// A stage's memory and the calls into its compiled functions: what training, testing, timing and predicting have in common.
#pragma once
#include "runtime/memory/Arena.h"
#include "runtime/program/Context.h"

namespace tl::program {

class Session {
public:
  /// Allocates for the variables of `stage` and for calls of the functions named.
  Session(Context &context, const abi::Stage &stage, const std::vector<std::string> &functions);

  memory::Arena variables() const { return arenas[0]; }
  memory::Arena output() const { return arenas[2]; }

  /// Runs a function on a batch (none where it has no input), the `batch`th of step `step` of the stage.
  void call(const Callable &function, memory::Arena input, int64_t step, int64_t batch = 0) {
    counters.setStep(step, batch);
    if (context.profile)
      context.profile->begin(*function.about, function.about->parallel ? context.team.size() : 1);
    context.team.run(function.code, function.about->parallel,
                     {arenas[0].begin(), arenas[1].begin(), input.begin(), arenas[2].begin(), scalars.data(), counters.words});
    if (context.profile)
      context.profile->end();
  }

  /// Gives every variable its initial value and fits what is fitted on the train split.
  void initialize();

  /// Once all is loaded: has what starts as a weight does be as it is, and what starts as something made of weights be that.
  void startFromLoaded();

  /// Reads the weights of a checkpoint. Where a search has found the stage's settings, they are those that it was trained with.
  void loadWeights(const std::string &folder);

  /// What a session for these functions allocates.
  static int64_t arenaBytes(const abi::Program &program, const abi::Stage &stage,
                            const std::vector<std::string> &functions);
  /// All functions that training a stage calls.
  static std::vector<std::string> trainingFunctions(const abi::Program &program, const abi::Stage &stage);

  Scalars scalars;

private:
  void fit(const abi::Data &data, const abi::Fit &fit);
  /// Writes a variable, where the stage has it: it holds only the facts and fitted values that it uses.
  void put(const std::string &path, const std::vector<double> &values);
  void put(const abi::Table &table);

  Context &context;
  const abi::Stage &stage;
  memory::Arenas arenas;  // variables, work, output
  Counters counters;
};

/// How batches for `function` are made.
data::LoaderOptions loaderOptions(const Context &context, const Callable &function, bool shuffle, uint32_t stream);

}  // namespace tl::program
