// All programs of a script: where searches vary dims, there is one for each combination of their values.
#pragma once
#include "compiler/sema/CheckedProgram.h"

namespace tl {

struct ScriptProgram {
  std::map<std::string, double> dims; // that are varied, and their values here
  std::unique_ptr<const CheckedProgram> checked;
};

/// Checks a script and all it uses, once for each of its programs. That with the script's own values comes first, and is what `check` returns. All have
/// the parts and the digest of all together. Empty when there were errors; warnings may have been reported either way.
std::vector<ScriptProgram> checkPrograms(const std::string &scriptPath, const CheckOptions &options, Diagnostics &diagnostics);

}  // namespace tl
