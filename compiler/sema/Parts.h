// What a program computes, as digests: two scripts that differ in comments, places or names of files alone have the same.
#pragma once
#include "compiler/sema/CheckedProgram.h"

namespace tl {

/// Fills Program::parts with a digest of each thing that training depends on, and Program::digest with one of all of them. Tests,
/// deployed functions and the split of phases into shared steps change neither.
void digestParts(CheckedProgram &program);

/// Gives all programs of a script the parts and the digest of all: what a search finds depends on each. Parts that are as the first program's are not told
/// apart from them. `names`: of each, "depth = 4".
void digestTogether(const std::vector<std::unique_ptr<CheckedProgram>> &programs, const std::vector<std::string> &names);

/// Of the code of every function, those of tests and deployed functions too.
std::string codeDigest(const CheckedProgram &program);

}  // namespace tl
