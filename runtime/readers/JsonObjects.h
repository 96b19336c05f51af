// Objects of JSON lines, and the fields in them: by name, nested ones by dots.
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tl::data {

using PlaceOf = std::function<std::string()>; // of the line that is read: `FILE:LINE`

/// The object that a line is; an error of that line where it is none, or has a name twice: which value is meant is not said. `asked`: a field that one would have.
nlohmann::json parseObject(std::string_view line, const std::string &asked, const PlaceOf &place);

/// What a path leads to; null where there is nothing. A name may have dots itself.
const nlohmann::json *findField(const nlohmann::json &object, const std::string &path);

/// An error where a path leads to nothing, of the first object of a file: a name that it does not have is more likely misspelt than left out.
void requireField(const nlohmann::json &object, const std::string &path, const std::string &option, const PlaceOf &place);

/// Whether the labels of one field are all texts, all numbers or all booleans: as names, the number 1 and the text "1" would be one class, and
/// the boolean `true` and the text "true" another.
class LabelKinds {
public:
  /// An error of a value of another kind than the field had before; of anything else than the three none.
  void add(const std::string &field, const nlohmann::json &value, const PlaceOf &place);

private:
  std::map<std::string, std::string> known; // by field
};

/// "an object", "a list", "a text", "null", or the value itself
std::string kindText(const nlohmann::json &value);

} // namespace tl::data
