// `tlc`: reads its command line, does one thing, says what went wrong, leaves with the code that says which kind.
#include "compiler/driver/Commands.h"
#include "runtime/io/Error.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"
#include <new>
#include <unistd.h>

/// LLVM gives up in its own way, with exit code 1, which stands for mistakes of the script.
static void giveUp(void *, const char *why, bool) {
  llvm::errs() << "tlc: internal error: " << why << "\n";
  _exit(tl::exitInternal);
}

static int run(char **argv, int argc) {
  try {
    tl::Arguments arguments = tl::parseArguments({argv + 1, argv + argc});
    return tl::runCommand(arguments, tl::findInstallation(argv[0]), argv);
  } catch (const tl::Error &error) {
    llvm::errs() << "tlc: " << error.message << "\n";
    return error.exitCode;
  } catch (const std::bad_alloc &) {
    llvm::errs() << "tlc: out of memory\n";
    return 1;
  } catch (const std::exception &error) {
    llvm::errs() << "tlc: internal error: " << error.what() << "\n";
    return tl::exitInternal;
  }
}

int main(int argc, char **argv) {
  llvm::install_fatal_error_handler(giveUp);
  int code = run(argv, argc);
  llvm::outs().flush();
  if (std::error_code error = llvm::outs().error()) {
    llvm::outs().clear_error();
    llvm::errs() << "tlc: cannot write to standard output: " << error.message() << "\n";
    code = code ? code : tl::exitBadData;
  }
  _exit(code); // the caches of the parser's automata and of MLIR take a tenth of a check to take apart
}
