// Reads pickles, Python's own files of values, and executes nothing: what a value would be made by is looked up in a list, never called.
#pragma once
#include "runtime/weights/Budget.h"
#include <deque>

namespace tl::weights {

/// A machine for protocols 2 to 5, as far as they make numbers, texts, tuples, lists and dicts. What else there is the class derived from
/// this one knows by name. Values stay as long as the machine. Time and memory are bounded by the file's length.
class Pickle {
public:
  /// Of bytes `begin` to `end` of a file; those of the pickles are held.
  Pickle(const io::File &file, int64_t begin, int64_t end, Budget &budget) : budget(budget), file(file), begin(begin), end(end) {}
  virtual ~Pickle() = default;

  enum class Kind : uint8_t { None, Flag, Whole, Digits, Text, Other, Tuple, List, Dict, Global, Storage, Tensor }; // Other: a float, or bytes
  struct Value {
    Kind kind = Kind::None;
    uint32_t size = 0;  // of a Text or Digits, bytes; of a Tuple, items
    int64_t number = 0; // of the rest, which one: where its bytes or items are, its place among what is kept of its kind
  };

  /// The value of the next pickle, which begins where the last one ended.
  Value run();
  int64_t position() const { return begin + int64_t(at); } // in the file

  std::string_view text(Value value) const { return {held.data() + value.number, value.size}; } // of a whole number that is too long: its bytes
  const Value &item(Value tuple, size_t i) const { return items[size_t(tuple.number) + i]; }
  const std::vector<Value> &cells(Value container) const { return containers[size_t(container.number)]; } // of a Dict keys and values in turn
  static bool isContainer(Value value) { return value.kind == Kind::Tuple || value.kind == Kind::List || value.kind == Kind::Dict; }
  size_t sizeOf(Value container) const { return container.kind == Kind::Tuple ? container.size : cells(container).size(); }
  const Value &cell(Value container, size_t i) const { return container.kind == Kind::Tuple ? item(container, i) : cells(container)[i]; }
  [[noreturn]] void refuse(const std::string &text) const;

protected:
  /// What a name ("torch.FloatStorage") stands for; an error where it is none of those that files of weights have.
  virtual Value global(const std::string &name) = 0;
  virtual Value made(Value global, Value arguments) = 0;
  virtual Value persistent(Value id) = 0;
  Value newContainer(Kind kind);
  void append(Value container, Value value);
  Budget &budget;

private:
  void need(size_t bytes);
  std::string_view take(size_t bytes);
  uint64_t number(size_t bytes);
  std::string_view line();
  size_t floor() const { return marks.empty() ? 0 : marks.back(); } // what is below waits for the end of what was begun
  void push(Value value);
  Value pop();
  void pushText(Kind kind, uint64_t bytes);
  void pushWhole(uint64_t bytes);
  size_t mark();
  void makeTuple(size_t from);
  void makeContainer(Kind kind, size_t from);
  void appendFrom(size_t from, Kind kind);
  void remember(uint64_t index);
  void recall(uint64_t index);
  void make();
  void build();
  void pushGlobal(std::string_view module, std::string_view name);
  bool takeData(uint8_t code);
  bool takeShape(uint8_t code);

  const io::File &file;
  int64_t begin, end;
  std::string held; // from `begin`
  size_t at = 0, highest = 0, highestMarks = 0;
  std::deque<Value> stack, memo, items; // not vectors, which hold three times their values while they grow
  std::vector<size_t> marks;
  std::deque<std::vector<Value>> containers;
};

} // namespace tl::weights
