// Dims, which are numbers once the data is known, and params, which are flags of the program.
#pragma once
#include "compiler/evaluate/Declared.h"

namespace tl {

/// The dims of all files. What is evaluated is a constant of the library; what has no value is one, too, so that its uses are silent.
class Dims {
public:
  explicit Dims(Declared &declared) : declared(declared) {}

  void evaluateAll();
  /// Those that an expression names.
  void evaluateIn(const ast::Expr &expr);

  std::map<std::string, const ast::Dim *> all;

private:
  bool evaluate(const ast::Dim &dim, std::vector<std::string> &path);

  Declared &declared;
  std::set<std::string> bad;
};

/// Checks a param and adds it to the program.
void checkParam(const Declared &declared, const ast::Param &param, abi::Program &program);

}  // namespace tl
