// A program's place is the digest of all that went into it.
#include "compiler/driver/ProgramCache.h"
#include "compiler/codegen/ObjectFile.h"
#include "compiler/driver/Walk.h"
#include "compiler/sema/Parts.h"
#include "compiler/support/ScriptFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include <cstdlib>

namespace tl {

std::string programCache() {
  llvm::SmallString<128> folder;
  const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  if (cache && *cache)
    folder = cache;
  else if (home && *home)
    (llvm::Twine(home) + "/.cache").toVector(folder);
  else
    llvm::sys::path::system_temp_directory(/*erasedOnReboot=*/true, folder);
  llvm::sys::path::append(folder, "tl");
  return folder.str().str();
}

/// Size and time of a file: enough to know a rebuilt compiler from the one before.
static std::string stampOf(const std::string &path) {
  llvm::sys::fs::file_status status;
  if (llvm::sys::fs::status(path, status))
    return "";
  return std::to_string(status.getSize()) + "@" +
         std::to_string(status.getLastModificationTime().time_since_epoch().count());
}

std::string cachedProgram(const CorridorOptions &options, const Installation &installation, const std::vector<ScriptProgram> &programs) {
  TargetCpu cpu = orUsage(findTargetCpu(options.cpu));
  llvm::SHA256 digest;
  for (const ScriptProgram &each : programs) {
    digest.update(nlohmann::json(each.checked->program).dump() + "\n" + codeDigest(*each.checked) + "\n");
    for (const CheckedProgram::Budget &budget : each.checked->budgets)
      digest.update(std::to_string(budget.bytes) + "\n");
  }
  for (const std::string &part :
       {cpu.name, cpu.features, versionText(), stampOf(installation.corridor),
        stampOf(installation.linkDirectory + "/libtlrt.a")}) {
    digest.update(part);
    digest.update("\n");
  }
  llvm::SmallString<128> path(programCache());
  llvm::sys::path::append(path, llvm::toHex(digest.final(), /*LowerCase=*/true).substr(0, 16));
  if (std::error_code error = llvm::sys::fs::create_directories(path))
    throw badData("cannot make the folder `" + path.str().str() + "`: " + error.message());
  llvm::sys::path::append(path, llvm::sys::path::stem(scriptName(options.script)));
  return path.str().str();
}

} // namespace tl
