// What each sub-command of `tlc` does.
#pragma once
#include "compiler/driver/Arguments.h"
#include "compiler/driver/Installation.h"

namespace tl {

/// Returns the exit code of the process; what cannot go on throws tl::Error.
int runCommand(const Arguments &arguments, const Installation &installation);

} // namespace tl
