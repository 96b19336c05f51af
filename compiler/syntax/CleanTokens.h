// What the lexer could not read, reported and made harmless.
#pragma once
#include <antlr4-runtime.h>
#include "compiler/support/Diagnostics.h"
#include <memory>
#include <vector>

namespace tl {

/// Reports characters that mean nothing and strings that are not closed; these become strings, the others stay STRAY.
void clean(const std::vector<std::unique_ptr<antlr4::Token>> &tokens, int file, Diagnostics &diagnostics);

} // namespace tl
