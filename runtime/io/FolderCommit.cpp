// How a folder of files appears at once: written aside, brought to disk, renamed, and the rename brought to disk.
#include "runtime/io/File.h"
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace tl::io {

static const char asideMark[] = ".tmp-", replacedMark[] = ".old-";

FolderCommit::FolderCommit(std::string path)
    : folder(std::move(path)), aside(folder + asideMark + std::to_string(::getpid())) {
  removeAll(aside); // of an earlier process with our number
  makeFolder(aside);
}

FolderCommit::~FolderCommit() {
  try {
    if (!committed)
      removeAll(aside);
  } catch (const Error &) { // NOLINT(bugprone-empty-catch)
    // The next removeLeftovers takes it; whatever made us leave is the error to report.
  }
}

void FolderCommit::add(const std::string &name, std::string_view bytes) {
  add(name, [&](File &file) { file.write(bytes); });
}

void FolderCommit::add(const std::string &name, const std::function<void(File &)> &fill) {
  const std::string path = joinPath(aside, name);
  makeFolders(parentFolder(path));
  File file = File::create(path);
  fill(file);
  file.sync();
  file.close();
  if (std::string folder = parentFolder(path); folder != aside)
    syncFolder(folder);
}

/// Puts `aside` in the place of `folder`, which exists; returns where the old one is now.
static std::string swapFolders(const std::string &aside, const std::string &folder) {
  if (::renameat2(AT_FDCWD, aside.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0)
    return aside;
  if (errno != EINVAL && errno != ENOSYS)
    throw badData("cannot replace `" + folder + "`: " + std::strerror(errno));
  // A file system that cannot swap: a kill between the two renames is mended by removeLeftovers.
  std::string replaced = folder + replacedMark + std::to_string(::getpid());
  removeAll(replaced);
  renamePath(folder, replaced);
  renamePath(aside, folder);
  return replaced;
}

void FolderCommit::commit() {
  syncFolder(aside);
  std::string old;
  if (isFolder(folder))
    old = swapFolders(aside, folder);
  else
    renamePath(aside, folder);
  committed = true;
  syncFolder(parentFolder(folder));
  if (!old.empty())
    removeAll(old); // only now: until the swap is on disk, a crash may bring the old one back
}

/// The part of `name` before `mark` and a process number, where it ends so and no such process may still need it.
static std::string ownerOfLeftover(const std::string &name, const char *mark, bool isOurs) {
  size_t at = name.rfind(mark);
  if (at == std::string::npos)
    return "";
  const char *digits = name.data() + at + std::strlen(mark), *end = name.data() + name.size();
  pid_t pid = 0;
  auto [rest, error] = std::from_chars(digits, end, pid);
  if (error != std::errc() || rest != end || pid <= 0)
    return "";
  bool running = !isOurs && pid != ::getpid() && (::kill(pid, 0) == 0 || errno == EPERM);
  return running ? "" : name.substr(0, at);
}

void removeLeftovers(const std::string &folder, bool isOurs) {
  for (const std::string &name : listFolder(folder)) {
    std::string path = joinPath(folder, name);
    std::string replaced = ownerOfLeftover(name, replacedMark, isOurs);
    if (!replaced.empty() && !isFolder(joinPath(folder, replaced)))
      renamePath(path, joinPath(folder, replaced));
    else if (!replaced.empty() || !ownerOfLeftover(name, asideMark, isOurs).empty())
      removeAll(path);
  }
}

} // namespace tl::io
