// Reading declarations: the beginning of a check.
#include "compiler/sema/Declarations.h"
#include "compiler/sema/Checker.h"

namespace tl {

bool Checker::readDeclarations(const std::vector<std::string> &paths) {
  bool isWhole = true;
  for (const std::string &path : paths)
    isWhole = files.read(path) && isWhole;
  files.readWhole();
  declareAll();
  if (!isWhole || diagnostics.hasErrors())
    return false;
  evaluateNames();
  return !diagnostics.hasErrors();
}

Declarations::Declarations(const std::vector<std::string> &paths, const CheckOptions &options, Diagnostics &diagnostics)
    : options(options), checker(std::make_unique<Checker>(this->options, diagnostics)) {
  checker->readDeclarations(paths);
}

Declarations::~Declarations() = default;

const Library &Declarations::library() const { return checker->library; }

void Declarations::know(const abi::Data &data) { checker->library.data[data.name] = &data; }

const std::deque<ast::File> &Declarations::files() const { return checker->files.all; }

} // namespace tl
