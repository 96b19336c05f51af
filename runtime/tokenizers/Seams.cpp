// Finds seams of a text, and what of a tokenizer has none.
#include "runtime/tokenizers/Seams.h"
#include "runtime/io/Utf8.h"
#include "runtime/tokenizers/Classes.h"
#include "runtime/tokenizers/Pattern.h"

namespace tl::tokenizers {

Seams::Seams(const Spec &file, const Normalizer *normalizer, const AddedTokens &added) : normalizer(normalizer) {
  try {
    if (file.has("normalizer"))
      readNormalizer(file["normalizer"]);
    if (!file.has("pre_tokenizer"))
      throw file.wrong("has no `pre_tokenizer` that cuts a text");
    readPreTokenizer(file["pre_tokenizer"]);
    if (!isCut)
      throw file["pre_tokenizer"].wrong("does not cut a text at white space");
    if (needsWords && hasGraphemes)
      throw file["normalizer"].wrong("is `Precompiled`, beside a `pre_tokenizer` that keeps white space");
    if (file.has("added_tokens"))
      readAdded(file["added_tokens"], added);
    if (normalized(" ") != " ")
      throw file["normalizer"].wrong("makes something else of a space");
    std::string line = normalized("\n");
    takesLines &= line == " " || line == "\n";
  } catch (const Error &error) {
    why = error.message;
  }
}

void Seams::readNormalizer(const Spec &spec) {
  std::string type = spec["type"].string();
  if (type == "Sequence") {
    for (const Spec &part : spec["normalizers"].list())
      if (!part.isNull())
        readNormalizer(part);
    return;
  }
  hasGraphemes |= type == "Precompiled";
  for (const char *local : {"BertNormalizer", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "Precompiled"})
    if (type == local)
      return;
  if (type == "Replace" && spec["pattern"].has("Regex") && spec["pattern"]["Regex"].string() == " {2,}") {
    joinsSpaces = true;
    return;
  }
  if (type == "Replace" && spec["pattern"].has("String") && spec["pattern"]["String"].string().find_first_of(" \n") == std::string::npos)
    return;
  throw spec.wrong("is `" + type + "`, by which what becomes of a place of a text depends on the rest of it");
}

/// Parts that cut a text before there are pieces must look at neighbours alone; what comes behind is given pieces that end at each seam.
void Seams::readPreTokenizer(const Spec &spec) {
  std::string type = spec["type"].string();
  if (type == "Sequence") {
    for (const Spec &part : spec["pretokenizers"].list())
      if (!part.isNull())
        readPreTokenizer(part);
    return;
  }
  takesLines &= !(type == "ByteLevel" && spec.boolean("add_prefix_space", true)) && !(type == "Metaspace" && prependScheme(spec) != "never");
  if (isCut || type == "Punctuation" || type == "Digits")
    return;
  if (type == "BertPreTokenizer" || type == "Whitespace" || type == "WhitespaceSplit") {
    isCut = true;
  } else if (type == "Metaspace" && spec.boolean("split", true)) {
    isCut = true;
    takesLines = false;
  } else if (type == "ByteLevel" && spec.boolean("use_regex", true)) {
    isCut = needsWords = true;
  } else if (type == "Split" && spec["pattern"].has("Regex") && knownExpression(spec["pattern"]["Regex"].string())) {
    std::string behavior = spec["behavior"].string();
    isCut = needsWords = behavior == "Isolated" || (behavior == "Removed" && spec.boolean("invert", false));
  }
  if (!isCut)
    throw spec.wrong("is a `" + type + "` of which it is not known that white space ends its pieces");
}

void Seams::readAdded(const Spec &spec, const AddedTokens &added) {
  for (const AddedToken &token : added.all())
    if (token.takesRight || (token.content + token.decoded).find_first_of(" \n") != std::string::npos)
      throw spec.wrong("has `" + token.content.substr(0, 40) + "`, " + (token.takesRight ? "which takes the white space behind it" : "which holds white space"));
}

std::string Seams::normalized(std::string_view text) const {
  Text made;
  made.assign(text, 0, uint32_t(text.size()));
  if (normalizer)
    normalizer->apply(made);
  return made.bytes;
}

static char32_t codeEndingAt(std::string_view text, size_t end) {
  size_t at = io::codeBefore(text, end);
  return io::nextCode(text, at);
}

/// As a grapheme, from what is not one of those that go on over the next code point.
static bool standsAlone(char32_t code) { return code < 0x80 || is(code, Ideograph); }

bool Seams::isSeam(std::string_view text, size_t at) const {
  size_t before = io::codeBefore(text, at);
  char32_t code = codeEndingAt(text, at);
  if (is(code, Space))
    return false;
  if (hasGraphemes && !(standsAlone(code) && (before == 0 || standsAlone(codeEndingAt(text, before)))))
    return false;
  if (!needsWords && !joinsSpaces)
    return true;
  std::string now = normalized(text.substr(before, at - before));
  char32_t last = now.empty() ? U' ' : codeEndingAt(now, now.size());
  return needsWords ? is(last, Letter | Number) : !is(last, Space);
}

size_t Seams::lastIn(std::string_view text) const {
  if (!why.empty())
    return 0;
  for (size_t at = text.size(); at-- > 1;)
    if ((text[at] == ' ' || (takesLines && text[at] == '\n')) && isSeam(text, at))
      return at;
  return 0;
}

// Note [Seams]
//
// A seam lies before a space, or before the end of a line where nothing is put in front of what does not start with a space. The code
// point before it is X, which is no white space. What a tokenizer does crosses no seam:
//
// - An added token is looked for byte by byte, from left to right. One that held the seam would hold the white space, and those that do
//   are refused, as are those that take the white space behind them. The white space that one takes from before it ends at X.
// - A normalizer changes code points one by one, or with the marks behind them; nothing is composed with a space or an end of line before
//   it. `Precompiled` changes graphemes, none of which goes on from X to white space where X is ASCII or an ideograph, and X is one of its
//   own where the same is before it. What replaces a text is refused where that holds white space, but where it joins spaces: then X is
//   not to become one.
// - Pre-tokenizers that drop white space (BERT's, Whitespace, WhitespaceSplit) end a piece at all of it. Metaspace starts one at each
//   space. GPT-2's expression and its relatives end a run of letters or numbers at white space, whatever follows, and none of their
//   matches holds both; what they do with white space depends on what follows, which is on the same side of the seam as all of it. After
//   a mark or a sign a relative of GPT-2's goes on with ends of lines: so X must be a letter or a number once it is normalized.
// - A space or mark that is put in front of a text is none where the text starts with a space, as the part behind a seam does.
// - A model is given pieces, one by one.
//
// A tokenizer without a pre-tokenizer gives its model all of a text, Strip and Prepend look at its ends, and what other expressions look
// at is not known.

} // namespace tl::tokenizers
