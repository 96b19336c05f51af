// Apart from what else needs the runtime, which has no such program: tlc, tests.
#include "runtime/program/OwnProgram.h"
#include "runtime/abi/Program.h"
#include "runtime/io/Error.h"

namespace tl::program {

abi::Program ownProgram() {
  try {
    return nlohmann::json::parse(tlDescriptor).get<abi::Program>();
  } catch (const nlohmann::json::exception &problem) {
    throw Error(exitInternal, std::string("the program's descriptor cannot be read: ") + problem.what());
  }
}

}  // namespace tl::program
