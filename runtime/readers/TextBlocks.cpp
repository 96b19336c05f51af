// Reads texts in blocks and has several threads encode them.
#include "runtime/readers/TextBlocks.h"
#include "runtime/readers/TextFile.h"
#include "runtime/io/Threads.h"
#include "runtime/io/Utf8.h"
#include <algorithm>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace tl::data {

static constexpr size_t leastRead = 8; // a byte order mark, and more than a code point

void TextBlocks::readTo(size_t bytes) {
  size_t before = rest.size();
  rest.resize(std::max(std::min(bytes, size_t(stream.mostBytes()) + 1), before + 1)); // one more, to see the end
  size_t got = stream.read(rest.data() + before, rest.size() - before);
  isEnd = before + got < rest.size();
  rest.resize(before + got);
  if (std::exchange(isStart, false)) {
    checkEncoding(rest, stream.path());
    if (rest.starts_with("\xEF\xBB\xBF"))
      rest.erase(0, 3);
  }
  size_t bad = io::findBadUtf8(std::string_view(rest).substr(checked));
  checked = bad == std::string::npos ? rest.size() : checked + bad;
  constexpr size_t mostOfOne = 3; // bytes of a code point, all but its last
  if (checked < rest.size() && (isEnd || checked + mostOfOne < rest.size()))
    throw notUtf8(stream.path() + ":" + std::to_string(lines + std::count(rest.begin(), rest.begin() + int64_t(checked), '\n')),
                  static_cast<unsigned char>(rest[checked]), stream.path());
}

bool TextBlocks::next(std::string &block, size_t bytes) {
  size_t cut = 0;
  for (size_t most = std::max(bytes, leastRead); !isEnd && cut == 0; most = 2 * rest.size()) {
    readTo(most);
    cut = isEnd ? 0 : encoder.lastSeam(std::string_view(rest).substr(0, checked));
  }
  cut = cut == 0 ? rest.size() : cut;
  block.swap(rest);
  rest.assign(block, cut);
  block.resize(cut);
  checked -= cut;
  lines += std::count(block.begin(), block.end(), '\n');
  return !block.empty();
}

std::unique_ptr<TextEncoder> cutAnywhere() {
  static const std::vector<std::string> none;
  return makeTextEncoder({.kind = "characters", .vocabulary = none});
}

bool TextsInBlocks::next(std::string &block, size_t bytes) {
  for (; number < paths.size(); ++number, blocks.reset()) {
    if (!blocks) {
      blocks.emplace(paths[number], encoder);
      seen = number > 0 ? fnv(std::string_view("\xff"), seen) : seen;
    }
    if (blocks->next(block, bytes)) {
      seen = fnv(block, seen);
      return true;
    }
  }
  return false;
}

using Versions = std::vector<std::pair<std::string, io::File::Version>>;

static Versions versionsOf(const std::vector<std::string> &paths) {
  Versions files;
  for (const std::string &path : paths)
    files.emplace_back(path, io::File::openRead(path).version());
  return files;
}

/// Whether who writes to one of them now gives it another version: clocks of files tick slowly.
static bool areSettled(const Versions &files) {
  constexpr int64_t tick = 1'000'000'000;
  int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  return std::all_of(files.begin(), files.end(), [&](const auto &file) { return file.second.time + tick < now; });
}

uint64_t digestOfTexts(const std::vector<std::string> &paths) {
  static std::mutex mutex;
  static std::vector<std::pair<Versions, uint64_t>> known;
  std::lock_guard lock(mutex);
  const Versions files = versionsOf(paths);
  const bool mayKnow = areSettled(files);
  auto found = std::find_if(known.begin(), known.end(), [&](const auto &each) { return each.first == files; });
  if (found != known.end())
    return found->second;
  std::unique_ptr<TextEncoder> anywhere = cutAnywhere();
  TextsInBlocks texts(paths, *anywhere);
  for (std::string block; texts.next(block);)
    continue;
  if (mayKnow && versionsOf(paths) == files)
    known.emplace_back(files, texts.digest());
  return texts.digest();
}

namespace {

/// Threads take blocks in order, encode them side by side, and give their numbers in order again.
class SideBySide {
public:
  SideBySide(const std::vector<std::string> &paths, const TextEncoder &encoder, const std::function<void(std::span<const int32_t>)> &take, size_t blockBytes)
      : paths(paths), encoder(encoder), take(take), blockBytes(blockBytes), texts(paths, encoder) {}

  /// Returns the digest of the texts.
  uint64_t run(int threads) {
    io::onThreads(threads, [this] { work(); });
    if (failure)
      std::rethrow_exception(failure);
    return texts.digest();
  }

private:
  /// The number of the next block, or of the problem in its place, and the file that it is of; -1 where there is none.
  int64_t takeBlock(std::string &block, std::string &path, std::exception_ptr &problem) {
    std::lock_guard lock(reading);
    try {
      if (isEnd || !texts.next(block, blockBytes))
        return -1;
      path = paths[texts.file()];
      return taken++;
    } catch (...) {
      problem = std::current_exception();
      isEnd = true;
      return taken++;
    }
  }

  void work() {
    std::unique_ptr<TextEncoder> own;
    std::string block, path;
    std::vector<int32_t> ids;
    std::exception_ptr problem;
    for (int64_t number; (number = takeBlock(block, path, problem)) >= 0;) {
      try {
        if (!own)
          own = encoder.copy();
        ids.clear();
        if (!problem)
          own->encode(block, false, SIZE_MAX, ids);
      } catch (const Error &error) { // such as one block that is too long
        problem = std::make_exception_ptr(Error(error.exitCode, "`" + path + "`: " + error.message));
      } catch (...) {
        problem = std::current_exception();
      }
      std::unique_lock lock(giving);
      turn.wait(lock, [&] { return given == number || failure; });
      if (failure)
        return; // of what is before this block
      try {
        problem ? std::rethrow_exception(problem) : take(ids);
      } catch (...) {
        failure = std::current_exception();
      }
      ++given;
      turn.notify_all();
      if (failure)
        return;
    }
  }

  const std::vector<std::string> &paths;
  const TextEncoder &encoder;
  const std::function<void(std::span<const int32_t>)> &take;
  size_t blockBytes;

  std::mutex reading; // for these
  TextsInBlocks texts;
  bool isEnd = false;
  int64_t taken = 0;

  std::mutex giving; // and these
  std::condition_variable turn;
  int64_t given = 0;
  std::exception_ptr failure;
};

} // namespace

// What a published tokenizer makes of each byte of a text on the way to numbers, and these. Measured.
static constexpr int64_t heldByByteOfPieces = 24;

uint64_t encodeTexts(const std::vector<std::string> &paths, const TextEncoder &encoder, const std::function<void(std::span<const int32_t>)> &take,
                     size_t blockBytes, int threads) {
  int64_t blocks = 1; // no more than these
  for (const std::string &path : paths)
    blocks += io::InputStream(path).mostBytes() / int64_t(blockBytes);
  return SideBySide(paths, encoder, take, blockBytes).run(threads > 0 ? threads : int(std::min<int64_t>(io::encodingThreads(), blocks)));
}

int64_t encodingBytes(int64_t textBytes, int64_t tokens, bool isCut, bool arePieces) {
  const int64_t block = isCut ? std::min(textBytes, int64_t(usualBlock)) : textBytes;
  const int64_t threads = isCut ? std::min<int64_t>(io::encodingThreads(), 1 + textBytes / int64_t(usualBlock)) : 1;
  const int64_t texts = std::min(textBytes, (threads + 1) * block); // what each has, and what is read
  const auto ofBlock = int64_t(double(tokens) * double(block) / double(std::max<int64_t>(textBytes, 1)));
  const int64_t numbers = int64_t(sizeof(int32_t)) * int64_t(std::bit_ceil(size_t(ofBlock))); // a list that grows is there twice
  return texts + threads * (arePieces ? heldByByteOfPieces * block : numbers);
}

} // namespace tl::data
