// The bytes of a script, or why they cannot be had.
#pragma once
#include <optional>
#include <string>

namespace tl {

/// `-` is standard input. Where there is no text, `why` says so in the reader's words: missing, a folder, not permitted.
std::optional<std::string> readScriptFile(const std::string &path, std::string &why);
/// The name that messages and programs know a script by: its path, "stdin" for `-`.
std::string scriptName(const std::string &path);

} // namespace tl
