// Fills blocks, and runs what is made of them.
#include "runtime/readers/RecordBlocks.h"
#include "runtime/io/Threads.h"
#include <atomic>
#include <exception>

namespace tl::data {

void RecordBlock::add(int64_t number, const RecordCells &record) {
  if (ends.empty())
    first = number;
  cells = record.cells.size();
  for (std::string_view cell : record.cells)
    ends.push_back((text += cell).size());
}

void RecordBlock::clear() {
  text.clear();
  ends.clear();
}

void RecordBlock::each(const Take &take) const {
  std::vector<std::string_view> own(cells);
  for (size_t i = 0, from = 0; i < ends.size(); from = ends[i++]) {
    own[i % cells] = std::string_view(text).substr(from, ends[i] - from);
    if ((i + 1) % cells == 0)
      take(first + int64_t(i / cells), own);
  }
}

void RecordBlocks::add(int64_t number, const RecordCells &record) {
  blocks[open].add(number, record);
  if (blocks[open].bytes() < blockBytes)
    return;
  ++open;
  if (open == blocks.size())
    finish();
}

void RecordBlocks::finish() {
  size_t count = 0;
  while (count < blocks.size() && !blocks[count].isEmpty())
    ++count;
  std::vector<std::exception_ptr> problems(count);
  std::atomic<size_t> next = 0;
  io::onThreads(int(count), [&] {
    for (size_t i; (i = next++) < count;)
      try {
        make(i, blocks[i]);
      } catch (...) {
        problems[i] = std::current_exception();
      }
  });
  for (RecordBlock &block : blocks)
    block.clear();
  open = 0;
  for (size_t i = 0; i < count; ++i)
    problems[i] ? std::rethrow_exception(problems[i]) : take(i);
}

} // namespace tl::data
