// What each sub-command of `tlc` does: Front.cpp in `tlc` itself, Commands.cpp in the program that holds every room.
#pragma once
#include "compiler/driver/Arguments.h"
#include "compiler/driver/Installation.h"

namespace tl {

/// Returns the exit code of the process; what cannot go on throws tl::Error. `argv` is the command line, for who starts another.
int runCommand(const Arguments &arguments, const Installation &installation, char **argv);

} // namespace tl
