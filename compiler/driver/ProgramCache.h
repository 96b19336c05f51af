// Where `tlc run` keeps programs, so that an unchanged script starts at once.
#pragma once
#include "compiler/driver/Corridor.h"
#include "compiler/driver/Installation.h"
#include "compiler/sema/Programs.h"

namespace tl {

/// The folder: XDG_CACHE_HOME/tl, else ~/.cache/tl, else one in the system's temporary folder.
std::string programCache();

/// The path for this program: it differs where the script, what it uses, the facts of its data, the CPU, the compiler or the
/// runtime do. The folder is made.
std::string cachedProgram(const CorridorOptions &options, const Installation &installation, const std::vector<ScriptProgram> &programs);

} // namespace tl
