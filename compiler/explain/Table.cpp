// Text in columns.
#include "compiler/explain/Table.h"
#include <algorithm>

namespace tl {

void printTable(std::ostringstream &text, const Rows &rows) {
  std::vector<size_t> widths;
  for (const auto &row : rows)
    for (size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), row.size()));
      widths[i] = std::max(widths[i], row[i].size());
    }
  for (const auto &row : rows) {
    std::string line = "   ";
    for (size_t i = 0; i < row.size(); ++i) {
      std::string space(widths[i] - row[i].size(), ' ');
      line += i == 0 ? " " + row[i] + space : "   " + space + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text << line << "\n";
  }
}

}  // namespace tl
