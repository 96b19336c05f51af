// What a program computes, as digests: two scripts that differ in comments, places or names of files alone have the same.
#pragma once
#include "compiler/sema/CheckedProgram.h"

namespace tl {

/// Fills Program::parts with a digest of each thing that training depends on, and Program::digest with one of all of them. Tests,
/// deployed functions and the split of phases into shared steps change neither.
void digestParts(CheckedProgram &program);

/// Of the code of every function, those of tests and deployed functions too.
std::string codeDigest(const CheckedProgram &program);

}  // namespace tl
