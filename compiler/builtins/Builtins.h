// What a script can call without declaring it.
#pragma once
#include "compiler/values/Library.h"

namespace tl {

const BuiltinTable &builtins();

} // namespace tl
