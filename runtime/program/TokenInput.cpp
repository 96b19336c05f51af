// Looks words up, and those that are spelt nearly so where there is none.
#include "runtime/program/TokenInput.h"
#include "runtime/io/Utf8.h"
#include "runtime/program/CommandLine.h"
#include <algorithm>

namespace tl::program {

/// Words of the vocabulary that are nearest by their spelling, of equally near ones the more frequent first.
static std::string nearWords(const abi::Field &text, const std::string &word) {
  constexpr size_t most = 3, longest = 64; // bytes of a word that may be misspelt: what is longer is compared with no other
  if (word.size() > longest)
    return "";
  std::vector<std::string> left;
  for (size_t i = 0; i < text.vocabulary.size(); ++i)
    if (!abi::isSpecial(text, int64_t(i)))
      left.push_back(text.vocabulary[i]);
  std::string list;
  for (size_t count = 0; count < most; ++count) {
    std::optional<std::string> near = suggest(word, left);
    if (!near)
      break;
    list += (list.empty() ? "; near it are `" : ", `") + *near + "`";
    std::erase(left, *near);
  }
  return list;
}

/// The first letters of a long word.
static std::string beginning(const std::string &word) {
  size_t end = std::min<size_t>(word.size(), 40);
  while (end < word.size() && (static_cast<unsigned char>(word[end]) & 0xc0) == 0x80)
    --end;
  return word.substr(0, end) + (end < word.size() ? "…" : "");
}

int32_t TokenInput::number(const std::string &name, const Answerer::Json &value) const {
  std::string kind = "`" + name + "` is a " + oneOf(text.tokens);
  if (!value.is_string())
    throw badData(kind + ", and here is `" + value.dump().substr(0, 40) + "`");
  const std::string &word = value.get_ref<const std::string &>();
  if (io::findBadUtf8(word) != std::string::npos)
    throw badData("`" + name + "` is not UTF-8");
  std::vector<int32_t> ids;
  encoder->encode(word, false, word.size() + 2, ids);
  if (ids.size() != 1)
    throw badData(kind + ", and `" + beginning(word) + "` is " + (ids.empty() ? "none" : std::to_string(ids.size()) + " " + text.tokens));
  auto unknown = text.special.find("unknown");
  if (unknown != text.special.end() && ids[0] == unknown->second)
    throw badData("`" + name + "`: the vocabulary of " + std::to_string(text.vocabulary.size() - text.special.size()) + " " + text.tokens + " has no `" + beginning(word) + "`" +
                  nearWords(text, word));
  return ids[0];
}

Answerer::Json TokenInput::word(int64_t number) const {
  return number < 0 || number >= int64_t(text.vocabulary.size()) ? Answerer::Json(nullptr) : Answerer::Json(text.vocabulary[size_t(number)]);
}

} // namespace tl::program
