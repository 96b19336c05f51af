// The opcodes of pickles that make values. Nothing is called and nothing imported; what is said of lengths is held against the file.
#include "runtime/weights/Pickle.h"
#include <algorithm>

namespace tl::weights {

static constexpr int64_t cellBytes = 2 * sizeof(Pickle::Value); // a vector that grows holds twice its items

void Pickle::refuse(const std::string &text) const {
  throw badData("`" + file.path() + "`: byte " + std::to_string(position()) + " of the file, in a pickle: " + text);
}

/// Makes so many bytes be there behind `at`.
void Pickle::need(size_t bytes) {
  if (bytes <= held.size() - at)
    return;
  if (bytes > size_t(end - begin) - at)
    refuse("it is truncated: " + std::to_string(bytes) + " bytes are wanted, " + std::to_string(size_t(end - begin) - at) + " are there; fetch it again");
  size_t before = held.size(), most = std::max({at + bytes, before + (1 << 14), before + before / 2});
  size_t after = std::min(most, size_t(end - begin));
  budget.spend(int64_t(after - before));
  held.reserve(after);
  held.resize(after);
  file.readAt(held.data() + before, after - before, begin + int64_t(before));
}

std::string_view Pickle::take(size_t bytes) {
  need(bytes);
  at += bytes;
  return {held.data() + at - bytes, bytes};
}

uint64_t Pickle::number(size_t bytes) {
  uint64_t value = 0;
  std::string_view taken = take(bytes);
  for (size_t i = bytes; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(taken[i]);
  return value;
}

std::string_view Pickle::line() {
  constexpr size_t most = 1000;
  size_t start = at;
  while (take(1)[0] != '\n')
    if (at - start > most)
      refuse("a name has more than " + std::to_string(most) + " bytes");
  return {held.data() + start, at - start - 1};
}

void Pickle::push(Value value) {
  if (stack.size() == highest) {
    budget.spend(sizeof(Value));
    ++highest;
  }
  stack.push_back(value);
}

Pickle::Value Pickle::pop() {
  if (stack.size() == floor())
    refuse("a value is wanted that was never made: it is damaged; fetch it again");
  Value value = stack.back();
  stack.pop_back();
  return value;
}

void Pickle::pushText(Kind kind, uint64_t bytes) {
  if (bytes > UINT32_MAX)
    refuse("a text of " + std::to_string(bytes) + " bytes, expected less than 4 GiB");
  take(size_t(bytes));
  push({kind, uint32_t(bytes), int64_t(at - bytes)});
}

/// Of so many bytes, little-endian, the last of which has the sign.
void Pickle::pushWhole(uint64_t bytes) {
  if (bytes > 8)
    return pushText(Kind::Digits, bytes);
  uint64_t value = number(size_t(bytes));
  if (bytes > 0 && bytes < 8 && value >> (8 * bytes - 1))
    value |= ~uint64_t{0} << (8 * bytes);
  push({Kind::Whole, 0, int64_t(value)});
}

/// Where the values begin that the last mark is in front of.
size_t Pickle::mark() {
  if (marks.empty())
    refuse("a mark is wanted that was never set: it is damaged; fetch it again");
  size_t from = marks.back();
  marks.pop_back();
  return from;
}

void Pickle::makeTuple(size_t from) {
  size_t count = stack.size() - from;
  budget.spend(int64_t(count * sizeof(Value)));
  Value tuple{Kind::Tuple, uint32_t(count), int64_t(items.size())};
  items.insert(items.end(), stack.begin() + ptrdiff_t(from), stack.end());
  stack.resize(from);
  push(tuple);
}

Pickle::Value Pickle::newContainer(Kind kind) {
  budget.spend(sizeof(decltype(containers)::value_type));
  containers.emplace_back();
  return {kind, 0, int64_t(containers.size()) - 1};
}

void Pickle::append(Value container, Value value) {
  budget.spend(cellBytes);
  containers[size_t(container.number)].push_back(value);
}

/// Takes the values from there on into the container below them.
void Pickle::appendFrom(size_t from, Kind kind) {
  if (from <= floor() || stack[from - 1].kind != kind || (kind == Kind::Dict && (stack.size() - from) % 2))
    refuse("items without a container: it is damaged; fetch it again");
  budget.spend(int64_t(stack.size() - from) * cellBytes);
  std::vector<Value> &container = containers[size_t(stack[from - 1].number)];
  container.insert(container.end(), stack.begin() + ptrdiff_t(from), stack.end()); // at once: no place for more than they are
  stack.resize(from);
}

void Pickle::makeContainer(Kind kind, size_t from) {
  push({}); // below the items
  std::rotate(stack.begin() + ptrdiff_t(from), stack.end() - 1, stack.end());
  stack[from] = newContainer(kind);
  appendFrom(from + 1, kind);
}

void Pickle::remember(uint64_t index) {
  if (stack.empty() || index > at) // each byte remembers one value at most
    refuse("value " + std::to_string(index) + " to remember, which is more than there are: it is damaged; fetch it again");
  if (index >= memo.size()) {
    budget.spend(int64_t((index + 1 - memo.size()) * sizeof(Value)));
    memo.resize(size_t(index) + 1);
  }
  memo[size_t(index)] = stack.back();
}

void Pickle::recall(uint64_t index) {
  if (index >= memo.size())
    refuse("value " + std::to_string(index) + " is wanted, of " + std::to_string(memo.size()) + " remembered ones: it is damaged; fetch it again");
  push(memo[size_t(index)]);
}

void Pickle::make() {
  Value arguments = pop(), callable = pop();
  if (callable.kind != Kind::Global || arguments.kind != Kind::Tuple)
    refuse("what is no function is called: it is damaged; fetch it again");
  push(made(callable, arguments));
}

/// What objects have besides their items (the versions of modules) is left out.
void Pickle::build() {
  pop();
  Value object = pop();
  if (object.kind != Kind::Dict && object.kind != Kind::Tensor)
    refuse("attributes of what has none: it is damaged; fetch it again");
  push(object);
}

void Pickle::pushGlobal(std::string_view module, std::string_view name) {
  push(global(std::string(module) + "." + std::string(name)));
}

/// The opcodes that numbers and texts follow; false for another one.
bool Pickle::takeData(uint8_t code) {
  switch (code) {
  case 'J': return push({Kind::Whole, 0, int32_t(number(4))}), true;
  case 'K': return push({Kind::Whole, 0, int64_t(number(1))}), true;
  case 'M': return push({Kind::Whole, 0, int64_t(number(2))}), true;
  case 0x8a: return pushWhole(number(1)), true;
  case 0x8b: return pushWhole(number(4)), true;
  case 'G': return take(8), push({Kind::Other, 0, 0}), true;
  case 'U':  // Python 2 wrote its texts so
  case 0x8c: return pushText(Kind::Text, number(1)), true;
  case 'T':
  case 'X': return pushText(Kind::Text, number(4)), true;
  case 0x8d: return pushText(Kind::Text, number(8)), true;
  case 'C': return pushText(Kind::Other, number(1)), true;
  case 'B': return pushText(Kind::Other, number(4)), true;
  case 0x8e:
  case 0x96: return pushText(Kind::Other, number(8)), true;
  case 'h': return recall(number(1)), true;
  case 'j': return recall(number(4)), true;
  case 'q': return remember(number(1)), true;
  case 'r': return remember(number(4)), true;
  case 0x94: return remember(memo.size()), true;
  case 0x95: return number(8), true; // a frame: how much to read at once
  default: return false;
  }
}

/// The opcodes that make values of those before; false for another one.
bool Pickle::takeShape(uint8_t code) {
  switch (code) {
  case 'N': return push({}), true;
  case 0x88:
  case 0x89: return push({Kind::Flag, 0, code == 0x88}), true;
  case ')': return makeTuple(stack.size()), true;
  case 't': return makeTuple(mark()), true;
  case 0x85:
  case 0x86:
  case 0x87: {
    size_t from = stack.size();
    for (int i = 0x85; i <= code; ++i, --from)
      if (from == floor())
        refuse("a tuple of more values than there are: it is damaged; fetch it again");
    return makeTuple(from), true;
  }
  case '}': return push(newContainer(Kind::Dict)), true;
  case ']':
  case 0x8f: return push(newContainer(Kind::List)), true; // a set, too
  case 'd': return makeContainer(Kind::Dict, mark()), true;
  case 'l': return makeContainer(Kind::List, mark()), true;
  case 'a': return appendFrom(stack.size() - std::min<size_t>(stack.size(), 1), Kind::List), true;
  case 's': return appendFrom(stack.size() - std::min<size_t>(stack.size(), 2), Kind::Dict), true;
  case 'e':
  case 0x90: return appendFrom(mark(), Kind::List), true;
  case 'u': return appendFrom(mark(), Kind::Dict), true;
  case 'b': return build(), true;
  case 'R':
  case 0x81: return make(), true;
  case 'Q': return push(persistent(pop())), true;
  default: return false;
  }
}

Pickle::Value Pickle::run() {
  stack.clear();
  marks.clear();
  memo.clear();
  for (;;) {
    uint8_t code = uint8_t(number(1));
    if (code == '.') {
      Value value = pop();
      return value;
    }
    if (code == 0x80) {
      if (uint64_t protocol = number(1); protocol > 5)
        refuse("a pickle of protocol " + std::to_string(protocol) + ", expected at most 5; write it with `pickle_protocol=2`");
    } else if (code == '(') {
      if (marks.size() == highestMarks) {
        budget.spend(2 * sizeof marks[0]);
        ++highestMarks;
      }
      marks.push_back(stack.size());
    } else if (code == 'c') {
      std::string module(line());
      pushGlobal(module, line());
    } else if (code == 0x93) {
      Value name = pop(), module = pop();
      if (name.kind != Kind::Text || module.kind != Kind::Text || name.size + uint64_t{module.size} > 1000)
        refuse("a name that is no text, or too long: it is damaged; fetch it again");
      pushGlobal(text(module), text(name));
    } else if (!takeData(code) && !takeShape(code)) {
      refuse("the opcode " + std::to_string(code) + ", which no file of weights needs; write it again with `torch.save`");
    }
  }
}

} // namespace tl::weights
