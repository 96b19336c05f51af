// `tlc`: reads its command line, does one thing, says what went wrong, leaves with the code that says which kind.
#include "compiler/driver/Commands.h"
#include "runtime/io/Error.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  try {
    tl::Arguments arguments = tl::parseArguments({argv + 1, argv + argc});
    return tl::runCommand(arguments, tl::findInstallation(argv[0]));
  } catch (const tl::Error &error) {
    llvm::errs() << "tlc: " << error.message << "\n";
    return error.exitCode;
  } catch (const std::exception &error) {
    llvm::errs() << "tlc: internal error: " << error.what() << "\n";
    return tl::exitInternal;
  }
}
