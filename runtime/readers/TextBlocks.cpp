// Reads texts in blocks and has several threads encode them.
#include "runtime/readers/TextBlocks.h"
#include "runtime/readers/TextFile.h"
#include "runtime/io/Utf8.h"
#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>

namespace tl::data {

static constexpr size_t leastRead = 8; // a byte order mark, and more than a code point

void TextBlocks::readTo(size_t bytes) {
  size_t before = rest.size();
  rest.resize(std::max(std::min(bytes, size_t(stream.mostBytes()) + 1), before + 1)); // one more, to see the end
  size_t got = stream.read(rest.data() + before, rest.size() - before);
  isEnd = before + got < rest.size();
  rest.resize(before + got);
  if (std::exchange(isStart, false) && rest.starts_with("\xEF\xBB\xBF"))
    rest.erase(0, 3);
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

uint64_t digestOfText(const std::string &path) {
  static const std::vector<std::string> none;
  std::unique_ptr<TextEncoder> anywhere = makeTextEncoder({.kind = "characters", .vocabulary = none});
  uint64_t digest = fnvStart;
  std::string block;
  for (TextBlocks blocks(path, *anywhere); blocks.next(block, usualBlock);)
    digest = fnv(block, digest);
  return digest;
}

namespace {

/// Threads take blocks in order, encode them side by side, and give their numbers in order again.
class SideBySide {
public:
  SideBySide(const std::vector<std::string> &paths, const TextEncoder &encoder, const std::function<void(std::span<const int32_t>)> &take, size_t blockBytes)
      : paths(paths), encoder(encoder), take(take), blockBytes(blockBytes) {}

  void run(int threads) {
    std::vector<std::thread> others;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); // signals stay with the thread that calls
    try {
      for (int i = 1; i < threads; ++i)
        others.emplace_back([this] { work(); });
    } catch (const std::system_error &) { // NOLINT(bugprone-empty-catch)
      // With as many as there are.
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    work();
    for (std::thread &other : others)
      other.join();
    if (failure)
      std::rethrow_exception(failure);
  }

private:
  bool nextBlock(std::string &block) {
    for (; file < paths.size(); ++file, blocks.reset()) {
      if (!blocks)
        blocks.emplace(paths[file], encoder);
      if (blocks->next(block, blockBytes))
        return true;
    }
    return false;
  }

  /// The number of the next block, or of the problem in its place, and the file that it is of; -1 where there is none.
  int64_t takeBlock(std::string &block, std::string &path, std::exception_ptr &problem) {
    std::lock_guard lock(reading);
    try {
      if (!nextBlock(block))
        return -1;
      path = paths[file];
      return taken++;
    } catch (...) {
      problem = std::current_exception();
      file = paths.size();
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
  size_t file = 0;
  std::optional<TextBlocks> blocks;
  int64_t taken = 0;

  std::mutex giving; // and these
  std::condition_variable turn;
  int64_t given = 0;
  std::exception_ptr failure;
};

constexpr int mostThreads = 4; // more than that wait for what is read and written, and each holds a block

// A block, the numbers of its tokens, and what a tokenizer makes on the way to them, for each of its bytes. Measured.
constexpr int64_t heldByByte = 24;

int usualThreads() { return std::clamp(int(std::thread::hardware_concurrency()), 1, mostThreads); }

} // namespace

void encodeTexts(const std::vector<std::string> &paths, const TextEncoder &encoder, const std::function<void(std::span<const int32_t>)> &take,
                 size_t blockBytes, int threads) {
  int64_t blocks = 1; // no more than these
  for (const std::string &path : paths)
    blocks += io::InputStream(path).mostBytes() / int64_t(blockBytes);
  SideBySide(paths, encoder, take, blockBytes).run(threads > 0 ? threads : int(std::min<int64_t>(usualThreads(), blocks)));
}

int64_t encodingBytes(int64_t textBytes, bool isCut) {
  return heldByByte * (isCut ? std::min(textBytes, usualThreads() * int64_t(usualBlock)) : textBytes);
}

} // namespace tl::data
