// Finds added tokens from left to right, the longest where several start.
#include "runtime/tokenizers/AddedTokens.h"
#include "runtime/tokenizers/Classes.h"
#include <algorithm>

namespace tl::tokenizers {

AddedTokens::AddedTokens(const Spec &list, const Entries &entries, const Normalizer *normalizer) {
  if (list.isNull())
    return;
  for (const Spec &spec : list.list()) {
    AddedToken token;
    token.content = spec["content"].string();
    int32_t known = entries.find(token.content);
    token.id = int32_t(spec["id"].integer(0, INT32_MAX - 1));
    if (known >= 0 && known != token.id)
      throw spec["id"].wrong("is " + std::to_string(token.id) + ", and the model's number of `" + token.content.substr(0, 40) + "` is " +
                             std::to_string(known));
    token.isWord = spec.boolean("single_word", false);
    token.takesLeft = spec.boolean("lstrip", false);
    token.takesRight = spec.boolean("rstrip", false);
    token.isSpecial = spec.boolean("special", false);
    token.isNormalized = spec.boolean("normalized", !token.isSpecial);
    if (token.content.empty())
      continue;
    token.decoded = token.content;
    if (token.isNormalized && normalizer) {
      Text content;
      content.bytes = token.content;
      normalizer->apply(content);
      token.decoded = content.bytes;
    }
    if (!token.decoded.empty())
      (token.isNormalized ? normalized : raw).add(token.decoded, int(tokens.size()));
    byId.emplace(token.id, tokens.size());
    tokens.push_back(token);
  }
  raw.sort();
  normalized.sort();
}

void AddedTokens::Finder::add(const std::string &content, int token) {
  isEmpty = false;
  byFirst[static_cast<unsigned char>(content[0])].emplace_back(content, token);
}

void AddedTokens::Finder::sort() {
  for (auto &list : byFirst)
    std::sort(list.begin(), list.end(), [](const auto &a, const auto &b) {
      return a.first.size() != b.first.size() ? a.first.size() > b.first.size() : a.second < b.second;
    });
}

int AddedTokens::Finder::longestAt(std::string_view text, size_t at, size_t &bytes) const {
  for (const auto &[content, token] : byFirst[static_cast<unsigned char>(text[at])])
    if (text.substr(at).starts_with(content)) {
      bytes = content.size();
      return token;
    }
  return -1;
}

const AddedToken *AddedTokens::find(int32_t id) const {
  auto known = byId.find(id);
  return known == byId.end() ? nullptr : &tokens[known->second];
}

static bool isWordBefore(std::string_view text, size_t at) {
  size_t last = at > 0 ? io::codeBefore(text, at) : 0;
  return at > 0 && is(io::nextCode(text, last), Word);
}
static bool isWordAt(std::string_view text, size_t at) { return at < text.size() && is(io::nextCode(text, at), Word); }

void AddedTokens::cut(std::string_view text, bool isNormalized, std::vector<Piece> &into) const {
  const Finder &finder = isNormalized ? normalized : raw;
  auto emit = [&](size_t from, size_t to, int32_t id) {
    if (from < to)
      into.push_back({{uint32_t(from), uint32_t(to)}, id, uint32_t(from)});
  };
  size_t start = 0;
  for (size_t at = 0; !finder.isEmpty && at < text.size();) {
    size_t bytes = 0;
    int found = finder.longestAt(text, at, bytes);
    if (found < 0) {
      ++at;
      continue;
    }
    const AddedToken &token = tokens[size_t(found)];
    size_t from = at, to = at + bytes;
    at = to;
    if (token.isWord && (isWordBefore(text, from) || isWordAt(text, to)))
      continue;
    while (token.takesLeft && from > start) {
      size_t last = io::codeBefore(text, from), next = last;
      if (!is(io::nextCode(text, next), Space))
        break;
      from = last;
    }
    for (size_t next = to; token.takesRight && to < text.size() && is(io::nextCode(text, next), Space);)
      to = next;
    emit(start, from, -1);
    emit(from, to, token.id);
    start = to;
    at = std::max(at, to);
  }
  emit(start, text.size(), -1);
}

} // namespace tl::tokenizers
