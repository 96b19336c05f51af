// The system calls behind io::File: each return checked, EINTR and short counts continued.
#include "runtime/io/File.h"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tl::io {

[[noreturn]] static void fail(const std::string &doing, const std::string &path, int error) {
  throw badData("cannot " + doing + " `" + path + "`: " + std::strerror(error));
}

static int openOrFail(const std::string &path, int flags, const char *doing) {
  int fd;
  do
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  while (fd < 0 && errno == EINTR);
  if (fd < 0)
    fail(doing, path, errno);
  return fd;
}

static mode_t kindOf(const std::string &path);

/// A pipe would wait for whoever writes to it, a device may give bytes for ever, and neither has a size or can be read twice.
static void requirePlain(const std::string &path) {
  mode_t kind = kindOf(path);
  if (kind == 0 || kind == S_IFREG || kind == S_IFDIR)
    return;
  throw badData("`" + path + "` is " + (kind == S_IFIFO ? "a pipe" : kind == S_IFSOCK ? "a socket"
                                                                                      : "a device") +
                " and no file, and only files can be read here; write what it gives into one, or take it away");
}

File File::openRead(const std::string &path) {
  requirePlain(path);
  return File(openOrFail(path, O_RDONLY, "open"), path);
}
File File::create(const std::string &path) {
  return File(openOrFail(path, O_WRONLY | O_CREAT | O_TRUNC, "create"), path);
}
File File::openAppend(const std::string &path) {
  return File(openOrFail(path, O_WRONLY | O_CREAT | O_APPEND, "open for appending"), path);
}

File::File(File &&other) noexcept : fd(std::exchange(other.fd, -1)), name(std::move(other.name)) {}
File &File::operator=(File &&other) noexcept {
  std::swap(fd, other.fd);
  std::swap(name, other.name);
  return *this;
}
File::~File() {
  if (fd >= 0)
    ::close(fd);
}

size_t File::read(char *into, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    ssize_t got = ::read(fd, into + done, bytes - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      fail("read", name, errno);
    if (got == 0)
      break;
    done += size_t(got);
  }
  return done;
}

void File::readAt(char *into, size_t bytes, int64_t offset) const {
  size_t done = 0;
  while (done < bytes) {
    ssize_t got = ::pread(fd, into + done, bytes - done, offset + int64_t(done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      fail("read", name, errno);
    if (got == 0)
      throw badData("cannot read `" + name + "`: it ends " + std::to_string(bytes - done) + " bytes too early");
    done += size_t(got);
  }
}

void File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      fail("write", name, errno);
    bytes.remove_prefix(size_t(put));
  }
}

static bool isProcessSyncing = true;

void setSyncing(bool isSyncing) { isProcessSyncing = isSyncing; }
bool isSyncing() { return isProcessSyncing; }

void File::sync() {
  if (!isProcessSyncing)
    return;
  int result;
  do
    result = ::fsync(fd);
  while (result != 0 && errno == EINTR);
  if (result != 0)
    fail("bring to disk (fsync)", name, errno);
}

void File::truncate(int64_t bytes) {
  int result;
  do
    result = ::ftruncate(fd, bytes);
  while (result != 0 && errno == EINTR);
  if (result != 0)
    fail("truncate", name, errno);
}

void File::close() {
  // After EINTR, Linux has closed the descriptor: a second close could hit someone else's.
  if (::close(std::exchange(fd, -1)) != 0 && errno != EINTR)
    fail("close", name, errno);
}

File::Version File::version() const {
  struct stat info;
  if (::fstat(fd, &info) != 0)
    fail("look at", name, errno);
  return {info.st_size, info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

int64_t File::size() const { return version().bytes; }

bool File::lock() { return ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

std::string readWhole(const std::string &path) {
  File file = File::openRead(path);
  std::string bytes;
  // Not sized by fstat alone: a file of /proc says 0.
  size_t chunk = size_t(std::max<int64_t>(file.size() + 1, 4096));
  for (;;) {
    size_t before = bytes.size();
    bytes.resize(before + chunk);
    size_t got = file.read(bytes.data() + before, chunk);
    bytes.resize(before + got);
    if (got < chunk)
      return bytes;
  }
}

void writeWhole(const std::string &path, std::string_view bytes) {
  File file = File::create(path);
  file.write(bytes);
  file.sync();
  file.close();
}

void replaceFile(const std::string &path, std::string_view bytes) {
  std::string aside = path + ".tmp-" + std::to_string(::getpid());
  try {
    writeWhole(aside, bytes);
    renamePath(aside, path);
  } catch (...) {
    ::unlink(aside.c_str());
    throw;
  }
  syncFolder(parentFolder(path));
}

/// S_IFREG, S_IFDIR, …, or 0 where there is nothing.
static mode_t kindOf(const std::string &path) {
  struct stat info;
  int result;
  do
    result = ::stat(path.c_str(), &info);
  while (result != 0 && errno == EINTR);
  if (result != 0 && errno != ENOENT && errno != ENOTDIR)
    fail("look at", path, errno);
  return result == 0 ? info.st_mode & S_IFMT : 0;
}

bool isFile(const std::string &path) { return kindOf(path) == S_IFREG; }
bool isFolder(const std::string &path) { return kindOf(path) == S_IFDIR; }
bool isThere(const std::string &path) { return kindOf(path) != 0; }

void makeFolder(const std::string &path) {
  if (::mkdir(path.c_str(), 0777) == 0)
    return;
  if (int error = errno; error != EEXIST || !isFolder(path))
    fail("make the folder", path, error == EEXIST ? ENOTDIR : error);
}

void makeFolders(const std::string &path) {
  if (isFolder(path))
    return;
  std::string parent = parentFolder(path);
  if (parent != path)
    makeFolders(parent);
  makeFolder(path);
  syncFolder(parent);
}

void syncFolder(const std::string &path) { File(File::openRead(path)).sync(); }

static void syncAll(const std::string &path) {
  if (isFolder(path))
    for (const std::string &name : listFolder(path))
      syncAll(joinPath(path, name));
  syncFolder(path); // as a file is synced
}

void syncTree(const std::string &path) {
  const bool before = std::exchange(isProcessSyncing, true);
  syncAll(path);
  syncFolder(parentFolder(path));
  isProcessSyncing = before;
}

void renamePath(const std::string &from, const std::string &to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    fail("rename `" + from + "` to", to, errno);
}

void removeAll(const std::string &path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error)
    fail("remove", path, error.value());
}

std::vector<std::string> listFolder(const std::string &path) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator it(path, error), end;
  if (error == std::errc::no_such_file_or_directory)
    return names;
  for (; !error && it != end; it.increment(error))
    names.push_back(it->path().filename().string());
  if (error)
    fail("list the folder", path, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

std::string joinPath(const std::string &folder, const std::string &name) {
  if (folder.empty() || (!name.empty() && name[0] == '/'))
    return name;
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

std::string parentFolder(const std::string &path) {
  size_t last = path.find_last_not_of('/');
  size_t slash = last == std::string::npos ? std::string::npos : path.find_last_of('/', last);
  if (slash == std::string::npos)
    return path.empty() || path[0] != '/' ? "." : "/";
  return slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace tl::io
