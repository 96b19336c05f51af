// The door between `check` and `emit`: a script in which every name is bound, every shape known, every rule resolved.
#pragma once
#include "compiler/calculus/Graph.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/syntax/Ast.h"
#include "runtime/abi/Descriptor.h"
#include <map>
#include <memory>

namespace tl {

/// Everything about the program but its code; nothing of it changes any more. `program` is the descriptor with all facts filled
/// in except what only the rooms after this one know, which fill in a copy of their own: offsets and byte sizes (Variable::offset,
/// Stage::variablesBytes, Port::offset, Function::*Bytes, Function::parallel), ports of functions parted, features, cpu, cpuFeatures, compiler, explain.
/// `functions[i]` is the graph of `program.functions[i]` and has the same name. Its Input nodes name the ports of
/// `program.functions[i].inputs`, its Output nodes the ports of `.outputs`, its Read and Write nodes the paths of
/// `stage(i).variables`.
class CheckedProgram {
public:
  abi::Program program;
  std::vector<Function> functions;
  /// The stage whose variables functions[i] reads and writes: index into program.stages.
  std::vector<int> stageOf;
  /// What only `explain` tells: how each parameter is treated, by stage, phase and path.
  struct Treatment {
    bool isFrozen = false;
    bool isAdapted = false; // what is kept of it, for its adapter
    std::string rate;  // "0.1x" (of the stage's), "1e-4", or "": the stage's
    std::string rows;  // those that are frozen while the others train: "rows 0 to 31,999 frozen"
    std::string stats; // "stats frozen", "stats updating" where they are treated otherwise than the weights beside them
  };
  using PhaseTable = std::vector<std::vector<std::map<std::string, Treatment>>>;
  PhaseTable phaseTable;
  /// What a stage may take of memory, by stage; 0 bytes: nobody says. A program that has one to hold is no other program.
  struct Budget {
    int64_t bytes = 0;
    ast::Span span;
  };
  std::vector<Budget> budgets;

  CheckedProgram(CheckedProgram &&) = default;

private:
  CheckedProgram() = default;
  friend class Checker;  // only `sema` makes one
};

struct CheckOptions {
  std::string stdlibDirectory;  // where `std.x` is found
  bool sharesSteps = true;      // phases whose steps are equal have one
  bool storesGradients = false; // also where a step is one batch: see abi::Phase::gradients
  /// Functions to check and build are those of all stages; data facts are read from the files' headers.
};

/// Checks a script and all it uses. Returns null when there were errors; warnings may have been reported either way. Where searches
/// vary dims, it is the program with the script's own values; Programs.h has the others.
std::unique_ptr<const CheckedProgram> check(const std::string &scriptPath, const CheckOptions &options, Diagnostics &diagnostics);

/// For `--emit=checked`: variables, functions, stages, phases as text.
std::string print(const CheckedProgram &program);
std::string print(const Function &function);

}  // namespace tl
