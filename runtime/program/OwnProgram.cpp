// Apart from what else needs the runtime, which has no such program: tlc, tests.
#include "runtime/program/OwnProgram.h"

namespace tl::program {

Variants ownPrograms() { return Variants(tlVariants); }

}  // namespace tl::program
