// The descriptor that was linked with this runtime.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl::program {

abi::Program ownProgram();

}  // namespace tl::program
