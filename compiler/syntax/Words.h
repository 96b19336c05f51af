// The words of the language that other rooms ask about, without the parser.
#pragma once
#include <string>

namespace tl {

/// True for the words that begin a declaration.
bool beginsDeclaration(const std::string &word);

} // namespace tl
