// A folder for each text, with `tokens` and `about.json`, which says what it must be.
#include "runtime/readers/TokenFile.h"
#include "runtime/io/Digest.h"
#include "runtime/io/File.h"
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

namespace tl::data {

using Json = nlohmann::ordered_json;

static constexpr int layout = 1; // another one where files that are there must not be used any more
static constexpr size_t blockTokens = TokenFile::checkingBytes / (2 * sizeof(int32_t)); // as they lie there, and as they are

int32_t TokenFile::number(std::span<const char> bytes, int64_t index) const {
  if (bytesOfOne == 2) {
    uint16_t number;
    std::memcpy(&number, bytes.data() + 2 * index, 2);
    return number;
  }
  int32_t number;
  std::memcpy(&number, bytes.data() + 4 * index, 4);
  return number;
}

static std::string digestOfFile(const TokenFile &file) {
  io::File opened = io::File::openRead(file.path);
  std::vector<char> bytes(blockTokens * size_t(file.bytesOfOne));
  std::vector<int32_t> ids(blockTokens);
  io::Digest digest;
  while (size_t got = opened.read(bytes.data(), bytes.size())) {
    size_t count = got / size_t(file.bytesOfOne);
    for (size_t i = 0; i < count; ++i)
      ids[i] = file.number(bytes, int64_t(i));
    digest.add(reinterpret_cast<const char *>(ids.data()), count * sizeof(int32_t));
  }
  return digest.text();
}

/// What is wrong with what is there; "" where nothing is, and then `file` is what it says.
static std::string problemOf(const std::string &about, const std::string &key, TokenFile &file) {
  if (!io::isFile(about) || !io::isFile(file.path))
    return "a part of it is missing";
  Json said = Json::parse(io::readWhole(about), nullptr, false);
  auto is = [&](const char *name, const auto &value) { return said.is_object() && said.value(name, Json()) == Json(value); };
  if (!is("layout", layout) || !is("key", key) || !is("bytes", file.bytesOfOne) || !said["tokens"].is_number_integer() || !said["digest"].is_string())
    return "`" + about + "` is not of this text";
  file.tokens = said["tokens"];
  file.digest = said["digest"];
  if (int64_t size = io::File::openRead(file.path).size(); size / file.bytesOfOne != file.tokens || size % file.bytesOfOne)
    return "it has " + std::to_string(size) + " bytes, " + std::to_string(file.tokens) + " tokens were in it";
  std::string digest = digestOfFile(file);
  return digest == file.digest ? "" : "its digest is " + digest + ", it was " + file.digest;
}

static void write(TokenFile &made, const std::string &key, int64_t vocabulary, const std::function<void(const TokenFile::Take &)> &encode) {
  std::string folder = io::parentFolder(made.path);
  io::FolderCommit commit(folder);
  io::Digest digest;
  made.tokens = 0;
  commit.add("tokens", [&](io::File &file) {
    std::vector<uint16_t> narrow;
    encode([&](std::span<const int32_t> ids) {
      if (vocabulary > 0 && std::any_of(ids.begin(), ids.end(), [&](int32_t id) { return id < 0 || id >= vocabulary; }))
        throw Error(exitInternal, "a token has a number that is none of the vocabulary");
      std::string_view bytes(reinterpret_cast<const char *>(ids.data()), ids.size_bytes());
      digest.add(bytes.data(), bytes.size());
      made.tokens += std::ssize(ids);
      if (made.bytesOfOne == 2) {
        narrow.assign(ids.begin(), ids.end());
        bytes = {reinterpret_cast<const char *>(narrow.data()), 2 * narrow.size()};
      }
      file.write(bytes);
    });
  });
  made.digest = digest.text();
  Json about = {{"layout", layout}, {"key", key}, {"tokens", made.tokens}, {"bytes", made.bytesOfOne}, {"digest", made.digest}};
  commit.add("about.json", about.dump(2) + "\n");
  commit.commit();
}

TokenFile TokenFile::in(const std::string &folder, const std::string &key, int64_t vocabulary, const std::function<void(const Take &)> &encode) {
  io::makeFolders(folder);
  io::removeLeftovers(folder);
  TokenFile file;
  std::string own = io::joinPath(folder, key);
  file.path = io::joinPath(own, "tokens");
  file.bytesOfOne = vocabulary > 0 && vocabulary <= 1 << 16 ? 2 : 4;
  bool wasThere = io::isThere(own);
  std::string problem = wasThere ? problemOf(io::joinPath(own, "about.json"), key, file) : "";
  file.origin = problem.empty() ? wasThere ? "found" : "made" : "made again, as " + problem;
  if (!wasThere || !problem.empty())
    write(file, key, vocabulary, encode);
  return file;
}

} // namespace tl::data
