// Cuts text into characters or words and numbers them.
#include "runtime/data/Tokens.h"
#include "runtime/data/Fnv.h"
#include "runtime/io/Utf8.h"
#include <algorithm>

namespace tl::data {

static bool isSpace(unsigned char c) { return c <= ' ' || c == 0x7f; }
static bool isInWord(unsigned char c, bool hasPhrases) {
  return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'' || (hasPhrases && c == '_');
}

bool Cutter::isBetween(std::string_view text, size_t at, bool hasPhrases) {
  return !isInWord(static_cast<unsigned char>(text[at - 1]), hasPhrases) || !isInWord(static_cast<unsigned char>(text[at]), hasPhrases);
}

bool Cutter::isSpaceAt(std::string_view text, size_t at) { return isSpace(static_cast<unsigned char>(text[at])); }

bool Cutter::next(std::string_view &piece) {
  if (!isWords) {
    if (at == text.size())
      return false;
    piece = text.substr(at, io::utf8Bytes(static_cast<unsigned char>(text[at])));
    at += piece.size();
    return true;
  }
  bool endsLine = false;
  for (; at < text.size() && isSpaceAt(text, at); ++at)
    endsLine |= marksLines && text[at] == '\n';
  if (endsLine) {
    piece = {};
    return true;
  }
  if (at == text.size())
    return false;
  size_t from = at++;
  if (isInWord(static_cast<unsigned char>(text[from]), hasPhrases))
    while (at < text.size() && isInWord(static_cast<unsigned char>(text[at]), hasPhrases))
      ++at;
  lowered.assign(text.substr(from, at - from));
  for (char &c : lowered)
    if (c >= 'A' && c <= 'Z')
      c = char(c - 'A' + 'a');
  piece = lowered;
  return true;
}

void PieceCounter::add(std::string_view piece, int64_t times) {
  key.assign(piece); // which keeps its memory: no allocation for a piece that is known
  counts[key] += times;
}

void PieceCounter::addAll(std::string_view text, const std::string &kind) {
  Cutter cutter(text, kind);
  for (std::string_view piece; cutter.next(piece);)
    add(piece);
}

std::vector<std::string> PieceCounter::vocabulary(int64_t most, int64_t least, std::vector<int64_t> *into) const {
  std::vector<std::pair<int64_t, std::string_view>> order;
  for (const auto &[piece, count] : counts)
    order.emplace_back(-count, piece);
  std::sort(order.begin(), order.end());
  std::vector<std::string> entries(std::begin(specialTokens), std::end(specialTokens));
  std::vector<int64_t> found(entries.size());
  for (const auto &[negative, piece] : order)
    if ((most == 0 || int64_t(entries.size()) < most) && -negative >= least) {
      entries.emplace_back(piece);
      found.push_back(-negative);
    } else {
      found[unknownToken] -= negative;
    }
  if (into)
    *into = std::move(found);
  return entries;
}

Vocabulary::Vocabulary(const std::vector<std::string> &entries) {
  for (size_t i = size_t(specialCount); i < entries.size(); ++i)
    numbers.emplace(entries[i], int32_t(i));
}

int32_t Vocabulary::number(std::string_view piece) const {
  auto it = numbers.find(piece);
  return it == numbers.end() ? unknownToken : it->second;
}

std::string vocabularyDigest(const std::vector<std::string> &entries) {
  uint64_t digest = fnvStart;
  for (const std::string &entry : entries)
    digest = fnv(std::string_view("\0", 1), fnv(entry, digest));
  return hexOf(digest);
}

} // namespace tl::data
