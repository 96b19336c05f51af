// A deployed model as other code calls it: values at the places of its inputs, values at those of its outputs, and no text between.
#pragma once
#include "runtime/program/RunFolder.h"
#include "runtime/program/Session.h"
#include <optional>

namespace tl::program {

class Model {
public:
  /// With the weights of the checkpoint in `run` that the script, or `--which`, names.
  Model(Context &context, const abi::Deploy &deploy, const RunFolder &run) : Model(context, deploy, run, context.options.which) {}
  /// With those of the checkpoint `which`; "": that the script names.
  Model(Context &context, const abi::Deploy &deploy, const RunFolder &run, const std::string &which);

  /// One of its compiled functions, with an input that stays between calls.
  class Function {
  public:
    Function(Session &session, const Callable &function) : session(session), callable(function), arenas({function.about->inputBytes}) {}

    const std::vector<abi::Port> &inputs() const { return callable.about->inputs; }
    const std::vector<abi::Port> &outputs() const { return callable.about->outputs; }
    const abi::Port *port(const std::string &input) const { return callable.input(input); }
    /// Where an input lies, row-major, in the element type of its port; null where no output depends on it.
    char *input(const std::string &name) {
      const abi::Port *found = callable.input(name);
      return found ? arenas[0].at(*found) : nullptr;
    }
    /// Computes all outputs. Each `step` has random numbers of its own.
    void run(int64_t step) { session.call(callable, arenas[0], step); }
    /// Where an output lies, until a function of the model runs again.
    const char *output(const abi::Port &port) const { return session.output().at(port); }
    const abi::Port &output(const std::string &name) const { return *callable.output(name); }

  private:
    Session &session;
    Callable callable;
    memory::Arenas arenas; // the input
  };

private:
  Session session;

public:
  Function whole;                 // of all inputs of the deployed function
  std::optional<Function> token;  // where the function repeats, of one token more of each text,
  std::optional<Function> choice; // and what chooses the next one of a text
};

} // namespace tl::program
