// What the syntax tree's kinds are called in scripts, and what its types say of themselves.
#pragma once
#include "compiler/syntax/Ast.h"
#include "runtime/abi/ElementTypes.h"

namespace tl {

/// The word that a definition starts with: "layer", "fn".
const char *nameOf(ast::Definition::Kind kind);

/// The word that a rule starts with: "freeze", "clip norm".
const char *keyOf(ast::Rule::Kind kind);

/// "f32", "tokens": what stands before the brackets of a tensor's type.
bool isElementType(const std::string &name);
bool isTensorType(const ast::Type &type);
/// Of a tensor's elements; f32 where `check` has refused the name.
DType dtypeOf(const ast::Type &type);
/// What an adapter's `published(…)` is called among its functions: its formals are the entries of a configuration.
inline constexpr const char *publishedFunction = "published";
/// Bare names used as sizes in a type.
void collectDims(const ast::Type &type, std::set<std::string> &names);

}  // namespace tl
