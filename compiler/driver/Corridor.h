// The corridor: a script in, what any of its rooms makes of it out.
#pragma once
#include "compiler/codegen/Link.h"
#include "compiler/driver/Rooms.h"
#include "compiler/sema/CheckedProgram.h"
#include "compiler/support/Diagnostics.h"
#include "runtime/abi/Descriptor.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tl {

/// Optimisations left out, for finding where a fault lies.
struct Without {
  bool share = false, simplify = false, prune = false, cache = false, weigh = false, rows = false, winograd = false, tiles = false, normalize = false, fuse = false, reuse = false;
};
/// Names with commas between them. Throws tl::Error with code 2 for a name that is none.
Without withoutNamed(const std::string &names);

struct CorridorOptions {
  std::string script;
  CheckOptions checking;
  std::string cpu;    // LLVM's name; "" or "native": this machine's
  std::string output; // the file to write, where the walk goes to its end
  const Artefact *artefact = &programArtefact(); // and what it is
  Room until = Room::Program;
  std::string linkDirectory; // the runtime and the start-up files of programs
  Without without;
  bool isTimed = false; // says on stderr how long each room took
  bool hasLines = false; // the program tells debuggers which line of the script each instruction is of
};

/// What `--emit` prints, or the explanation where the program was built.
struct Outcome {
  std::string text;    // of the room stopped at; an object file's bytes
  std::string explain; // the parameters, the phase table and the plan, known from `kernels` on
  abi::Program program = {}; // where it is explained or built
};

/// Walks from the script to `options.until`. Nothing after errors, which stand in `diagnostics`. Throws tl::Error: 70
/// with the path of a file that shows the failure where a room after `check` fails, 1 or 2 for what the caller asked
/// wrongly.
std::optional<Outcome> buildCorridor(const CorridorOptions &options, Diagnostics &diagnostics);

} // namespace tl
