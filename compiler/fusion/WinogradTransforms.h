// The numbers of Winograd's minimal filtering F(m, r): m results of r taps, or r sums of m terms, along one axis by t = m + r - 1 products.
// With matrices of points x₁ … x₍t₋₁₎ and infinity, named as by Lavin and Gray ("Fast algorithms for convolutional neural networks", 2016),
//   y = Aᵀ [(G g) ⊙ (Bᵀ d)]         of taps g [r] and a tile d [t]
//   g' = Gᵀ [(Bᵀ d) ⊙ (A y')]       the derivative for taps, of a tile d [t] and the derivatives y' [m]
#pragma once
#include <cstdint>
#include <vector>

namespace tl {

struct WinogradTransforms {
  using Row = std::vector<double>;
  using Matrix = std::vector<Row>;
  static constexpr int64_t taps = 3;

  /// `results`: m, 2 or 4.
  explicit WinogradTransforms(int64_t results);

  int64_t results;
  Matrix ofTile, ofTaps, toResults; // Bᵀ [t, t], G [t, r], Aᵀ [m, t]

  static Matrix transposed(const Matrix &matrix);
};

} // namespace tl
