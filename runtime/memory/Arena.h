// The memory that compiled code works on, and the one place that knows where in it a tensor of the descriptor lies.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tl::memory {

int64_t elementsOf(const std::vector<int64_t> &shape);
/// Of a tensor of some arena: an abi::Port or an abi::Variable.
template <class Tensor> int64_t bytesOf(const Tensor &tensor);

/// One of the arenas that a compiled function is given: variables, work, a batch, results. A handle; the memory belongs to an
/// `Arenas`. Nobody adds an offset to an address but this class, so that arenas may come to lie where the processor that runs
/// the compiled code has them.
class Arena {
public:
  Arena() = default; // of a function that takes none

  /// What compiled code is called with.
  char *begin() { return memory; }
  const char *begin() const { return memory; }

  /// The elements of a tensor, row-major.
  template <class Tensor> char *at(const Tensor &tensor) { return memory + tensor.offset; }
  template <class Tensor> const char *at(const Tensor &tensor) const { return memory + tensor.offset; }
  /// Element `index` of a tensor.
  template <class Tensor> double number(const Tensor &tensor, int64_t index) const;
  template <class Tensor> void put(const Tensor &tensor, int64_t index, double number);
  /// A tensor from another arena, where it has the same type.
  template <class Tensor> void copy(const Tensor &into, const Arena &other, const Tensor &from);
  /// `rows` rows of a tensor from another arena, from `first` on, become those from `row` on; rows are of one type.
  template <class Tensor> void copyRows(const Tensor &into, int64_t row, const Arena &other, const Tensor &from, int64_t rows, int64_t first = 0);

  /// An arena that begins `bytes` behind this one's start, and where a port of it is seen from there.
  Arena behind(int64_t bytes) const { return Arena(memory + bytes); }
  static abi::Port behind(int64_t bytes, abi::Port port) {
    port.offset += bytes;
    return port;
  }

private:
  friend class Arenas;
  explicit Arena(char *memory) : memory(memory) {}
  char *memory = nullptr;
};

/// Zeroed memory for arenas, every page touched when it is made: what does not fit fails now, not in step 1000. Each is
/// aligned and starts on a page of its own.
class Arenas {
public:
  explicit Arenas(const std::vector<int64_t> &bytes);
  Arenas(Arenas &&) noexcept;
  ~Arenas();

  Arena operator[](size_t index) const { return Arena(memory + offsets[index]); }
  /// What arenas of these sizes take together.
  static int64_t bytes(const std::vector<int64_t> &bytes);

private:
  char *memory = nullptr;
  int64_t mapped = 0;
  std::vector<int64_t> offsets;
};

} // namespace tl::memory
