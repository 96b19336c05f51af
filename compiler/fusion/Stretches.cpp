// First fit, in the order of time or, where that leaves gaps, of size.
#include "compiler/fusion/Stretches.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <algorithm>
#include <numeric>

namespace tl {
namespace {

/// An arena longer than what is taken at once by more than a 50th is tried to be packed closer.
constexpr int64_t allowedPart = 50;
/// How often, and how many pairs of stretches all tries may look at: about a tenth of a second.
constexpr size_t mostTries = 64, mostPairs = 50'000'000;

bool meet(const Stretch &a, const Stretch &b) { return a.from <= b.until && b.from <= a.until; }

/// The lowest place beside `taken`, which are in the order of their offsets.
int64_t lowest(int64_t bytes, llvm::ArrayRef<const Stretch *> taken) {
  int64_t offset = 0;
  for (const Stretch *other : taken) {
    if (offset + bytes <= other->offset)
      break;
    offset = std::max(offset, other->offset + other->bytes);
  }
  return offset;
}

int64_t place(llvm::MutableArrayRef<Stretch> stretches, llvm::ArrayRef<size_t> order) {
  llvm::SmallVector<const Stretch *> placed, taken; // both by offset
  int64_t end = 0;
  for (size_t next : order) {
    Stretch &stretch = stretches[next];
    taken.clear();
    llvm::copy_if(placed, std::back_inserter(taken), [&](const Stretch *other) { return meet(*other, stretch); });
    stretch.offset = lowest(stretch.bytes, taken);
    end = std::max(end, stretch.offset + stretch.bytes);
    placed.insert(llvm::upper_bound(placed, &stretch, [](const Stretch *a, const Stretch *b) { return a->offset < b->offset; }), &stretch);
  }
  return end;
}

} // namespace

int64_t mostAtOnce(llvm::ArrayRef<Stretch> stretches) {
  llvm::SmallVector<std::pair<int64_t, int64_t>> changes; // when, by how much
  for (const Stretch &stretch : stretches) {
    changes.emplace_back(stretch.from, stretch.bytes);
    changes.emplace_back(stretch.until + 1, -stretch.bytes);
  }
  llvm::sort(changes);
  int64_t taken = 0, most = 0;
  for (auto [when, change] : changes)
    most = std::max(most, taken += change);
  return most;
}

int64_t placeStretches(llvm::MutableArrayRef<Stretch> stretches) {
  llvm::SmallVector<size_t> order(stretches.size());
  std::iota(order.begin(), order.end(), 0);
  // In the order of time what was used last is used again, while it lies in a cache.
  int64_t bytes = place(stretches, order);
  const int64_t most = mostAtOnce(stretches);
  llvm::SmallVector<Stretch> other(stretches);
  auto keepIfLess = [&](int64_t otherBytes) {
    if (otherBytes < bytes) {
      bytes = otherBytes;
      llvm::copy(other, stretches.begin());
    }
  };
  auto isCloseEnough = [&] { return (bytes - most) * allowedPart <= most; };
  auto weight = [&](size_t i, bool byTime) { return stretches[i].bytes * (byTime ? stretches[i].until - stretches[i].from + 1 : 1); };
  for (bool byTime : {false, true}) {
    if (isCloseEnough())
      return bytes;
    llvm::sort(order, [&](size_t a, size_t b) { return std::pair(weight(a, byTime), b) > std::pair(weight(b, byTime), a); });
    int64_t otherBytes = place(other, order);
    keepIfLess(otherBytes);
    // What lies on top comes earlier.
    for (size_t tries = std::min(mostTries, mostPairs / (order.size() * order.size())); tries > 0 && !isCloseEnough(); --tries) {
      auto top = llvm::find_if(order, [&](size_t i) { return other[i].offset + other[i].bytes == otherBytes; });
      std::rotate(order.begin() + (top - order.begin()) / 2, top, top + 1);
      otherBytes = place(other, order);
      keepIfLess(otherBytes);
    }
  }
  return bytes;
}

} // namespace tl
