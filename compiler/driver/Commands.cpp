// The sub-commands that need more rooms than check: results on standard output, messages on standard error.
#include "compiler/driver/Commands.h"
#include "compiler/codegen/Link.h"
#include "compiler/codegen/ObjectFile.h"
#include "compiler/driver/Corridor.h"
#include "compiler/driver/ProgramCache.h"
#include "compiler/driver/Script.h"
#include "compiler/explain/Explain.h"
#include "compiler/layertest/TestLayers.h"
#include "compiler/sema/CheckedProgram.h"
#include "compiler/support/Examples.h"
#include "compiler/support/ScriptFile.h"
#include "runtime/io/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace tl {
namespace {

void writeFile(const std::string &path, const std::string &bytes) {
  std::error_code error;
  llvm::raw_fd_ostream stream(path, error);
  if (!error) {
    stream << bytes;
    stream.close();
    error = stream.error();
    stream.clear_error();
  }
  if (error)
    throw badData("cannot write `" + path + "`: " + error.message());
}

/// Before long work: a file cannot be made where `-o` says.
void requirePlace(const std::string &path) {
  namespace fs = llvm::sys::fs;
  llvm::StringRef parent = llvm::sys::path::parent_path(path);
  std::string folder = parent.empty() ? "." : parent.str();
  if (fs::is_directory(path))
    throw Error(exitUsage, "`" + path + "` is a folder; `-o` names the file to write, such as `" + path +
                               (path.ends_with('/') ? "" : "/") + "program`");
  if (!fs::exists(folder))
    throw Error(exitUsage, "there is no folder `" + folder + "` to write `" + path + "` in; make it, or name another with `-o`");
  if (!fs::is_directory(folder))
    throw Error(exitUsage, "`" + folder + "` is no folder, so `" + path + "` cannot be written");
  llvm::SmallString<128> probe; // Permissions alone do not tell: a file system may be read only, or no place for files.
  if (std::error_code error = fs::createUniqueFile(path + ".%%%%%%", probe))
    throw badData("cannot write `" + path + "`: " + error.message());
  (void)fs::remove(probe);
}

CorridorOptions corridorOptions(const Arguments &arguments, const Installation &installation) {
  CorridorOptions options;
  options.script = arguments.operand;
  options.checking = checkOptions(arguments, installation);
  options.cpu = arguments.cpu;
  options.linkDirectory = installation.linkDirectory;
  options.isTimed = arguments.isTimed;
  options.hasLines = arguments.hasLines;
  if (!arguments.without.empty())
    options.without = withoutNamed(arguments.without);
  options.checking.sharesSteps = !options.without.share;
  return options;
}

/// The parts that are not there, as sentences; empty where all is well.
std::vector<std::string> missingParts(const Installation &installation) {
  std::vector<std::string> sentences;
  auto require = [&](const std::string &path, const std::string &what) {
    if (!llvm::sys::fs::exists(path))
      sentences.push_back(what + " is not at `" + path + "`");
  };
  require(installation.stdlib, "the standard library");
  for (const char *name : {"libtlrt.a", "Scrt1.o", "crti.o", "crtbeginS.o", "libz.a", "libutf8proc.a", "libpcre2-8.a", "libjpeg.a", "libpng16.a", "libstdc++.a", "libgcc.a",
                           "libgcc_eh.a", "libc_nonshared.a", "crtendS.o", "crtn.o", "library.map"})
    require(installation.linkDirectory + "/" + name, "a part that programs are linked from");
  for (const char *name : {"libc.so.6", "libm.so.6"})
    if (findSystemLibrary(name).empty())
      sentences.push_back(std::string("this machine's `") + name + "` was not found");
  return sentences;
}

/// Before long work: what the last step will miss.
void requireLinkInputs(const Installation &installation) {
  std::vector<std::string> missing = missingParts(installation);
  if (!missing.empty())
    throw badData(missing.front() + "; `tlc doctor` lists all that is missing");
}

/// Of a script with budgets of memory.
int check(const Arguments &arguments, const Installation &installation) {
  CorridorOptions options = corridorOptions(arguments, installation);
  options.until = Room::Planned;
  SourceFiles files;
  Diagnostics diagnostics(files);
  std::optional<Outcome> outcome = buildCorridor(options, diagnostics);
  return showCheck(outcome ? &outcome->program : nullptr, diagnostics, arguments);
}

int build(const Arguments &arguments, const Installation &installation) {
  requireLinkInputs(installation);
  CorridorOptions options = corridorOptions(arguments, installation);
  const Artefact &made = arguments.kind == "library" ? libraryArtefact() : programArtefact();
  options.artefact = &made;
  options.output = !arguments.output.empty() ? arguments.output : made.before + llvm::sys::path::stem(scriptName(arguments.operand)).str() + made.after;
  if (options.output == options.script)
    throw Error(exitUsage, "the " + made.name + " would replace its script; name it with `-o OUT`");
  requirePlace(options.output);
  SourceFiles files;
  Diagnostics diagnostics(files);
  std::optional<Outcome> outcome = buildCorridor(options, diagnostics);
  return showCheck(outcome ? &outcome->program : nullptr, diagnostics, arguments);
}

int run(const Arguments &arguments, const Installation &installation) {
  CorridorOptions options = corridorOptions(arguments, installation);
  SourceFiles files;
  Diagnostics diagnostics(files);
  std::vector<ScriptProgram> programs = checkPrograms(options.script, options.checking, diagnostics);
  if (show(diagnostics, arguments) != 0)
    return 1;
  std::string program = cachedProgram(options, installation, programs);
  if (!llvm::sys::fs::exists(program)) {
    requireLinkInputs(installation);
    options.output = program;
    Diagnostics again(files);
    if (!buildCorridor(options, again))
      return show(again, arguments);
  }
  std::vector<char *> words = {const_cast<char *>(program.c_str())};
  for (const std::string &word : arguments.rest)
    words.push_back(const_cast<char *>(word.c_str()));
  words.push_back(nullptr);
  execv(program.c_str(), words.data());
  throw badData("cannot start `" + program + "`: " + std::strerror(errno));
}

int explain(const Arguments &arguments, const Installation &installation) {
  bool isScript = arguments.operand == "-" || llvm::StringRef(arguments.operand).ends_with(".tl");
  if (!isScript && !llvm::sys::fs::exists(arguments.operand)) {
    std::string text = explanationOf(arguments.operand);
    if (text.empty())
      throw Error(exitUsage,
                  "`" + arguments.operand + "` is neither a script nor the code of a message, such as TL0123");
    llvm::outs() << text << "\n"
                 << exampleOf(arguments.operand);
    return 0;
  }
  CorridorOptions options = corridorOptions(arguments, installation);
  options.until = Room::Kernels;
  SourceFiles files;
  Diagnostics diagnostics(files);
  std::optional<Outcome> outcome = buildCorridor(options, diagnostics);
  if (outcome)
    llvm::outs() << outcome->explain << explainCuts(outcome->program);
  return show(diagnostics, arguments);
}

int emit(const Arguments &arguments, const Installation &installation) {
  CorridorOptions options = corridorOptions(arguments, installation);
  options.until = *roomNamed(arguments.room);
  std::string output = arguments.output;
  if (output.empty() && options.until == Room::Object)
    output = llvm::sys::path::stem(scriptName(arguments.operand)).str() + ".o";
  if (!output.empty())
    requirePlace(output);
  SourceFiles files;
  Diagnostics diagnostics(files);
  std::optional<Outcome> outcome = buildCorridor(options, diagnostics);
  if (outcome && output.empty())
    llvm::outs() << outcome->text;
  else if (outcome)
    writeFile(output, outcome->text);
  return show(diagnostics, arguments);
}

/// Every file of the standard library, where no other is named.
int test(const Arguments &arguments, const Installation &installation) {
  layertest::TestOptions options{arguments.files, {installation.stdlib}};
  if (options.files.empty()) {
    std::error_code error;
    for (llvm::sys::fs::recursive_directory_iterator at(installation.stdlib, error), end; at != end && !error;
         at.increment(error))
      if (llvm::StringRef(at->path()).ends_with(".tl"))
        options.files.push_back(at->path());
    llvm::sort(options.files); // Directory order differs between machines.
    if (options.files.empty())
      throw badData("there is no standard library at `" + installation.stdlib + "`");
  }
  SourceFiles files;
  Diagnostics diagnostics(files);
  bool isPassed = layertest::testLayers(options, diagnostics);
  return show(diagnostics, arguments) == 0 && isPassed ? 0 : 1;
}

/// Copies the starter script and its data, named after `NAME`.
int start(const Arguments &arguments, const Installation &installation) {
  llvm::StringRef name(arguments.operand);
  name.consume_back(".tl");
  for (const char *end : {".tl", ".csv"})
    if (llvm::sys::fs::exists(name + end))
      throw Error(exitUsage, "`" + (name + end).str() + "` is there already");
  for (const char *end : {".tl", ".csv"}) {
    std::string from = installation.starter + "/starter" + end, to = (name + end).str();
    auto text = llvm::MemoryBuffer::getFile(from);
    if (!text)
      throw badData("cannot read `" + from + "`: " + text.getError().message());
    std::vector<std::string> pieces;
    for (llvm::StringRef piece : llvm::split((*text)->getBuffer(), "starter"))
      pieces.push_back(piece.str());
    writeFile(to, llvm::join(pieces, llvm::sys::path::filename(name)));
    llvm::outs() << to << "\n";
  }
  return 0;
}

int doctor(const Installation &installation) {
  llvm::Expected<TargetCpu> cpu = findTargetCpu("");
  const char *data = std::getenv("TL_DATA");
  llvm::outs() << versionText() << "\n";
  llvm::outs() << "compiler          " << installation.executable << "\n";
  llvm::outs() << "standard library  " << installation.stdlib << "\n";
  llvm::outs() << "link inputs       " << installation.linkDirectory << "\n";
  llvm::outs() << "programs          " << programCache() << "\n";
  llvm::outs() << "data              "
               << (data && *data ? data : "TL_DATA is not set; data is looked for beside the script") << "\n";
  if (!cpu) {
    llvm::outs() << "cpu               " << llvm::toString(cpu.takeError()) << "\n";
    return 1;
  }
  llvm::outs() << "cpu               " << cpu->name << ", vectors of " << cpu->target.lanes * 32 << " bits\n";
  std::vector<std::string> missing = missingParts(installation);
  for (const std::string &sentence : missing)
    llvm::outs() << "missing           " << sentence << "\n";
  llvm::outs() << (missing.empty() ? "all is well\n" : "building programs will fail until the parts above are there\n");
  return missing.empty() ? 0 : 1;
}

} // namespace

int runCommand(const Arguments &arguments, const Installation &installation, char **) {
  const std::string &command = arguments.command;
  if (command == "check")
    return check(arguments, installation);
  if (command == "build")
    return build(arguments, installation);
  if (command == "run")
    return run(arguments, installation);
  if (command == "explain")
    return explain(arguments, installation);
  if (command == "test")
    return test(arguments, installation);
  if (command == "emit")
    return emit(arguments, installation);
  if (command == "new")
    return start(arguments, installation);
  if (command == "doctor")
    return doctor(installation);
  throw Error(exitInternal, "`tlc` itself does `" + command + "`; start it, and not this program");
}

} // namespace tl
