// How a contraction is cut up.
#include "compiler/kernels/ContractTile.h"
#include "compiler/kernels/Point.h"

namespace tl {
namespace {

/// A panel is copied when it is read at least this often and is too large to stay in the first cache beside the rest: rows
/// a power of two apart push each other out of every cache.
constexpr int64_t panelReuse = 4, panelLeastBytes = 8 << 10, panelMostBytes = 512 << 10;

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

} // namespace

/// One multiply-add a cycle, one vector or two scalars loaded a cycle, at least four multiply-adds in flight. Registers:
/// rows · vectors sums, one row of the right side, one scalar.
Tile chooseTile(int64_t rows, int64_t columns) {
  auto cycles = [](int64_t r, int64_t v) { return std::max({double(r * v), 4.0, v + 0.5 * r}) + 1; };
  Tile best{1, 1};
  double least = 1e30;
  for (int64_t v = 1; v <= 4; ++v)
    for (int64_t r = 1; r * v + v + 1 <= 30 && r <= 24; ++r) {
      int64_t vectors = ceilDiv(columns, lanes);
      int64_t fullRows = rows / r, restRows = rows % r, fullVectors = vectors / v, restVectors = vectors % v;
      double cost = fullRows * fullVectors * cycles(r, v) + (restRows ? fullVectors * cycles(restRows, v) : 0) +
                    (restVectors ? fullRows * cycles(r, restVectors) : 0) +
                    (restRows && restVectors ? cycles(restRows, restVectors) : 0);
      if (cost < least * 0.999 || (cost < least * 1.001 && r * v > best.rows * best.vectors)) {
        least = cost;
        best = {r, v};
      }
    }
  return best;
}

bool packsPanel(int64_t rows, int64_t columns, int64_t depth) {
  Tile tile = chooseTile(rows, columns);
  int64_t bytes = depth * tile.vectors * lanes * int64_t(sizeof(float));
  return ceilDiv(rows, tile.rows) >= panelReuse && columns > tile.vectors * lanes && bytes >= panelLeastBytes &&
         bytes <= panelMostBytes;
}

} // namespace tl
