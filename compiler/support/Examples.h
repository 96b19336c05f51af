// A wrong and a right line for the kinds of messages. The table is Examples.def.
#pragma once
#include <string>

namespace tl {

/// What `tlc explain TL0123` shows below the explanation, for a code or a name; "" where there is no example.
std::string exampleOf(const std::string &codeOrName);

} // namespace tl
