// `require … else …`: what a declaration takes, asked of a call.
#pragma once
#include "compiler/evaluate/BodyEvaluator.h"

namespace tl {

class Requirements {
public:
  explicit Requirements(BodyEvaluator &in) : in(in) {}

  void check(const ast::Statement &requirement, const ScopePtr &scope);
  void checkAll(const ast::Definition &definition, const ScopePtr &scope);

private:
  std::string messageOf(const ast::Statement &requirement, Scope &scope);
  ast::Span placeOf(const ast::Statement &requirement, const Scope &scope) const;
  abi::Requirement atStart(const TensorValue &condition, std::string message, const ast::Statement &requirement,
                           ast::Span place);
  std::vector<double> extremesOf(const std::string &scalar);
  [[noreturn]] void refuse(Diag kind, const ast::Statement &requirement, ast::Span place, std::string message,
                           std::string help, Reporting::Notes notes);

  BodyEvaluator &in;
};

} // namespace tl
