// A weight that is kept in 8 bits, as f32 numbers: what files hold of it. Some rows at a time, so that no copy of it is made.
#pragma once
#include "runtime/memory/Arena.h"
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace tl::checkpoint {

/// What rounding numbers to what a variable is kept in has changed.
struct Rounding {
  std::string path, form; // form: "i8", or the name of its element type
  int64_t elements = 0;
  double largest = 0;             // difference of a number
  double difference = 0, all = 0; // sums of squares: of the differences, of the numbers
  void add(float number, float kept);
  void add(const Rounding &other);
  /// √(Σ (kept - number)² / Σ number²); 0 where nothing is changed.
  double relative() const;
};

class KeptWeight {
public:
  static bool isKept(const abi::Variable &variable);
  /// nullopt of a variable that is not kept so.
  static std::optional<KeptWeight> of(const abi::Stage &stage, const abi::Variable &variable, memory::Arena variables);

  int64_t elements() const { return rows * length; }
  /// Makes the numbers of a piece, those from `first` on.
  using Make = std::function<void(int64_t first, std::span<float> numbers)>;
  /// Rounds what is made, row after row. The place of the first number that is not finite, if any: from its piece on nothing is kept.
  std::optional<int64_t> keep(const Make &make, Rounding *rounding = nullptr);
  void eachPiece(const std::function<void(std::span<const float> numbers)> &take) const;
  /// Bytes that are held beside the weight meanwhile.
  static int64_t pieceBytes(const abi::Variable &variable);

private:
  KeptWeight(const abi::Variable &variable, char *bytes, char *steps);
  uint8_t *bytes;
  float *steps;
  int64_t rows, length;
};

} // namespace tl::checkpoint
