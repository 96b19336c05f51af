// The classes of a published model's head, beside those of the label that it is measured by or whose names it answers with.
#pragma once
#include "compiler/stages/Plans.h"

namespace tl {

/// Whether values that are of a published model's classes number them as `field` does; false after an error. Of a label that the script makes
/// another one of, its names say nothing.
bool numbersAsHead(const Declared &declared, const std::vector<Value> &values, const abi::Data &data, const abi::Field &field);

} // namespace tl
