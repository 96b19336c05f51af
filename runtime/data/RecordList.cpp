// Marks of records, and how the one at a place is found among them.
#include "runtime/data/RecordList.h"
#include <algorithm>
#include <bit>

namespace tl::data {

/// Behind all that are there.
void RecordList::Marks::add(int64_t record) {
  const auto word = size_t(record / 64);
  while (words.size() <= word) {
    if (words.size() % size_t(wordsInBlock) == 0)
      before.push_back(count);
    words.push_back(0);
  }
  words[word] |= uint64_t{1} << record % 64;
  ++count;
}

int64_t RecordList::Marks::at(int64_t place) const {
  const auto block = std::upper_bound(before.begin(), before.end(), place) - before.begin() - 1;
  int64_t left = place - before[size_t(block)];
  auto word = size_t(block * wordsInBlock);
  for (int marked; (marked = std::popcount(words[word])) <= left; ++word)
    left -= marked;
  uint64_t bits = words[word];
  int64_t record = int64_t(word) * 64;
  for (int half : {32, 16, 8})
    if (int low = std::popcount(bits & ((uint64_t{1} << half) - 1)); low <= left) {
      left -= low;
      bits >>= half;
      record += half;
    }
  for (; left > 0; --left)
    bits &= bits - 1;
  return record + std::countr_zero(bits);
}

/// There must be one.
int64_t RecordList::Marks::after(int64_t record) const {
  auto word = size_t(record / 64);
  uint64_t bits = words[word] & ~uint64_t{0} << record % 64;
  for (bits &= bits - 1; bits == 0;)
    bits = words[++word];
  return int64_t(word) * 64 + std::countr_zero(bits);
}

RecordList::RecordList(Marks &&given) : count(given.count) {
  given.words.shrink_to_fit();
  given.before.shrink_to_fit();
  marks = std::make_shared<const Marks>(std::move(given));
}

RecordList::RecordList(const std::vector<int64_t> &ascending) {
  Marks all;
  for (int64_t record : ascending)
    all.add(record);
  *this = RecordList(std::move(all));
}

RecordList RecordList::range(int64_t first, int64_t count, int64_t step) {
  RecordList list;
  list.first = first;
  list.count = count;
  list.step = step;
  return list;
}

bool RecordList::contains(int64_t record) const {
  if (marks)
    return record >= 0 && record / 64 < std::ssize(marks->words) && (marks->words[size_t(record / 64)] >> record % 64 & 1);
  return record >= first && (record - first) % step == 0 && (record - first) / step < count;
}

bool RecordList::operator==(const RecordList &other) const { return count == other.count && std::equal(begin(), end(), other.begin()); }

} // namespace tl::data
