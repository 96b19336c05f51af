// How each part of a model is treated in each phase, in as few rows as say all.
#pragma once
#include "compiler/explain/Table.h"
#include "compiler/sema/CheckedProgram.h"

namespace tl {

/// Places of the tree, each alike in every phase throughout: path, parameters, a cell for each phase.
Rows phaseRows(const abi::Stage &stage, const std::vector<std::map<std::string, CheckedProgram::Treatment>> &phases);

}  // namespace tl
