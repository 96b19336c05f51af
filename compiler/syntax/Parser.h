// The door into `read`: text in, Ast out.
#pragma once
#include "compiler/support/Diagnostics.h"
#include "compiler/syntax/Ast.h"

namespace tl {

/// Reads one file. Syntax errors are reported, all of them; what could be read is returned all the same.
ast::File parse(int file, Diagnostics &diagnostics);
/// What `text` has of the file: it is the file's with blanks in place of some of it.
ast::File parse(int file, const std::string &text, Diagnostics &diagnostics);

/// The tree as indented text, for `--emit=ast`; the tokens, one a line, for `--emit=tokens`.
std::string printAst(const ast::File &file);
std::string printTokens(int file, Diagnostics &diagnostics);

}  // namespace tl
