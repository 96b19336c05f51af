// Visits every expression, or every type, of a tree: for questions such as "is this name used at all".
#pragma once
#include "compiler/syntax/Ast.h"
#include <functional>
#include <set>
#include <string>

namespace tl {

using ExprVisitor = std::function<void(const ast::Expr &)>;
using TypeVisitor = std::function<void(const ast::Type &)>;
void eachExpr(const ast::Expr &expr, const ExprVisitor &visit);
void eachExpr(const ast::Block &block, const ExprVisitor &visit);
void eachExpr(const ast::File &file, const ExprVisitor &visit);

/// Every type that a definition writes.
void eachType(const ast::Definition &definition, const TypeVisitor &visit);

/// Every name that stands in a definition, and every name that stands in a file outside its definitions.
std::set<std::string> namesIn(const ast::Definition &definition);
std::set<std::string> namesOutsideDefinitions(const ast::File &file);

}  // namespace tl
