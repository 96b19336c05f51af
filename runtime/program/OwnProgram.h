// The descriptors and functions that were linked with this runtime.
#pragma once
#include "runtime/program/Variants.h"

namespace tl::program {

Variants ownPrograms();

}  // namespace tl::program
