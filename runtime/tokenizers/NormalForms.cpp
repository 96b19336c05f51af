// Unicode's four normal forms, as Unicode 9 knew them: what came later is left as it is, as published tokenizers do.
#include "runtime/tokenizers/Classes.h"
#include "runtime/tokenizers/Normalizer.h"
#include <algorithm>
#include <utf8proc.h>

namespace tl::tokenizers {

namespace {

struct Change {
  char32_t code;
  int64_t change; // as Rewrite counts: 0 stands for a code point of the text, 1 is one more
  uint8_t order = 0;
  size_t place = 0;
};

uint8_t orderOf(char32_t code) {
  return code < 0x300 || is(code, Late) ? 0 : uint8_t(utf8proc_get_property(utf8proc_int32_t(code))->combining_class);
}

/// Appends what `code` is made of.
void decomposeCode(char32_t code, bool isCompatible, std::vector<Change> &into) {
  constexpr int most = 32; // the longest has 18
  utf8proc_int32_t parts[most] = {utf8proc_int32_t(code)};
  utf8proc_ssize_t count = 1;
  if (code >= 0xa0 && !is(code, Late)) {
    int before = 0;
    int options = UTF8PROC_DECOMPOSE | (isCompatible ? UTF8PROC_COMPAT : 0);
    count = utf8proc_decompose_char(utf8proc_int32_t(code), parts, most, utf8proc_option_t(options), &before);
  }
  for (utf8proc_ssize_t i = 0; i < count; ++i)
    into.push_back({char32_t(parts[i]), i > 0, orderOf(char32_t(parts[i])), into.size()});
}

/// 0 where the two are not one.
char32_t compose(char32_t first, char32_t second) {
  if (second < 0x300 || second == 0x11a7) // utf8proc takes what stands in front of the last consonants of Hangul for one
    return 0;
  utf8proc_int32_t pair[2] = {utf8proc_int32_t(first), utf8proc_int32_t(second)};
  if (utf8proc_normalize_utf32(pair, 2, utf8proc_option_t(UTF8PROC_COMPOSE | UTF8PROC_STABLE)) != 1)
    return 0;
  return is(char32_t(pair[0]), Late) ? 0 : char32_t(pair[0]);
}

std::vector<Change> decomposed(std::string_view text, bool isCompatible) {
  std::vector<Change> all;
  size_t marks = 0; // the first of those that stand behind one of order 0
  auto sortMarks = [&](size_t end) {
    std::sort(all.begin() + int64_t(marks), all.begin() + int64_t(end),
              [](const Change &a, const Change &b) { return a.order != b.order ? a.order < b.order : a.place < b.place; });
  };
  for (size_t at = 0, seen = 0; at < text.size();) {
    decomposeCode(io::nextCode(text, at), isCompatible, all);
    for (; seen < all.size(); ++seen)
      if (all[seen].order == 0) {
        sortMarks(seen);
        marks = seen + 1;
      }
  }
  sortMarks(all.size());
  return all;
}

/// A base takes the marks behind it that nothing of their order or above parts from it. What it took counts as fewer.
std::vector<Change> composed(const std::vector<Change> &parts) {
  std::vector<Change> all;
  size_t base = size_t(-1);
  int lastOrder = -1; // of the marks between, -1: none
  for (const Change &part : parts) {
    bool isNext = base != size_t(-1) && lastOrder < int(part.order);
    if (char32_t one = isNext ? compose(all[base].code, part.code) : 0) {
      all[base].code = one;
      all[base].change += part.change - 1;
      continue;
    }
    if (part.order == 0) {
      base = all.size();
      lastOrder = -1;
    } else if (base != size_t(-1))
      lastOrder = part.order;
    all.push_back(part);
  }
  return all;
}

class NormalForm : public Normalizer {
public:
  NormalForm(bool isCompatible, bool isComposed) : isCompatible(isCompatible), isComposed(isComposed) {}

  void apply(Text &text) const override {
    char32_t same = isCompatible ? 0xa0 : isComposed ? 0x300
                                                     : 0xc0;
    std::string_view bytes = text.view();
    bool isSame = true;
    for (size_t at = 0; isSame && at < bytes.size();)
      isSame = io::nextCode(bytes, at) < same;
    if (isSame)
      return;
    std::vector<Change> changes = decomposed(bytes, isCompatible);
    if (isComposed)
      changes = composed(changes);
    Rewrite rewrite(text);
    for (const Change &change : changes)
      rewrite.put(change.code, change.change);
    rewrite.finish();
  }

private:
  bool isCompatible, isComposed;
};

} // namespace

std::unique_ptr<Normalizer> makeNormalForm(const std::string &name) {
  return std::make_unique<NormalForm>(name.size() == 4, name.back() == 'C');
}

void decompose(Text &text) { NormalForm(false, false).apply(text); }

} // namespace tl::tokenizers
