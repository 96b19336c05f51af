// Visits every expression of a tree: for questions such as "is this name used at all".
#pragma once
#include "compiler/syntax/Ast.h"
#include <functional>

namespace tl {

using ExprVisitor = std::function<void(const ast::Expr &)>;
void eachExpr(const ast::Expr &expr, const ExprVisitor &visit);
void eachExpr(const ast::Block &block, const ExprVisitor &visit);
void eachExpr(const ast::File &file, const ExprVisitor &visit);

}  // namespace tl
