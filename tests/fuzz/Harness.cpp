// The bound on allocation counts live bytes through the sanitizer's hooks.
#include "tests/fuzz/Harness.h"
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sanitizer/allocator_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>
#include <zlib.h>

/// Speed before detail: a finding is run again with ASAN_OPTIONS that tell more.
extern "C" const char *__asan_default_options() {
  return "detect_leaks=0:quarantine_size_mb=1:max_malloc_fill_size=0:max_free_fill_size=0:allocator_release_to_os_interval_ms=-1:malloc_context_size=0";
}

namespace tl::fuzz {

void finding(const std::string &text) {
  std::fprintf(stderr, "FINDING: %s\n", text.c_str());
  __sanitizer_print_stack_trace();
  std::abort();
}

namespace {

std::atomic<size_t> live = 0; // of all threads
size_t mostLive = 0;
bool isCounting = false;

void allocated(const volatile void *, size_t bytes) {
  if (!isCounting)
    return;
  if ((live += bytes) <= mostLive)
    return;
  isCounting = false; // the words below are allocated too
  finding("holds " + std::to_string(live) + " bytes, at most " + std::to_string(mostLive) + " are its due");
}

void freed(const volatile void *block) {
  if (!isCounting || !block)
    return;
  size_t bytes = __sanitizer_get_allocated_size(const_cast<const void *>(block));
  live -= std::min(live.load(), bytes); // what was there before counting began
}

} // namespace

const std::string &memoryFolder() {
  static const struct Folder {
    std::string path;
    Folder() {
      char name[] = "/dev/shm/tl-fuzz-XXXXXX", other[] = "/tmp/tl-fuzz-XXXXXX";
      const char *made = ::mkdtemp(name) ? name : ::mkdtemp(other);
      if (!made)
        finding("cannot make a folder for files in memory");
      path = made;
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  } folder;
  return folder.path;
}

void answers(const std::string &path, size_t most, const std::function<void()> &read) {
  static const int isInstalled = __sanitizer_install_malloc_and_free_hooks(allocated, freed);
  if (!isInstalled)
    finding("the allocator has no hooks");
  live = 0;
  mostLive = most;
  isCounting = true;
  try {
    read();
    isCounting = false;
  } catch (const Error &error) {
    isCounting = false;
    if (error.exitCode != exitBadData)
      finding("a bad file ends with exit code " + std::to_string(error.exitCode) + ": " + error.message);
    if (error.message.find(path) == std::string::npos)
      finding("this does not name the file: " + error.message);
  }
}

std::string stored(std::string_view bytes) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  auto append = [&](uint32_t value, int count) {
    for (int i = 0; i < count; ++i)
      out += char(value >> (8 * i));
  };
  size_t at = 0;
  do {
    size_t size = std::min<size_t>(bytes.size() - at, 0xffff);
    out += char(at + size == bytes.size()); // the last block?
    append(uint32_t(size), 2);
    append(uint32_t(~size), 2);
    out += bytes.substr(at, size);
    at += size;
  } while (at < bytes.size());
  append(uint32_t(crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size())), 4);
  append(uint32_t(bytes.size()), 4);
  return out;
}

std::string repeated(const std::string &piece, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i)
    for (char c : piece)
      if (c == '#' || c == '$')
        all += std::to_string(i + (c == '$'));
      else
        all += c;
  return all;
}

char drawTimes(std::minstd_rand &random) {
  return char(random() % 8192 == 0 ? 8 + random() % 248
              : random() % 8 == 0  ? random() % 8
                                   : 0);
}

std::string safetensors(const std::string &header, const std::string &data) {
  std::string length;
  for (int i = 0; i < 8; ++i)
    length += char(header.size() >> (8 * i));
  return length + header + data;
}

std::vector<std::string> cut(std::string_view input, size_t parts) {
  std::vector<std::string> list;
  while (list.size() + 1 < parts) {
    size_t size = input.size() < 2 ? 0 : uint8_t(input[0]) | uint8_t(input[1]) << 8;
    input.remove_prefix(std::min<size_t>(2, input.size()));
    list.emplace_back(input.substr(0, size));
    input.remove_prefix(list.back().size());
  }
  list.emplace_back(input);
  return list;
}

std::string join(const std::vector<std::string> &parts) {
  std::string input;
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    size_t size = std::min<size_t>(parts[i].size(), 0xffff);
    input += {char(size), char(size >> 8)};
    input += parts[i].substr(0, size);
  }
  return input + parts.back();
}

void mutatePart(std::string &part) {
  size_t size = part.size();
  part.resize(size + 64);
  part.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t *>(part.data()), size, part.size()));
}

size_t rewrite(uint8_t *data, size_t size, size_t most, unsigned seed,
               const std::function<std::string(std::string, std::minstd_rand &)> &change) {
  std::minstd_rand random(seed);
  std::string changed = change(std::string(reinterpret_cast<char *>(data), size), random);
  changed.resize(std::min(changed.size(), most));
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}

size_t rewriteText(uint8_t *data, size_t size, size_t most, unsigned seed, size_t choices, const char *first) {
  return rewrite(data, size, most, seed, [&](std::string input, std::minstd_rand &random) {
    std::string front = input.substr(0, 2), text = input.size() > 2 ? input.substr(2) : first;
    front.resize(2);
    if (random() % 8 == 0)
      front[0] = char(random() % choices + (random() % 4 == 0 ? 128 : 0));
    front[1] = char(random() % 4096 == 0 ? 255
                    : random() % 16 == 0 ? random() % 8
                                         : 0);
    mutatePart(text);
    return front + text;
  });
}

std::string textOf(const uint8_t *data, size_t size) {
  std::string text, piece(reinterpret_cast<const char *>(data) + 2, size - 2);
  for (size_t times = data[1] < 8 ? 1 : data[1] * 16; times > 0; --times) // 255: to over a megabyte
    text += piece;
  return text;
}

} // namespace tl::fuzz
