// Objects of JSON lines, and the fields in them: by name, nested ones by dots.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tl::data {

using PlaceOf = std::function<std::string()>; // of the line that is read: `FILE:LINE`

/// The object that a line is; an error of that line where it is none. `asked`: a field that one would have.
nlohmann::json parseObject(std::string_view line, const std::string &asked, const PlaceOf &place);

/// What a path leads to; null where there is nothing. A name may have dots itself.
const nlohmann::json *findField(const nlohmann::json &object, const std::string &path);

/// An error where a path leads to nothing, of the first object of a file: a name that it does not have is more likely misspelt than left out.
void requireField(const nlohmann::json &object, const std::string &path, const std::string &option, const PlaceOf &place);

/// "an object", "a list", "a text", "null", or the value itself
std::string kindText(const nlohmann::json &value);

} // namespace tl::data
