// Writes rows of numbers, and finds what is where in them.
#include "runtime/readers/RecordFile.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/io/File.h"
#include <algorithm>
#include <cstring>

namespace tl::data {

// Of tokens: their count, and two numbers each for what was cut.
constexpr int64_t header = 5;
constexpr int32_t mostNarrow = 0xffff; // also in place of a token's class that has none

static bool isOfTokens(const abi::Field &field) { return !field.tokens.empty() || !field.beside.empty(); }

RecordFile::RecordFile(const std::vector<abi::Field> &fields, std::map<std::string, int32_t> padding) : fields(fields), padding(std::move(padding)) {
  const abi::Field *tokens = nullptr;
  for (const abi::Field &field : fields) {
    tokens = field.tokens.empty() ? tokens : &field;
    const std::string &of = field.lengthOf.empty() ? field.beside : field.lengthOf;
    if (!of.empty() && (!tokens || tokens->name != of))
      throw Error(exitInternal, "the field `" + field.name + "` does not follow its tokens");
    int64_t length = field.tokens.empty() ? 0 : field.shape[0];
    isNarrow &= std::max({std::ssize(field.vocabulary), length, field.classes}) < mostNarrow;
  }
}

/// Goes over the fields of the row that starts at `at`: where the numbers of each are and how many, of tokens behind their header. Returns the row's end.
template <typename Number, typename Visit> int64_t RecordFile::walk(const Number &number, int64_t at, const Visit &visit) const {
  int64_t tokens = 0;
  for (const abi::Field &field : fields) {
    int64_t count = field.lengthOf.empty() ? 1 : 0;
    if (!field.tokens.empty()) {
      tokens = number(at);
      if (tokens < 0 || tokens > field.shape[0])
        throw badRows();
      at += header;
    }
    if (isOfTokens(field))
      count = tokens;
    else
      for (int64_t size : field.shape)
        count *= size;
    count *= field.dtype == "f32" ? 2 : 1; // halves
    visit(field, at, count, tokens);
    at += count;
  }
  return at;
}

static void addHalves(uint32_t value, std::vector<int32_t> &row) {
  row.push_back(int32_t(value & 0xffff));
  row.push_back(int32_t(value >> 16));
}

void RecordFile::add(const abi::Field &field, const char *values, int64_t count, int64_t cutTokens, int64_t cutLabels, std::vector<int32_t> &row) const {
  if (!field.tokens.empty()) {
    row.push_back(int32_t(count));
    addHalves(uint32_t(cutTokens), row);
    addHalves(uint32_t(cutLabels), row);
  }
  int64_t size = !field.lengthOf.empty() ? 0 : isOfTokens(field) ? count
                                                                 : recordBytes(field) / 4;
  for (int64_t i = 0; i < size; ++i) {
    uint32_t value;
    std::memcpy(&value, values + 4 * i, 4);
    if (field.dtype == "f32")
      addHalves(value, row);
    else
      row.push_back(isNarrow && int32_t(value) == noClass ? mostNarrow : int32_t(value));
  }
}

Error RecordFile::badRows() const { return badData("`" + file.path + "` has other records than were written to it; remove it, and it is made again"); }

void RecordFile::scan(TokenFile rows, int64_t records, std::map<std::string, CutList> &cut) {
  file = std::move(rows);
  io::File opened = io::File::openRead(file.path);
  std::vector<char> block;
  int64_t from = 0; // the number that the block starts with
  auto number = [&](int64_t at) {
    constexpr int64_t most = 1 << 16;
    if (at >= file.tokens)
      throw badRows();
    if (at < from || at >= from + std::ssize(block) / file.bytesOfOne) {
      from = at;
      block.resize(size_t(std::min(most, file.tokens - at) * file.bytesOfOne));
      opened.readAt(block.data(), block.size(), from * file.bytesOfOne);
    }
    return int64_t(file.number(block, at - from));
  };
  starts.assign(1, 0);
  starts.reserve(size_t(records + 1));
  for (int64_t record = 0; record < records; ++record)
    starts.push_back(walk(number, starts.back(), [&](const abi::Field &field, int64_t at, int64_t, int64_t) {
      if (field.tokens.empty())
        return;
      if (int64_t tokens = number(at - 4) | number(at - 3) << 16)
        cut[field.name].add({record, tokens, number(at - 2) | number(at - 1) << 16});
    }));
  if (starts.back() != file.tokens)
    throw badRows();
}

Extent RecordFile::extent(int64_t record) const {
  int64_t start = starts[size_t(record)];
  return {0, start * file.bytesOfOne, (starts[size_t(record) + 1] - start) * file.bytesOfOne};
}

void RecordFile::decode(const abi::Field &wanted, std::string_view bytes, char *into) const {
  auto number = [&](int64_t at) {
    if ((at + 1) * file.bytesOfOne > std::ssize(bytes))
      throw badRows();
    return file.number(bytes, at);
  };
  walk(number, 0, [&](const abi::Field &field, int64_t at, int64_t count, int64_t tokens) {
    if (field.name != wanted.name)
      return;
    auto put = [&](int64_t i, int32_t value) { std::memcpy(into + 4 * i, &value, 4); };
    if (!field.lengthOf.empty())
      return put(0, int32_t(tokens));
    if (field.dtype == "f32") {
      for (int64_t i = 0; i < count / 2; ++i)
        put(i, int32_t(uint32_t(number(at + 2 * i)) | uint32_t(number(at + 2 * i + 1)) << 16));
      return;
    }
    bool isClass = !field.beside.empty() && field.classes > 0;
    for (int64_t i = 0; i < count; ++i)
      put(i, isNarrow && isClass && number(at + i) == mostNarrow ? noClass : number(at + i));
    auto known = padding.find(field.name);
    int32_t rest = isClass ? noClass : known == padding.end() ? 0
                                                              : known->second;
    for (int64_t i = count; i < recordBytes(field) / 4; ++i)
      put(i, rest);
  });
}

} // namespace tl::data
