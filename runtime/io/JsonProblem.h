// What is wrong with a JSON text, in words for a person.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace tl::io {

/// The library's message without its own name and number: "parse error at line 1, column 3: …".
inline std::string jsonProblem(const nlohmann::json::exception &problem) {
  std::string text = problem.what();
  size_t end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

} // namespace tl::io
