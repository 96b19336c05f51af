// What `tlc` does by itself, without MLIR: to check is to read. For all else it becomes the program that holds every room.
#include "compiler/driver/Commands.h"
#include "compiler/driver/Script.h"
#include "runtime/io/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace tl {

/// What a budget of memory leaves room for is known when memory is planned; a script that comes from standard input is read once.
static bool needsPlan(const CheckedProgram *checked, const Arguments &arguments) {
  return checked && arguments.operand != "-" && std::any_of(checked->budgets.begin(), checked->budgets.end(), [](const CheckedProgram::Budget &budget) { return budget.bytes > 0; });
}

[[noreturn]] static void becomeCorridor(const Installation &installation, char **argv) {
  execv(installation.corridor.c_str(), argv);
  throw badData("cannot start `" + installation.corridor + "`, which holds the rooms behind check: " + std::strerror(errno) + "; install tlc anew, with its `libexec`");
}

static int check(const Arguments &arguments, const Installation &installation, char **argv) {
  SourceFiles files;
  Diagnostics diagnostics(files);
  std::unique_ptr<const CheckedProgram> checked = check(arguments.operand, checkOptions(arguments, installation), diagnostics);
  if (needsPlan(checked.get(), arguments))
    becomeCorridor(installation, argv);
  return showCheck(checked ? &checked->program : nullptr, diagnostics, arguments);
}

int runCommand(const Arguments &arguments, const Installation &installation, char **argv) {
  if (arguments.command == "check")
    return check(arguments, installation, argv);
  if (arguments.command == "version" || arguments.command == "help") {
    llvm::outs() << (arguments.command == "version" ? versionText() + "\n" : helpText());
    return 0;
  }
  becomeCorridor(installation, argv);
}

} // namespace tl
