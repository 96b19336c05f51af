// The bytes of a script, or why they cannot be had.
#include "compiler/support/ScriptFile.h"
#include "compiler/support/Diagnostics.h"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace tl {

/// "there is no such file; did you mean `digits.tl`?"
static std::string missing(const std::string &path) {
  std::vector<std::string> others;
  std::error_code ignored;
  fs::path folder = fs::path(path).parent_path();
  for (const auto &entry : fs::directory_iterator(folder.empty() ? "." : folder, ignored))
    if (entry.path().extension() == ".tl")
      others.push_back((folder / entry.path().filename()).string());
  std::sort(others.begin(), others.end()); // Directory order differs between machines.
  std::string near = nearest(path, others);
  return "there is no such file" + (near.empty() ? "" : "; did you mean `" + near + "`?");
}

static std::optional<std::string> readOnce(const std::string &path, std::string &why) {
  int file = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    why = errno == ENOENT || errno == ENOTDIR ? missing(path)
          : errno == EACCES                   ? "reading it is not permitted"
                                              : std::strerror(errno);
    return std::nullopt;
  }
  std::string text;
  char bytes[1 << 16];
  ssize_t got;
  while ((got = read(file, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR))
    if (got > 0)
      text.append(bytes, size_t(got));
  int error = got < 0 ? errno : 0;
  if (path != "-")
    close(file);
  if (error == 0)
    return text;
  why = error == EISDIR ? "it is a folder" : std::strerror(error);
  return std::nullopt;
}

std::optional<std::string> readScriptFile(const std::string &path, std::string &why) {
  static std::optional<std::string> input; // standard input gives its text once, and a script is read for each value of a dim that it varies
  if (path != "-")
    return readOnce(path, why);
  if (!input)
    input = readOnce(path, why);
  return input;
}

std::string scriptName(const std::string &path) { return path == "-" ? "stdin" : path; }

} // namespace tl
