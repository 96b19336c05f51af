// Numbers the words of phrases.
#include "runtime/data/Phrases.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/Tokens.h"
#include <algorithm>

namespace tl::data {

static uint64_t pairOf(int32_t first, int32_t second) { return uint64_t(uint32_t(first)) << 32 | uint32_t(second); }

void PhraseRules::add(int32_t first, int32_t second, int32_t both) {
  Round &round = rounds.back();
  round.pairs[pairOf(first, second)] = both;
  if (round.isFirst.size() <= size_t(first))
    round.isFirst.resize(size_t(first) + 1);
  round.isFirst[size_t(first)] = true;
}

int32_t PhraseRules::both(size_t round, int32_t first, int32_t second) const {
  auto pair = rounds[round].pairs.find(pairOf(first, second));
  return pair == rounds[round].pairs.end() ? none : pair->second;
}

/// What is joined of several words meets its neighbours by the first and the last of them, whatever rounds there were before.
static uint64_t seamOf(std::string_view left, std::string_view right) {
  size_t bar = left.rfind('_');
  return fnv(right.substr(0, right.find('_')), fnv("_", fnv(left.substr(bar == std::string_view::npos ? 0 : bar + 1))));
}

PhraseWords::PhraseWords(const abi::Phrases &phrases, const std::vector<std::string> &entries) : known(fnv("phrases")) {
  for (size_t i = size_t(specialCount); i < entries.size(); ++i)
    numbers.emplace(entries[i], int32_t(i));
  int32_t next = int32_t(std::max(std::ssize(entries), specialCount));
  auto numberOf = [&](const std::string &word) {
    if (auto there = numbers.find(word); there != numbers.end())
      return there->second;
    return numbers.emplace(parts.emplace_back(word), next++).first->second;
  };
  for (const std::vector<std::string> &round : phrases) {
    rules.addRound();
    for (const std::string &pair : round) {
      size_t blank = pair.find(' ');
      std::string first = pair.substr(0, blank), second = pair.substr(blank + 1);
      seams.insert(seamOf(first, second));
      int32_t left = numberOf(first), right = numberOf(second);
      rules.add(left, right, numberOf(first + "_" + second));
      known = fnv(pair, fnv(" ", known));
    }
    known = fnv("\n", known);
  }
}

int32_t PhraseWords::number(std::string_view word) const {
  auto it = numbers.find(word);
  return it == numbers.end() ? unknownToken : it->second;
}

bool PhraseWords::mayJoin(std::string_view left, std::string_view right) const { return seams.contains(seamOf(left, right)); }

} // namespace tl::data
