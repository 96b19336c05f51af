// Reading with the library of the installation; messages in colour where a person sits before them.
#include "compiler/driver/Script.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace tl {

CheckOptions checkOptions(const Arguments &arguments, const Installation &installation) {
  CheckOptions options;
  options.stdlibDirectory = installation.stdlib;
  options.storesGradients = arguments.hasFlatGradients;
  return options;
}

static bool wantsColor(const Arguments &arguments) {
  if (arguments.color != "auto")
    return arguments.color == "always";
  const char *none = std::getenv("NO_COLOR"), *terminal = std::getenv("TERM");
  return isatty(2) && !(none && *none) && terminal && std::strcmp(terminal, "dumb") != 0;
}

int show(const Diagnostics &diagnostics, const Arguments &arguments) {
  if (arguments.json)
    llvm::outs() << diagnostics.renderJson();
  else
    llvm::errs() << diagnostics.render(wantsColor(arguments));
  return diagnostics.hasErrors() ? 1 : 0;
}

} // namespace tl
