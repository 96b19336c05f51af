// The names of classes where the script says them: `classes = "negative, positive"`, `classes = "negative = neg, positive = pos"`.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <map>
#include <string_view>

namespace tl::data {

/// Of what a table or texts may name; a column that has more is no label.
constexpr size_t mostClasses = 4096;

/// In the order of their numbers; empty where the source does not say it.
struct ClassNames {
  explicit ClassNames(const abi::Source &source);
  std::vector<std::string> names;
  std::vector<std::string> written; // how the file writes each

  /// Whether a cell names no class as it is a hole: none that a table has for what is not known is a class, unless the script names this very word.
  bool isHole(std::string_view cell) const;
};

/// What a message says of a hole in place of a class, behind "has `NA`, expected ".
constexpr const char *insteadOfHole = "the class, which a hole does not say; give one, remove the record, or name the word where it is a class: classes = \"…\"";

/// The number of a class by its name; where `orNumber` and no name is a number itself, also of a cell that has it: `1`, and not `01`. -1: it is neither.
int32_t classIn(const std::vector<std::string> &names, std::string_view cell, bool orNumber);

/// "one of `negative`, `positive`", "…, or a number from 0 to 1"
std::string oneOfClasses(const std::vector<std::string> &names, bool orNumber);

/// How numbers are written that stand for classes in one column: read as numbers, `1` and `01` would be one class without a word, and as names
/// two.
class Spellings {
public:
  /// What to say of a cell whose number was written otherwise before: "`01`, and a record before has `1`: …"; "" where that is not so.
  std::string problemOf(std::string_view cell);

private:
  std::map<double, std::string> first;
};

} // namespace tl::data
