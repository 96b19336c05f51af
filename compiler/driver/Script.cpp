// Reading with the library of the installation; messages in colour where a person sits before them.
#include "compiler/driver/Script.h"
#include "compiler/support/ExpectedDiagnostics.h"
#include "runtime/data/CutRecords.h"
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

/// What sources leave out because the script says so, and what is found of words that are looked for: how much it is, only files know.
static std::string toldOf(const abi::Program &program) {
  std::string text;
  for (const abi::Data &data : program.data)
    for (const abi::Source &source : data.sources)
      if (std::string leftOut = data::leftOutText(data, source); !leftOut.empty())
        text += leftOut + "\n";
  for (const abi::Stage &stage : program.stages)
    for (const abi::Load &load : stage.loads)
      for (const abi::LoadedTensor &tensor : load.tensors)
        if (!tensor.words.empty())
          text += "stage `" + stage.name + "` loads " + tensor.words + "\n";
  return text;
}

int showCheck(const abi::Program *program, const Diagnostics &diagnostics, const Arguments &arguments) {
  if (!arguments.verify) {
    if (program && !arguments.json)
      llvm::errs() << toldOf(*program);
    return show(diagnostics, arguments);
  }
  std::string differences;
  bool asExpected = verifyExpected(diagnostics, /*file=*/0, differences);
  llvm::errs() << differences;
  return asExpected ? 0 : 1;
}

int show(const Diagnostics &diagnostics, const Arguments &arguments) {
  if (arguments.json)
    llvm::outs() << diagnostics.renderJson();
  else
    llvm::errs() << diagnostics.render(wantsColor(arguments));
  return diagnostics.hasErrors() ? 1 : 0;
}

} // namespace tl
