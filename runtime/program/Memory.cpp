// What the process holds and may still take.
#include "runtime/program/Memory.h"

#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace tl::program {

// These read /proc with plain system calls: they must not themselves change what they measure.
static std::string smallFile(const char *path) {
  char text[8192];
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return "";
  ssize_t bytes = read(descriptor, text, sizeof text);
  close(descriptor);
  return bytes > 0 ? std::string(text, bytes) : "";
}

static int64_t kibibytesAt(const std::string &text, const std::string &key) {
  size_t at = text.find(key);
  return at == std::string::npos ? -1 : std::strtoll(text.c_str() + at + key.size(), nullptr, 10) * 1024;
}

int64_t residentBytes() { return kibibytesAt(smallFile("/proc/self/status"), "VmRSS:"); }
int64_t peakResidentBytes() { return kibibytesAt(smallFile("/proc/self/status"), "VmHWM:"); }

int64_t availableBytes() {
  int64_t available = kibibytesAt(smallFile("/proc/meminfo"), "MemAvailable:");
  std::string limit = smallFile("/sys/fs/cgroup/memory.max"), used = smallFile("/sys/fs/cgroup/memory.current");
  if (!limit.empty() && limit[0] != 'm' && !used.empty()) {
    int64_t left = std::strtoll(limit.c_str(), nullptr, 10) - std::strtoll(used.c_str(), nullptr, 10);
    // Page cache counts as used there but is given back on demand, so the machine's own figure is the least to expect.
    if (int64_t cache = kibibytesAt(smallFile("/sys/fs/cgroup/memory.stat"), "file "); cache > 0)
      left += cache / 1024;
    if (available < 0 || left < available)
      available = left;
  }
  return available;
}

}  // namespace tl::program
