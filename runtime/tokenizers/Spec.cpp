// Values of a JSON file and the errors about them.
#include "runtime/tokenizers/Spec.h"
#include "runtime/io/JsonProblem.h"
#include <algorithm>

namespace tl::tokenizers {

static int nestingOf(const std::string &text) {
  int depth = 0, most = 0;
  bool isInString = false;
  for (size_t i = 0; i < text.size(); ++i)
    if (isInString && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      isInString = !isInString;
    else if (!isInString && (text[i] == '[' || text[i] == '{'))
      most = std::max(most, ++depth);
    else if (!isInString && (text[i] == ']' || text[i] == '}'))
      --depth;
  return most;
}

nlohmann::json parseJson(const std::string &text, const std::string &file) {
  if (int nesting = nestingOf(text); nesting > mostNested) // what writes a value into an error calls itself for each level
    throw badData("`" + file + "` has values that stand " + std::to_string(nesting) + " deep in each other, expected at most " + std::to_string(mostNested));
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception &problem) {
    throw badData("`" + file + "` is no JSON: " + io::jsonProblem(problem));
  }
}

Error Spec::wrong(const std::string &problem) const {
  return badData("`" + file + "`: " + (place.empty() ? "the file" : "`" + place + "`") + " " + problem);
}

Error Spec::unknown(const std::string &what, const std::vector<std::string> &known) const {
  std::string names;
  for (const std::string &name : known)
    names += (names.empty() ? "" : ", ") + name;
  std::string word = isString() ? string() : value->dump().substr(0, 40);
  return wrong("is `" + word.substr(0, 60) + "`, which is no " + what + " that is known here: " + names);
}

void Spec::expected(const std::string &what) const {
  std::string shown = value->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  throw wrong("is `" + (shown.size() > 40 ? shown.substr(0, 40) + "…" : shown) + "`, expected " + what);
}

Spec Spec::operator[](const std::string &name) const {
  if (!value->is_object())
    expected("an object");
  auto it = value->find(name);
  if (it == value->end())
    throw wrong("has no `" + name + "`");
  return Spec(*it, file, place.empty() ? name : place + "." + name);
}

std::vector<Spec> Spec::list() const {
  if (!value->is_array())
    expected("a list");
  std::vector<Spec> all;
  for (size_t i = 0; i < value->size(); ++i)
    all.push_back(inside(i));
  return all;
}

std::string Spec::string() const {
  if (!value->is_string())
    expected("a text");
  return value->get<std::string>();
}

bool Spec::boolean() const {
  if (!value->is_boolean())
    expected("true or false");
  return value->get<bool>();
}

int64_t Spec::integer(int64_t least, int64_t most) const {
  bool fits = value->is_number_integer() && !(value->is_number_unsigned() && value->get<uint64_t>() > uint64_t(INT64_MAX));
  if (!fits || value->get<int64_t>() < least || value->get<int64_t>() > most)
    expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return value->get<int64_t>();
}

double Spec::number() const {
  if (!value->is_number())
    expected("a number");
  return value->get<double>();
}

} // namespace tl::tokenizers
