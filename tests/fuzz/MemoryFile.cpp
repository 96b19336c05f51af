// Files that live in this process: the link (--wrap) sends the readers' calls here, and those for other files on to the
// system, which would take a quarter of the time.
#include "tests/fuzz/Harness.h"
#include <algorithm>
#include <cstring>
#include <sys/stat.h>
#include <sys/types.h>

namespace tl::fuzz {

static MemoryFile *files[8];

// What is open. Nothing is allocated for it: that would count as the reader's.
static struct {
  const MemoryFile *file;
  size_t at;
} opened[16];
static constexpr int firstDescriptor = 1 << 20; // above any of the system's

MemoryFile::MemoryFile(const std::string &name) : path(memoryFolder() + "/" + name) {
  MemoryFile **free = std::find(std::begin(files), std::end(files), nullptr);
  if (free == std::end(files))
    finding("too many files");
  *free = this;
}

static const MemoryFile *find(const char *path) {
  for (MemoryFile *file : files)
    if (file && file->path == path)
      return file;
  return nullptr;
}

/// Copies what is there of `size` bytes at `at`.
static ssize_t readAt(const MemoryFile &file, void *into, size_t size, size_t at) {
  size = std::min(size, file.bytes.size() - std::min(at, file.bytes.size()));
  if (size)
    std::memcpy(into, file.bytes.data() + at, size);
  return ssize_t(size);
}

static int describe(const MemoryFile &file, struct stat *info) {
  *info = {};
  info->st_mode = S_IFREG | 0600;
  info->st_size = off_t(file.bytes.size());
  return 0;
}

} // namespace tl::fuzz

using tl::fuzz::firstDescriptor, tl::fuzz::opened;

extern "C" {

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode) {
  const tl::fuzz::MemoryFile *file = tl::fuzz::find(path);
  if (!file)
    return __real_open(path, flags, mode);
  auto free = std::find_if(std::begin(opened), std::end(opened), [](const auto &each) { return !each.file; });
  if (free == std::end(opened))
    tl::fuzz::finding("too many files are open");
  *free = {file, 0};
  return firstDescriptor + int(free - opened);
}

int __real_close(int fd);
int __wrap_close(int fd) {
  if (fd < firstDescriptor)
    return __real_close(fd);
  opened[fd - firstDescriptor].file = nullptr;
  return 0;
}

ssize_t __real_read(int fd, void *into, size_t size);
ssize_t __wrap_read(int fd, void *into, size_t size) {
  if (fd < firstDescriptor)
    return __real_read(fd, into, size);
  auto &[file, at] = opened[fd - firstDescriptor];
  ssize_t got = tl::fuzz::readAt(*file, into, size, at);
  at += size_t(got);
  return got;
}

ssize_t __real_pread(int fd, void *into, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *into, size_t size, off_t at) {
  return fd < firstDescriptor ? __real_pread(fd, into, size, at)
                              : tl::fuzz::readAt(*opened[fd - firstDescriptor].file, into, size, size_t(at));
}

int __real_fstat(int fd, struct stat *info);
int __wrap_fstat(int fd, struct stat *info) {
  return fd < firstDescriptor ? __real_fstat(fd, info) : tl::fuzz::describe(*opened[fd - firstDescriptor].file, info);
}

int __real_stat(const char *path, struct stat *info);
int __wrap_stat(const char *path, struct stat *info) {
  const tl::fuzz::MemoryFile *file = tl::fuzz::find(path);
  return file ? tl::fuzz::describe(*file, info) : __real_stat(path, info);
}
}
