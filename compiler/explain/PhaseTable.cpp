// How each part of a model is treated in each phase.
#include "compiler/explain/PhaseTable.h"
#include "compiler/explain/Memory.h"
#include "compiler/weights/Weights.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl {

namespace {

class PhaseTable {
public:
  PhaseTable(const abi::Stage &stage, const std::vector<std::map<std::string, CheckedProgram::Treatment>> &phases)
      : phases(phases) {
    for (const abi::Variable &variable : stage.variables)
      if (variable.kind == "parameter")
        leaves.push_back({splitPath(variable.path), variable.path, elementsOf(variable.shape)});
  }

  Rows rows() {
    Rows table;
    addRows({}, table);
    return table;
  }

private:
  struct Leaf {
    std::vector<PathPart> parts;
    std::string path;
    int64_t elements;
  };

  std::vector<std::string> cellsOf(const Leaf &leaf) const {
    std::vector<std::string> cells;
    for (const auto &phase : phases) {
      const CheckedProgram::Treatment &treatment = phase.at(leaf.path);
      cells.push_back((treatment.isAdapted      ? "frozen, adapted"
                       : treatment.isFrozen     ? "frozen"
                       : treatment.rate.empty() ? "train"
                                                : "lr " + treatment.rate) +
                      (treatment.rows.empty() ? "" : ", " + treatment.rows) +
                      (treatment.stats.empty() ? "" : ", " + treatment.stats));
    }
    return cells;
  }

  void addRows(const std::vector<PathPart> &prefix, Rows &table) {
    std::vector<const Leaf *> below;
    for (const Leaf &leaf : leaves)
      if (leaf.parts.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), leaf.parts.begin()))
        below.push_back(&leaf);
    bool isAlike = std::all_of(below.begin(), below.end(),
                               [&](const Leaf *leaf) { return cellsOf(*leaf) == cellsOf(*below.front()); });
    if (!prefix.empty() && isAlike)
      return addRow(prefix, below, table);
    std::vector<PathPart> seen;
    for (const Leaf *leaf : below) {
      if (leaf->parts == prefix) { // what adapts it lies below a weight
        addRow(prefix, {leaf}, table);
        continue;
      }
      const PathPart &next = leaf->parts[prefix.size()];
      if (std::find(seen.begin(), seen.end(), next) != seen.end())
        continue;
      seen.push_back(next);
      std::vector<PathPart> longer = prefix;
      longer.push_back(next);
      addRows(longer, table);
    }
  }

  void addRow(const std::vector<PathPart> &path, const std::vector<const Leaf *> &alike, Rows &table) const {
    int64_t elements = 0;
    for (const Leaf *leaf : alike)
      elements += leaf->elements;
    std::vector<std::string> row = {joinPath(path), withCommas(elements)}, cells = cellsOf(*alike.front());
    row.insert(row.end(), cells.begin(), cells.end());
    table.push_back(std::move(row));
  }

  std::vector<Leaf> leaves;
  const std::vector<std::map<std::string, CheckedProgram::Treatment>> &phases;
};

}  // namespace

Rows phaseRows(const abi::Stage &stage, const std::vector<std::map<std::string, CheckedProgram::Treatment>> &phases) {
  return PhaseTable(stage, phases).rows();
}

}  // namespace tl
