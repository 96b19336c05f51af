// `freeze tok.table[0..32000]`: rows of a weight that stay as they are while its others train.
#pragma once
#include "compiler/stages/Plans.h"

namespace tl {

/// Of each weight that the selector's path names, by its place in the stage's tree, the rows that its last index takes. Empty: it names items of lists,
/// or nothing. nullopt after an error.
std::optional<std::map<size_t, FrozenRows>> rowsOf(const Declared &declared, const StagePlan &plan, const ast::Rule &rule);

/// Says that two rules freeze the same row; false where they do not.
bool reportOverlap(const Declared &declared, const TreeEntry &weight, const FrozenRows &rows, const FrozenRows &others);

} // namespace tl
