// Where arenas lie, and what is done with the tensors in them.
#include "runtime/memory/Arena.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/io/Error.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/mman.h>
#include <utility>

namespace tl::memory {

int64_t elementsOf(const std::vector<int64_t> &shape) {
  int64_t elements = 1;
  for (int64_t dim : shape)
    elements *= dim;
  return elements;
}

template <class Tensor> static DType typeOf(const Tensor &tensor, const std::string &name) {
  if (std::optional<DType> dtype = dtypeNamed(tensor.dtype))
    return *dtype;
  throw Error(exitInternal, "`" + name + "` has the type `" + tensor.dtype + "`, which is not known here");
}

static DType typeOf(const abi::Port &port) { return typeOf(port, port.name); }
static DType typeOf(const abi::Variable &variable) { return typeOf(variable, variable.path); }

template <class Tensor> int64_t bytesOf(const Tensor &tensor) { return elementsOf(tensor.shape) * tl::bytesOf(typeOf(tensor)); }

template <class Tensor> double Arena::number(const Tensor &tensor, int64_t index) const {
  return numberAt(typeOf(tensor), at(tensor), index);
}

template <class Tensor> void Arena::put(const Tensor &tensor, int64_t index, double number) {
  putNumber(typeOf(tensor), at(tensor), index, number);
}

template <class Tensor> void Arena::copy(const Tensor &into, const Arena &other, const Tensor &from) {
  std::memcpy(at(into), other.at(from), size_t(bytesOf(from)));
}

template <class Tensor> void Arena::copyRows(const Tensor &into, int64_t row, const Arena &other, const Tensor &from, int64_t rows, int64_t first) {
  int64_t bytes = from.shape[0] == 0 ? 0 : bytesOf(from) / from.shape[0];
  std::memcpy(at(into) + row * bytes, other.at(from) + first * bytes, size_t(rows * bytes));
}

template int64_t bytesOf(const abi::Port &);
template int64_t bytesOf(const abi::Variable &);
template double Arena::number(const abi::Port &, int64_t) const;
template double Arena::number(const abi::Variable &, int64_t) const;
template void Arena::put(const abi::Port &, int64_t, double);
template void Arena::put(const abi::Variable &, int64_t, double);
template void Arena::copy(const abi::Port &, const Arena &, const abi::Port &);
template void Arena::copy(const abi::Variable &, const Arena &, const abi::Variable &);
template void Arena::copyRows(const abi::Port &, int64_t, const Arena &, const abi::Port &, int64_t, int64_t);

static constexpr int64_t pageBytes = 4096, hugePageBytes = 2 << 20;

static int64_t roundUp(int64_t bytes, int64_t to) { return (bytes + to - 1) / to * to; }

// Where each starts, and the end. A step of 64 · 5 bytes beyond the page keeps them from sharing cache sets.
static std::vector<int64_t> layOut(const std::vector<int64_t> &arenaBytes, int64_t &end) {
  std::vector<int64_t> offsets;
  end = 0;
  for (int64_t bytes : arenaBytes) {
    int64_t offset = roundUp(end, pageBytes) + int64_t(offsets.size()) * 320;
    offsets.push_back(offset);
    end = offset + bytes;
  }
  return offsets;
}

// From four huge pages on, rounding up to whole ones is cheap.
static int64_t mappedBytes(int64_t end) { return roundUp(end, end >= 4 * hugePageBytes ? hugePageBytes : pageBytes); }

int64_t Arenas::bytes(const std::vector<int64_t> &bytes) {
  int64_t end = 0;
  layOut(bytes, end);
  return mappedBytes(end);
}

Arenas::Arenas(const std::vector<int64_t> &bytes) {
  int64_t end = 0;
  offsets = layOut(bytes, end);
  mapped = mappedBytes(end);
  if (mapped == 0)
    return;
  bool isHuge = mapped >= 4 * hugePageBytes;
  int64_t reserve = mapped + (isHuge ? hugePageBytes : 0);
  void *place = mmap(nullptr, reserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED)
    throw Error(1, "cannot reserve " + std::to_string(mapped >> 20) + " MiB of memory: " + std::strerror(errno));
  char *begin = static_cast<char *>(place);
  memory = begin;
  if (isHuge) {
    memory += roundUp(int64_t(begin), hugePageBytes) - int64_t(begin);
    if (memory > begin)
      munmap(begin, memory - begin);
    munmap(memory + mapped, begin + reserve - (memory + mapped));
    madvise(memory, mapped, MADV_HUGEPAGE);
  }
  for (int64_t at = 0; at < mapped; at += pageBytes)
    static_cast<volatile char *>(memory)[at] = 0;
}

Arenas::Arenas(Arenas &&other) noexcept
    : memory(std::exchange(other.memory, nullptr)), mapped(other.mapped), offsets(std::move(other.offsets)) {}

Arenas::~Arenas() {
  if (memory)
    munmap(memory, mapped);
}

} // namespace tl::memory
