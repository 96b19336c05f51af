// Matches paths against patterns, and writes what was matched into another one.
#include "compiler/weights/PathPattern.h"

namespace tl {

PathPattern::PathPattern(const std::string &text) {
  for (const PathPart &part : splitPath(text)) {
    using Kind = Step::Kind;
    Kind kind = part.index >= 0     ? Kind::Index
                : part.name == "*"  ? Kind::One
                : part.name == "**" ? Kind::Any
                                    : Kind::Name;
    steps.push_back({kind, part.name, part.index});
  }
}

std::optional<Captures> PathPattern::match(const std::vector<PathPart> &path) const {
  Captures captures;
  std::vector<bool> isHopeless((path.size() + 1) * (steps.size() + 1), false);
  if (!match(path, 0, 0, captures, isHopeless))
    return std::nullopt;
  return captures;
}

bool PathPattern::match(const std::vector<PathPart> &path, size_t at, size_t step, Captures &captures,
                        std::vector<bool> &isHopeless) const {
  if (step == steps.size())
    return at == path.size();
  size_t state = at * steps.size() + step;
  if (isHopeless[state])  // many `**` meet the same rest of a path again and again
    return false;
  isHopeless[state] = true;  // unless it matches, and then nobody asks again
  const Step &pattern = steps[step];
  Captures before = captures;
  if (pattern.kind == Step::Kind::Any) {
    for (size_t next = at; next <= path.size(); ++next) {
      captures.manys.push_back(joinPath({path.begin() + int64_t(at), path.begin() + int64_t(next)}));
      if (match(path, next, step + 1, captures, isHopeless))
        return true;
      captures = before;
    }
    return false;
  }
  if (at == path.size())
    return false;
  const PathPart &part = path[at];
  bool isIndex = pattern.kind == Step::Kind::Index || pattern.kind == Step::Kind::Variable;
  if (pattern.kind != Step::Kind::One && isIndex != (part.index >= 0))
    return false;
  if (pattern.kind == Step::Kind::Name ? part.name != pattern.name
                                       : pattern.kind == Step::Kind::Index && part.index != pattern.index)
    return false;
  if (pattern.kind == Step::Kind::Variable)
    captures.indexes[pattern.name] = part.index;
  if (pattern.kind == Step::Kind::One)
    captures.ones.push_back(joinPath({part}));
  if (match(path, at + 1, step + 1, captures, isHopeless))
    return true;
  captures = before;
  return false;
}

namespace {

/// Sums and products of whole numbers and names: `2*i + 1`.
class Formula {
public:
  Formula(const std::string &text, const Captures &captures, const std::map<std::string, int64_t> &numbers)
      : text(text), captures(captures), numbers(numbers) {}

  std::optional<int64_t> value() {
    int64_t result = sum();
    if (isWrong || peek() != 0)
      return std::nullopt;
    return result;
  }
  std::string unknown;  // a name that stands for nothing

private:
  char peek() {
    while (at < text.size() && text[at] == ' ')
      ++at;
    return at < text.size() ? text[at] : 0;
  }
  int64_t sum() {
    int64_t left = product();
    while (peek() == '+' || peek() == '-')
      left = text[at++] == '+' ? left + product() : left - product();
    return left;
  }
  int64_t product() {
    int64_t left = atom();
    while (peek() == '*') {
      ++at;
      left *= atom();
      if (left > largest || left < -largest)
        isWrong = true, left = 0;
    }
    return left;
  }
  int64_t atom() {
    std::string word;
    for (char c = peek(); std::isalnum(static_cast<unsigned char>(c)) || c == '_'; c = at < text.size() ? text[at] : 0)
      word += c, ++at;
    bool isNumber = !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
    if (isNumber && word.size() < 7)
      return std::stoll(word);
    if (auto index = captures.indexes.find(word); index != captures.indexes.end())
      return index->second;
    if (auto number = numbers.find(word); number != numbers.end())
      return number->second;
    isWrong = true;
    if (unknown.empty() && !isNumber)
      unknown = word;
    return 0;
  }

  static constexpr int64_t largest = 1'000'000'000'000;
  const std::string &text;
  const Captures &captures;
  const std::map<std::string, int64_t> &numbers;
  size_t at = 0;
  bool isWrong = false;
};

}  // namespace

Filled fillIn(const std::string &text, const Captures &captures, const RemapArguments &arguments) {
  Filled filled;
  size_t one = 0, many = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{') {
      filled.text += text[at];
      continue;
    }
    size_t end = text.find('}', at);
    std::string inside = text.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    at = end;
    if (end == std::string::npos) {
      filled.problem = "`{` is not closed";
      return filled;
    }
    if (inside == "*" || inside == "**") {
      const std::vector<std::string> &stars = inside == "*" ? captures.ones : captures.manys;
      size_t &next = inside == "*" ? one : many;
      if (next == stars.size()) {
        filled.problem = "`{" + inside + "}` has no `" + inside + "` on the left that it could stand for";
        return filled;
      }
      filled.text += stars[next++];
      continue;
    }
    if (auto given = arguments.texts.find(inside); given != arguments.texts.end()) {
      filled.text += given->second;
      continue;
    }
    Formula formula(inside, captures, arguments.numbers);
    std::optional<int64_t> value = formula.value();
    if (!value) {
      filled.problem = formula.unknown.empty() ? "`{" + inside + "}` is no sum or product of numbers and indexes"
                                               : "`" + formula.unknown + "` in `{" + inside + "}` is no index of the left side";
      return filled;
    }
    filled.text += std::to_string(*value);
  }
  return filled;
}

}  // namespace tl
