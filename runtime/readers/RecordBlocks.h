// Records that go to several threads in blocks: what is read is read once and in order, and what is made of it is taken in that order.
#pragma once
#include "runtime/readers/RecordLabels.h"
#include <string>

namespace tl::data {

/// Records that follow each other, with copies of their cells.
class RecordBlock {
public:
  void add(int64_t number, const RecordCells &record);
  void clear();
  size_t bytes() const { return text.size(); }
  bool isEmpty() const { return ends.empty(); }
  using Take = std::function<void(int64_t number, std::span<const std::string_view> cells)>;
  void each(const Take &take) const;

private:
  int64_t first = 0; // number
  size_t cells = 0;  // of a record
  std::string text;
  std::vector<size_t> ends; // of each cell
};

class RecordBlocks {
public:
  static constexpr size_t blockBytes = 1 << 17;
  /// `make(i, block)` is called for several blocks at once, each with another `i` below `threads`; then `take(i)` for each of them, in order.
  using Make = std::function<void(size_t, const RecordBlock &)>;
  using Take = std::function<void(size_t)>;
  RecordBlocks(int threads, Make make, Take take) : blocks(size_t(threads)), make(std::move(make)), take(std::move(take)) {}

  void add(int64_t number, const RecordCells &record);
  /// What is left. Where a block fails, that is thrown by `add` or here once all before it are taken.
  void finish();

private:
  std::vector<RecordBlock> blocks;
  size_t open = 0; // the block that records are added to
  Make make;
  Take take;
};

} // namespace tl::data
