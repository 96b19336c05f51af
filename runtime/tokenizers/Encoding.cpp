// Lists of tokens, cut and padded.
#include "runtime/tokenizers/Encoding.h"
#include "runtime/tokenizers/ByteAlphabet.h"
#include "runtime/tokenizers/Classes.h"
#include <algorithm>

namespace tl::tokenizers {

void Encoding::clear() {
  for (std::vector<int32_t> *list : {&ids, &types, &words, &attention, &special})
    list->clear();
  offsets.clear();
  blanks.clear();
  cutTokens = cutWords = 0;
}

void Encoding::add(int32_t id, int32_t type, int32_t word, Span offset, Span blank, bool isSpecial) {
  ids.push_back(id);
  types.push_back(type);
  words.push_back(word);
  attention.push_back(1);
  special.push_back(isSpecial);
  if (hasOffsets)
    offsets.push_back(offset), blanks.push_back(blank);
}

void Encoding::append(const Encoding &other) {
  auto join = [](auto &list, const auto &more) { list.insert(list.end(), more.begin(), more.end()); };
  join(ids, other.ids);
  join(types, other.types);
  join(words, other.words);
  join(attention, other.attention);
  join(special, other.special);
  join(offsets, other.offsets);
  join(blanks, other.blanks);
  cutTokens += other.cutTokens;
  cutWords += other.cutWords;
}

static size_t countWords(const std::vector<int32_t> &words) {
  size_t count = 0;
  for (size_t i = 0; i < words.size(); ++i)
    count += words[i] >= 0 && (i == 0 || words[i] != words[i - 1]);
  return count;
}

void Encoding::keep(size_t count, bool atEnd) {
  if (size() <= count)
    return;
  cutTokens += size() - count;
  cutWords += countWords(words);
  auto cut = [&](auto &list) {
    if (list.size() <= count)
      return; // offsets that were not asked for
    if (atEnd)
      list.erase(list.begin(), list.end() - int64_t(count));
    else
      list.resize(count);
  };
  for (std::vector<int32_t> *list : {&ids, &types, &words, &attention, &special})
    cut(*list);
  cut(offsets);
  cut(blanks);
  cutWords -= countWords(words);
}

Span blanksOf(std::string_view token) {
  auto isBlank = [](char32_t code) { return code == lettersOfBytes()[' '] || is(code, Space); };
  Span blanks;
  for (size_t at = 0; at < token.size() && isBlank(io::nextCode(token, at));)
    ++blanks.from;
  for (size_t end = token.size(); end > 0; ++blanks.to) {
    size_t next = end = io::codeBefore(token, end);
    if (!isBlank(io::nextCode(token, next)))
      break;
  }
  return blanks;
}

static bool isLeft(const Spec &spec, const std::string &name) {
  if (!spec.has(name))
    return false;
  std::string side = spec[name].string();
  if (side != "Left" && side != "Right")
    throw spec[name].unknown("side", {"Left", "Right"});
  return side == "Left";
}

Truncation readTruncation(const Spec &spec) {
  Truncation truncation;
  truncation.most = size_t(spec["max_length"].integer(0, INT32_MAX));
  truncation.isLeft = isLeft(spec, "direction");
  std::string strategy = spec.string("strategy", "LongestFirst");
  const std::vector<std::string> known = {"LongestFirst", "OnlyFirst", "OnlySecond"};
  auto it = std::find(known.begin(), known.end(), strategy);
  if (it == known.end())
    throw spec["strategy"].unknown("strategy", known);
  truncation.strategy = Truncation::Strategy(it - known.begin());
  return truncation;
}

Padding readPadding(const Spec &spec) {
  Padding padding;
  if (spec.has("strategy") && spec["strategy"].isObject())
    padding.length = size_t(spec["strategy"]["Fixed"].integer(0, 1 << 24));
  else if (std::string word = spec.string("strategy", "BatchLongest"); word != "BatchLongest")
    throw spec["strategy"].unknown("strategy", {"BatchLongest", "{\"Fixed\": N}"});
  if (spec.has("pad_to_multiple_of"))
    padding.multipleOf = size_t(spec["pad_to_multiple_of"].integer(0, 1 << 24));
  padding.isLeft = isLeft(spec, "direction");
  padding.id = spec.has("pad_id") ? int32_t(spec["pad_id"].integer(0, INT32_MAX)) : 0;
  padding.type = spec.has("pad_type_id") ? int32_t(spec["pad_type_id"].integer(0, INT32_MAX)) : 0;
  return padding;
}

/// The lengths of two that are `most` together, the longer one cut first.
static std::pair<size_t, size_t> shares(size_t first, size_t second, size_t most) {
  size_t least = std::min(first, second), other = least > most ? least : std::max(least, most - least);
  if (least + other > most)
    least = most / 2, other = most - least;
  return first > second ? std::pair(other, least) : std::pair(least, other);
}

void truncate(std::vector<Encoding> &parts, const Truncation &truncation, size_t added) {
  if (truncation.most < added)
    throw badData("the tokenizer cuts to " + std::to_string(truncation.most) + " tokens, and adds " + std::to_string(added) + " special ones to each text");
  size_t most = truncation.most - added, total = 0;
  for (const Encoding &part : parts)
    total += part.size();
  if (total <= most)
    return;
  auto keep = [&](size_t part, size_t count) { parts[part].keep(count, truncation.isLeft); };
  if (most == 0) {
    for (size_t i = 0; i < parts.size(); ++i)
      keep(i, 0);
    return;
  }
  if (truncation.strategy == Truncation::Strategy::LongestFirst) {
    auto [first, second] = parts.size() == 2 ? shares(parts[0].size(), parts[1].size(), most) : std::pair(most, size_t(0));
    keep(0, first);
    if (parts.size() == 2)
      keep(1, second);
    return;
  }
  size_t target = truncation.strategy == Truncation::Strategy::OnlySecond;
  if (target >= parts.size())
    throw badData("the tokenizer cuts the second of two texts, and was given one");
  if (parts[target].size() <= total - most)
    throw badData("the tokenizer cuts only the " + std::string(target ? "second" : "first") + " text, whose " + std::to_string(parts[target].size()) +
                  " tokens are not more than the " + std::to_string(total - most) + " that are too many");
  keep(target, parts[target].size() - (total - most));
}

void pad(Encoding &encoding, const Padding &padding) {
  size_t length = padding.length ? padding.length : encoding.size();
  if (size_t of = padding.multipleOf; of > 0 && length % of)
    length += of - length % of;
  if (length <= encoding.size())
    return;
  size_t count = length - encoding.size();
  auto fill = [&](auto &list, auto value) { list.insert(padding.isLeft ? list.begin() : list.end(), count, value); };
  fill(encoding.ids, padding.id);
  fill(encoding.types, padding.type);
  fill(encoding.words, -1);
  fill(encoding.attention, 0);
  fill(encoding.special, 1);
  if (encoding.hasOffsets)
    fill(encoding.offsets, Span()), fill(encoding.blanks, Span());
}

} // namespace tl::tokenizers
