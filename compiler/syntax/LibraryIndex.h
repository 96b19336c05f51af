// What the standard library declares in files that a script does not use: for the messages about names it lacks.
#pragma once
#include <map>
#include <string>

namespace tl {

/// Module by declared name, "Linear" → "std.nn": the name that `use` reads all of its folder by. Files are scanned, not read: it takes
/// milliseconds, and only where something is wrong already.
const std::map<std::string, std::string> &indexOfLibrary(const std::string &folder);

/// What is said of a name that is not declared, where the library or another language has it.
struct Missing {
  std::string suggestion;  // "; did you mean `Linear`?", or ""
  std::string help;
  std::string module;      // that would have to be used; one mistake, however many of its names are
};
/// `near`: the nearest of the names that can stand there, or "".
Missing missing(const std::string &name, const std::string &near, const std::string &stdlib);

} // namespace tl
