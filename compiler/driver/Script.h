// How a command reads a script, and how it shows what was found in it.
#pragma once
#include "compiler/driver/Arguments.h"
#include "compiler/driver/Installation.h"
#include "compiler/sema/CheckedProgram.h"
#include "compiler/support/Diagnostics.h"

namespace tl {

CheckOptions checkOptions(const Arguments &arguments, const Installation &installation);

/// Shows what was collected; 1 where there was an error.
int show(const Diagnostics &diagnostics, const Arguments &arguments);

} // namespace tl
