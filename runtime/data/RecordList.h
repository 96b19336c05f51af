// Which records of a source a split has: where they follow each other at one distance, nothing is held of them; else a bit for each record of the source.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <vector>

namespace tl::data {

/// Record numbers, ascending, each once. A copy shares what is held.
class RecordList {
public:
  RecordList() = default;
  RecordList(const std::vector<int64_t> &ascending);
  RecordList(std::initializer_list<int64_t> ascending) : RecordList(std::vector<int64_t>(ascending)) {}
  /// `first`, `first` + `step`, …, `count` of them.
  static RecordList range(int64_t first, int64_t count, int64_t step = 1);
  /// Those of the first `records` of a source for which `isIn` is so; it is asked about each once, in order.
  template <class IsIn> static RecordList of(int64_t records, IsIn isIn) { return range(0, records).keep(isIn); }
  /// Those of these for which `isKept` is so.
  template <class IsKept> RecordList keep(IsKept isKept) const {
    Marks kept;
    for (int64_t record : *this)
      if (isKept(record))
        kept.add(record);
    return kept.count == count ? *this : RecordList(std::move(kept));
  }

  size_t size() const { return size_t(count); }
  bool empty() const { return count == 0; }
  /// The one at a place, from 0.
  int64_t operator[](size_t place) const { return marks ? marks->at(int64_t(place)) : first + int64_t(place) * step; }
  bool contains(int64_t record) const;
  std::vector<int64_t> numbers() const { return {begin(), end()}; }
  bool operator==(const RecordList &other) const;

  class Iterator {
  public:
    using value_type = int64_t;
    using difference_type = int64_t;
    using pointer = const int64_t *;
    using reference = int64_t;
    using iterator_category = std::forward_iterator_tag;
    Iterator() = default;
    Iterator(const RecordList &list, int64_t place) : list(&list), place(place), record(place < list.count ? list[size_t(place)] : 0) {}
    int64_t operator*() const { return record; }
    Iterator &operator++() {
      if (++place < list->count)
        record = list->marks ? list->marks->after(record) : record + list->step;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator &other) const { return place == other.place; }

  private:
    const RecordList *list = nullptr;
    int64_t place = 0, record = 0;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, count}; }
  /// From the one at a place on.
  Iterator from(int64_t place) const { return {*this, place}; }

  /// What is held of records that are no range, of a source of so many.
  static int64_t bytes(int64_t sourceRecords) { return sourceRecords / 8 + sourceRecords / (64 * wordsInBlock) * int64_t(sizeof(int64_t)); }

private:
  static constexpr int64_t wordsInBlock = 8;
  struct Marks {
    std::vector<uint64_t> words;  // a bit for each record up to the last one
    std::vector<int64_t> before;  // of each block of words: how many are marked before it
    int64_t count = 0;
    void add(int64_t record);
    int64_t at(int64_t place) const;
    int64_t after(int64_t record) const;
  };
  RecordList(Marks &&given);
  int64_t first = 0, count = 0, step = 1;
  std::shared_ptr<const Marks> marks; // null: a range
};

} // namespace tl::data
