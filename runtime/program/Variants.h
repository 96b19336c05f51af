// The programs of this executable, and which of them a run or a trial has.
#pragma once
#include "runtime/abi/Descriptor.h"
#include "runtime/abi/Variants.h"

namespace tl::program {

/// Values of dims by their names.
using Dims = std::map<std::string, double>;
/// "depth = 4, width = 8"
std::string dimsText(const Dims &dims);

/// A program, and its values of the dims that searches vary.
struct Variant {
  Dims dims;
  abi::Program program;
  const TlFunction *functions = nullptr;
};

class Variants {
public:
  /// Those of `table`, which are read when they are asked for, the first of them at once.
  explicit Variants(const TlVariant *table);

  /// That of the script's own values.
  const Variant &own() { return at(0); }
  /// That with these values; dims that are not named have the script's. Null where there is none.
  const Variant *with(const Dims &dims);
  /// That of a trial: with the dims that its settings say, without settings the script's, and all others as `of` has them.
  const Variant &ofTrial(const Variant &of, const abi::Search &search, const std::vector<double> &settings);
  /// All that differ from `of` in nothing but dims that these searches vary.
  std::vector<const Variant *> reachable(const Variant &of, const std::vector<const abi::Search *> &searches);

private:
  const Variant &at(size_t number);

  const TlVariant *table;
  std::vector<Dims> dims;           // of each
  std::map<size_t, Variant> known; // which stay where they are
};

} // namespace tl::program
