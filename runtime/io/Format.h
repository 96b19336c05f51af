// Text as printf makes it.
#pragma once
#include <cstdarg>
#include <cstdio>
#include <string>

namespace tl {

/// As printf, into a string of at most 511 bytes.
__attribute__((format(printf, 1, 2))) inline std::string format(const char *pattern, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, pattern);
  vsnprintf(text, sizeof text, pattern, arguments);
  va_end(arguments);
  return text;
}

} // namespace tl
