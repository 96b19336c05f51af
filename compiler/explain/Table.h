// Text in columns.
#pragma once
#include <sstream>
#include <string>
#include <vector>

namespace tl {

using Rows = std::vector<std::vector<std::string>>;

/// Columns as wide as their widest cell; the first is flush left, the others right.
void printTable(std::ostringstream &text, const Rows &rows);

}  // namespace tl
