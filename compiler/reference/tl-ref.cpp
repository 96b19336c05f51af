// `tl-ref SCRIPT [FLAGS]`: trains and tests what a script says with the reference interpreter, in double.
//
//   --steps N       at most N steps of each phase
//   --out FOLDER    writes FOLDER/STAGE.safetensors and STAGE.best.safetensors: all variables at the end of each stage
//   --rounded       and once more with f32 computed as f32: how far that is from the exact run tells what rounding alone may
//                   do. Its events follow after an empty line, its variables go to FOLDER/rounded
//   --gradients=flat
//                   as `tlc` has it: the variables at the end have the last step's gradients among them, "/PHASE/PARAMETER"
//   --seed S, --data DIR, --limit-batches N and the script's parameters: as a compiled program has them
//
// Prints an event a line: {"event": "step" | "epoch" | "test", …}.
#include "compiler/emit/EmitTl.h"
#include "compiler/ir/TlDialect.h"
#include "compiler/passes/Passes.h"
#include "compiler/reference/Training.h"
#include "compiler/sema/CheckedProgram.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "runtime/io/File.h"
#include "runtime/program/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace tl::reference {

static std::string stdlibDirectory(const char *argv0) {
  static int here;
  if (const char *given = std::getenv("TL_STDLIB"); given && *given)
    return given;
  std::string bin = llvm::sys::path::parent_path(llvm::sys::fs::getMainExecutable(argv0, &here)).str();
  return llvm::sys::path::parent_path(bin).str() + "/share/tl/stdlib";
}

static const char flatGradients[] = "--gradients=flat";

/// `--rounded`, `--steps` and `--gradients` are this program's own; the rest is read as a compiled program reads it.
static std::vector<Settings> settingsOf(const abi::Program &program, const std::vector<std::string> &words) {
  Settings settings;
  bool isTwice = false;
  std::vector<std::string> rest;
  for (const std::string &word : words)
    if (word == "--rounded")
      isTwice = true;
    else if (word != flatGradients)
      rest.push_back(word.starts_with("--steps") ? "--max-" + word.substr(2) : word);
  program::Options options = program::parseCommandLine(program, rest);
  for (const std::string &flag : options.given) {
    bool isKnown = flag == "max-steps" || flag == "limit-batches" || flag == "seed" || flag == "out" || flag == "data";
    for (const abi::Param &param : program.params) {
      std::string name = param.name;
      std::replace(name.begin(), name.end(), '_', '-');
      isKnown |= flag == name;
    }
    if (!isKnown)
      throw Error(exitUsage, "`--" + flag + "` has no meaning here");
  }
  if (!options.command.empty())
    throw Error(exitUsage, "`" + options.command + "`: everything is run, one part alone cannot be");
  if (!options.data.empty())
    setenv("TL_DATA", options.data.c_str(), 1);
  settings.params = options.params;
  settings.seed = options.seed;
  settings.maxSteps = options.maxSteps;
  settings.limitBatches = options.limitBatches;
  settings.out = options.out;
  std::vector<Settings> all = {settings};
  if (isTwice) {
    settings.isRounded = true;
    settings.out = options.out.empty() ? "" : io::joinPath(options.out, "rounded");
    all.push_back(settings);
  }
  return all;
}

static int run(const char *argv0, const std::vector<std::string> &words) {
  if (words.empty() || words[0].starts_with("-"))
    throw Error(exitUsage, "usage: tl-ref SCRIPT [--steps N] [--seed S] [--PARAM VALUE …] [--out FOLDER] [--rounded]");
  if (!io::isFile(words[0]))
    throw Error(1, "cannot read `" + words[0] + "`");
  SourceFiles files;
  Diagnostics diagnostics(files);
  std::unique_ptr<const CheckedProgram> checked = check(
      words[0], {stdlibDirectory(argv0), /*sharesSteps=*/false, /*storesGradients=*/std::count(words.begin(), words.end(), flatGradients) > 0}, diagnostics);
  std::fputs(diagnostics.render(/*color=*/false).c_str(), stderr);
  if (!checked)
    return 1;
  std::vector<Settings> runs = settingsOf(checked->program, {words.begin() + 1, words.end()});
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module = emit(context, *checked, files);
  mlir::PassManager pm(&context);
  pm.addPass(createRoundProducts());
  pm.addPass(createDifferentiate());
  if (failed(mlir::verify(*module)) || failed(pm.run(*module)))
    throw Error(exitInternal, "the script's functions have no gradient");
  for (const Settings &settings : runs) {
    if (settings.isRounded)
      std::puts("");
    Training(checked->program, *module, settings).run();
  }
  return 0;
}

}  // namespace tl::reference

int main(int count, char **words) {
  try {
    return tl::reference::run(words[0], {words + 1, words + count});
  } catch (const tl::Error &error) {
    std::fprintf(stderr, "tl-ref: %s\n", error.message.c_str());
    return error.exitCode;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "tl-ref: internal error: %s\n", error.what());
    return tl::exitInternal;
  }
}
