// Arenas for compiled code, and what the process holds and may still take.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tl::program {

/// Zeroed memory for compiled code, every page touched when it is made: what does not fit fails now, not in step 1000.
/// The parts are 64-byte aligned and start on pages of their own.
class Arena {
public:
  explicit Arena(const std::vector<int64_t> &partBytes);
  ~Arena();
  Arena(const Arena &) = delete;

  char *part(size_t index) const { return memory + offsets[index]; }
  /// What an arena with these parts takes.
  static int64_t bytes(const std::vector<int64_t> &partBytes);

private:
  char *memory = nullptr;
  int64_t mapped = 0;
  std::vector<int64_t> offsets;
};

/// Bytes of memory that this process holds now, and the most it ever held.
int64_t residentBytes();
int64_t peakResidentBytes();

/// Bytes that the machine, or the group that this process belongs to, can still give; -1 where that is not known.
int64_t availableBytes();

}  // namespace tl::program
