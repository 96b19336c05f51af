// Texts that need not fit in memory: read block by block, each of which ends where the numbers of its tokens do not depend on what follows.
#pragma once
#include "runtime/data/Fnv.h"
#include "runtime/readers/TextEncoder.h"
#include "runtime/io/Gzip.h"
#include <functional>
#include <optional>

namespace tl::data {

/// A file of text as TextFile holds it, in blocks: unpacked, checked to be UTF-8, without a byte order mark.
class TextBlocks {
public:
  TextBlocks(const std::string &path, const TextEncoder &encoder) : stream(path), encoder(encoder) {}
  /// False at the end. A block has about so many bytes; more where there is no seam.
  bool next(std::string &block, size_t bytes);

private:
  void readTo(size_t bytes);
  io::InputStream stream;
  const TextEncoder &encoder;
  std::string rest;
  size_t checked = 0; // of `rest`: whole code points
  int64_t lines = 1;  // where `rest` starts
  bool isStart = true, isEnd = false;
};

constexpr size_t usualBlock = 1 << 17; // what is made on the way to tokens is a multiple of it, for which larger ones take longer as well

/// By which a block may end at any character.
std::unique_ptr<TextEncoder> cutAnywhere();

/// The texts of files one after the other, in blocks.
class TextsInBlocks {
public:
  TextsInBlocks(const std::vector<std::string> &paths, const TextEncoder &encoder) : paths(paths), encoder(encoder) {}
  /// False at the end. No block is of two files.
  bool next(std::string &block, size_t bytes = usualBlock);
  /// Which file the last block is of.
  size_t file() const { return number; }
  /// Of all blocks so far: FNV-1a, with 0xFF, which no text has, between two files. Whoever goes through the texts once more sees by it whether they
  /// are still the same.
  uint64_t digest() const { return seen; }

private:
  const std::vector<std::string> &paths;
  const TextEncoder &encoder;
  size_t number = 0;
  std::optional<TextBlocks> blocks;
  uint64_t seen = fnvStart;
};

/// `TextsInBlocks::digest` of all, for which they are read once while nobody writes to them.
uint64_t digestOfTexts(const std::vector<std::string> &paths);

/// Gives `take` the numbers of the files' texts from front to back, some at a time, whatever threads and blocks there are. Where it fails,
/// it is with what is wrong first. Returns the digest of the texts.
uint64_t encodeTexts(const std::vector<std::string> &paths, const TextEncoder &encoder, const std::function<void(std::span<const int32_t>)> &take,
                     size_t blockBytes = usualBlock, int threads = 0);

/// Bytes that encodeTexts holds of texts with so many, and with so many tokens; all of them where they cannot be cut. `arePieces`: of a published tokenizer.
int64_t encodingBytes(int64_t textBytes, int64_t tokens, bool isCut, bool arePieces);

} // namespace tl::data
