// How a command reads a script, and how it shows what was found in it.
#pragma once
#include "compiler/driver/Arguments.h"
#include "compiler/driver/Installation.h"
#include "compiler/sema/CheckedProgram.h"
#include "compiler/support/Diagnostics.h"

namespace tl {

CheckOptions checkOptions(const Arguments &arguments, const Installation &installation);

/// Answers `tlc check` and `tlc build`: what was collected, and, where there is a program, what its sources leave out and its loads look for; with `--verify` whether
/// that is what the script's comments expect.
int showCheck(const abi::Program *program, const Diagnostics &diagnostics, const Arguments &arguments);

/// Shows what was collected; 1 where there was an error.
int show(const Diagnostics &diagnostics, const Arguments &arguments);

} // namespace tl
