// What files declare, for who elaborates single declarations: no stage is looked at.
#pragma once
#include "compiler/evaluate/Elaborator.h"
#include "compiler/sema/CheckedProgram.h"
#include <deque>

namespace tl {

class Checker;

class Declarations {
public:
  /// Reads the files and all they use; evaluates dims, so data that dims tell of must be there. Mistakes are reported.
  Declarations(const std::vector<std::string> &paths, const CheckOptions &options, Diagnostics &diagnostics);
  ~Declarations();

  const Library &library() const;
  /// Lets bodies ask for the facts of a data; it must outlive them.
  void know(const abi::Data &data);
  /// The files asked for first, in that order, then those they use.
  const std::deque<ast::File> &files() const;

private:
  CheckOptions options;
  std::unique_ptr<Checker> checker;
};

} // namespace tl
