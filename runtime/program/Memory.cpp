// Arenas for compiled code, and what the process holds and may still take.
#include "runtime/program/Memory.h"
#include "runtime/io/Error.h"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace tl::program {

static constexpr int64_t pageBytes = 4096, hugePageBytes = 2 << 20;

static int64_t roundUp(int64_t bytes, int64_t to) { return (bytes + to - 1) / to * to; }

// Where each part starts, and the end. A step of 64 · 5 bytes beyond the page keeps parts from sharing cache sets.
static std::vector<int64_t> layOut(const std::vector<int64_t> &partBytes, int64_t &end) {
  std::vector<int64_t> offsets;
  end = 0;
  for (int64_t bytes : partBytes) {
    int64_t offset = roundUp(end, pageBytes) + int64_t(offsets.size()) * 320;
    offsets.push_back(offset);
    end = offset + bytes;
  }
  return offsets;
}

// From four huge pages on, rounding up to whole ones is cheap.
static int64_t mappedBytes(int64_t end) { return roundUp(end, end >= 4 * hugePageBytes ? hugePageBytes : pageBytes); }

int64_t Arena::bytes(const std::vector<int64_t> &partBytes) {
  int64_t end = 0;
  layOut(partBytes, end);
  return mappedBytes(end);
}

Arena::Arena(const std::vector<int64_t> &partBytes) {
  int64_t end = 0;
  offsets = layOut(partBytes, end);
  mapped = mappedBytes(end);
  if (mapped == 0)
    return;
  bool isHuge = mapped >= 4 * hugePageBytes;
  int64_t reserve = mapped + (isHuge ? hugePageBytes : 0);
  void *place = mmap(nullptr, reserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED)
    throw Error(1, "cannot reserve " + std::to_string(mapped >> 20) + " MiB of memory: " + std::strerror(errno));
  char *begin = static_cast<char *>(place);
  memory = begin;
  if (isHuge) {
    memory += roundUp(int64_t(begin), hugePageBytes) - int64_t(begin);
    if (memory > begin)
      munmap(begin, memory - begin);
    munmap(memory + mapped, begin + reserve - (memory + mapped));
    madvise(memory, mapped, MADV_HUGEPAGE);
  }
  for (int64_t at = 0; at < mapped; at += pageBytes)
    static_cast<volatile char *>(memory)[at] = 0;
}

Arena::~Arena() {
  if (memory)
    munmap(memory, mapped);
}

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
