// Parses lines of JSON and finds fields in them.
#include "runtime/readers/JsonObjects.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/JsonProblem.h"
#include <set>

namespace tl::data {

using Json = nlohmann::json;

namespace {

/// What a path leads to: the field, null where there is none; and where it ends, the last object with the part of the path to it.
struct Found {
  const Json *field = nullptr, *object;
  std::string way = {}; // "review."
};

Found findIn(const Json &record, const std::string &path) {
  Found found{nullptr, &record};
  for (std::string rest = path; found.object->is_object();) {
    if (auto whole = found.object->find(rest); whole != found.object->end()) {
      found.field = &*whole;
      return found;
    }
    size_t dot = rest.find('.');
    while (dot != std::string::npos && !found.object->contains(rest.substr(0, dot)))
      dot = rest.find('.', dot + 1);
    if (dot == std::string::npos)
      return found;
    found.object = &(*found.object)[rest.substr(0, dot)];
    found.way += rest.substr(0, dot + 1);
    rest.erase(0, dot + 1);
  }
  return found;
}

std::vector<std::string> namesIn(const Json &object) {
  std::vector<std::string> names;
  for (auto entry = object.begin(); object.is_object() && entry != object.end() && names.size() < 64; ++entry)
    names.push_back(entry.key());
  return names;
}

} // namespace

std::string kindText(const Json &value) {
  return value.is_object() ? "an object" : value.is_array() ? "a list"
                                       : value.is_string()  ? "a text"
                                       : value.is_null()    ? "null"
                                                            : "`" + value.dump().substr(0, 40) + "`";
}

/// Sees each name of each object as it is parsed: the parsed one has a name once.
class Names {
public:
  bool operator()(int, Json::parse_event_t event, Json &parsed) {
    if (event == Json::parse_event_t::object_start)
      open.emplace_back();
    else if (event == Json::parse_event_t::object_end)
      open.pop_back();
    else if (event == Json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second && twice.empty())
      twice = "`" + parsed.get<std::string>() + "`";
    return true;
  }
  std::string twice; // the first that an object has again; "" where none has

private:
  std::vector<std::set<std::string>> open;
};

Json parseObject(std::string_view line, const std::string &asked, const PlaceOf &place) {
  try {
    Names names;
    Json object = Json::parse(line, std::ref(names));
    if (!names.twice.empty())
      throw badData(place() + ": the record has " + names.twice + " twice; which of its values is meant is not said, leave one");
    if (object.is_object())
      return object;
    throw badData(place() + ": here is " + kindText(object) + ", expected an object a line, {\"" + asked + "\": …}");
  } catch (const Json::exception &problem) {
    bool isList = line[line.find_first_not_of(" \t\r")] == '[';
    throw badData(place() + ": `" + std::string(line.substr(0, 40)) + "` is not JSON: " + io::jsonProblem(problem) +
                  (isList ? "; a file that is one list becomes an object a line by `jq -c '.[]'`" : ""));
  }
}

void LabelKinds::add(const std::string &field, const Json &value, const PlaceOf &place) {
  const std::string kind = value.is_string() ? "a text" : value.is_boolean() ? "a boolean"
                                                      : value.is_number()    ? "a number"
                                                                             : "";
  if (kind.empty())
    return;
  const std::string &before = known.emplace(field, kind).first->second;
  if (before != kind)
    throw badData(place() + ": `" + field + "` is " + kind + ", `" + value.dump().substr(0, 40) + "`, and " + before + " in a record before it; write all labels in one way");
}

const Json *findField(const Json &object, const std::string &path) { return findIn(object, path).field; }

void requireField(const Json &object, const std::string &path, const std::string &option, const PlaceOf &place) {
  Found found = findIn(object, path);
  if (found.field)
    return;
  std::string list, outer = found.way.empty() ? "it" : "`" + found.way.substr(0, found.way.size() - 1) + "`";
  std::vector<std::string> choices;
  for (const std::string &name : namesIn(*found.object)) {
    list += (list.empty() ? "`" : ", `") + name + "`";
    choices.push_back(found.way + name);
  }
  throw badSource(place() + ": the record has no `" + path + "`; " + outer + (list.empty() ? " is " + kindText(*found.object) : " has " + list))
      .inOption(option)
      .insteadOf(path, choices);
}

} // namespace tl::data
