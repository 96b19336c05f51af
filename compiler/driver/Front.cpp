// What `tlc` does by itself, without MLIR: to check is to read. For all else it becomes the program that holds every room.
#include "compiler/driver/Commands.h"
#include "compiler/driver/Script.h"
#include "compiler/support/ExpectedDiagnostics.h"
#include "runtime/data/CutRecords.h"
#include "runtime/io/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace tl {

/// What sources leave out because the script says so, and what is found of words that are looked for: how much it is, only files know.
static std::string toldOf(const abi::Program &program) {
  std::string text;
  for (const abi::Data &data : program.data)
    for (const abi::Source &source : data.sources)
      if (std::string leftOut = data::leftOutText(data, source); !leftOut.empty())
        text += leftOut + "\n";
  for (const abi::Stage &stage : program.stages)
    for (const abi::Load &load : stage.loads)
      for (const std::string &words : load.words)
        text += "stage `" + stage.name + "` loads " + words + "\n";
  return text;
}

static int check(const Arguments &arguments, const Installation &installation) {
  SourceFiles files;
  Diagnostics diagnostics(files);
  std::unique_ptr<const CheckedProgram> checked = check(arguments.operand, checkOptions(arguments, installation), diagnostics);
  if (!arguments.verify) {
    if (checked && !arguments.json)
      llvm::errs() << toldOf(checked->program);
    return show(diagnostics, arguments);
  }
  std::string differences;
  bool asExpected = verifyExpected(diagnostics, /*file=*/0, differences);
  llvm::errs() << differences;
  return asExpected ? 0 : 1;
}

int runCommand(const Arguments &arguments, const Installation &installation, char **argv) {
  if (arguments.command == "check")
    return check(arguments, installation);
  if (arguments.command == "version" || arguments.command == "help") {
    llvm::outs() << (arguments.command == "version" ? versionText() + "\n" : helpText());
    return 0;
  }
  execv(installation.corridor.c_str(), argv);
  throw badData("cannot start `" + installation.corridor + "`, which holds the rooms behind check: " + std::strerror(errno) + "; install tlc anew, with its `libexec`");
}

} // namespace tl
