// What the fuzzers of the readers share: files that live in memory, and what a reader may do with them.
#pragma once
#include "runtime/io/Error.h"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most); // libFuzzer's own changes to bytes

namespace tl::fuzz {

/// Ends the process: a fault was found.
[[noreturn]] void finding(const std::string &text);

/// A new folder of a file system in memory, gone with the process.
const std::string &memoryFolder();

/// A file there whose bytes each execution replaces; only this process sees it. Lives as long as the process.
class MemoryFile {
public:
  explicit MemoryFile(const std::string &name);
  MemoryFile(const MemoryFile &) = delete;
  const std::string path;
  std::string bytes;
};

/// Runs `read`, which must return or throw a tl::Error of exit code 3 that names `path`, and at no time hold more than
/// `most` bytes: anything else is a finding.
void answers(const std::string &path, size_t most, const std::function<void()> &read);

/// What a reader may allocate for a file: what the file declares is never trusted beyond its own size.
constexpr size_t bound(size_t fileBytes) { return 4 * fileBytes + (1 << 20); }

/// Where it is a table, of which two bytes may be a record: a number of four, and where it lies or what splits know it by, of eight.
constexpr size_t boundOfTables(size_t fileBytes) { return 6 * fileBytes + (1 << 20); }

/// Where the file has a pickle, whose values take sixteen bytes for one or two: see weights::Budget.
constexpr size_t boundOfPickles(size_t fileBytes) { return bound(fileBytes) + std::min<size_t>(16 * fileBytes, 64 << 20); }

/// The bytes as a gzip file of one stored block: cheap to make, and right in every check.
std::string stored(std::string_view bytes);

/// `piece` so many times, each with its number for `#` and the next for `$`: entries of a list, sound as often as one is.
std::string repeated(const std::string &piece, size_t times);
/// How often a byte of an input has a piece of so many bytes repeated: seldom more than a few times, and then to a megabyte.
char drawTimes(std::minstd_rand &random);
constexpr size_t timesOf(uint8_t byte, size_t pieceBytes) { return byte < 8 ? byte : byte * 4096 / (pieceBytes + 1); }
constexpr bool isLarge(char byte) { return uint8_t(byte) >= 8; }

/// A safetensors file of that header.
std::string safetensors(const std::string &header, const std::string &data);

/// An input cut into parts: `size`, two bytes little-endian, in front of each but the last, clipped to what is there.
std::vector<std::string> cut(std::string_view input, size_t parts);
std::string join(const std::vector<std::string> &parts);

/// libFuzzer's changes to one part, which grows by 64 bytes at most.
void mutatePart(std::string &part);

/// A custom mutator's frame: takes `size` bytes at `data`, lets `change` rewrite them, gives back the new size.
size_t rewrite(uint8_t *data, size_t size, size_t most, unsigned seed,
               const std::function<std::string(std::string, std::minstd_rand &)> &change);

// Inputs that are a byte that chooses options, one that says how often the text behind it stands in the file, and that text.

/// Changes such an input of a reader with that many choices; where there is no text yet, it is `first`.
size_t rewriteText(uint8_t *data, size_t size, size_t most, unsigned seed, size_t choices, const char *first);
/// The text that an input of at least three bytes stands for.
std::string textOf(const uint8_t *data, size_t size);

bool isJson(const std::string &text);

} // namespace tl::fuzz
