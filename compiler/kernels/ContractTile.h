// How a contraction is cut up: decided by its shape alone, before and while its kernel is emitted.
#pragma once
#include <cstdint>

namespace tl {

/// Rows and vectors of sixteen columns that one register tile holds.
struct Tile {
  int64_t rows, vectors;
};

/// The tile that needs the fewest cycles for an M × N result.
Tile chooseTile(int64_t rows, int64_t columns);

/// Whether the columns that a tile reads are first copied one row behind the other. Then they may lie anyhow in memory.
bool packsPanel(int64_t rows, int64_t columns, int64_t depth);

} // namespace tl
