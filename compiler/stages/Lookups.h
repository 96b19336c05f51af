// Which fields number the rows of tables as they are: what a program can say of a row that is not there.
#pragma once
#include "compiler/evaluate/Declared.h"

namespace tl {

/// Adds those of a step to its stage.
void describeLookups(const Declared &declared, const Function &step, abi::Stage &stage);

}  // namespace tl
