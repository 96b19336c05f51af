// Fits a vocabulary or a tokenizer on the train split of a source of text.
#include "runtime/data/Formats.h"
#include "runtime/data/Split.h"
#include "runtime/readers/Categories.h"
#include "runtime/readers/FitWords.h"
#include "runtime/readers/TextReader.h"
#include "runtime/tokenizers/Trainer.h"
#include <algorithm>

namespace tl::data {

namespace {

tokenizers::Trainer trainerOf(const TokenField &field) {
  constexpr size_t usual = 30000; // as the trainers of `tokenizers`
  return {field.kind, field.most ? size_t(field.most) : usual};
}

abi::Tokenizer fitOn(const std::vector<std::string_view> &texts, const TokenField &field) {
  tokenizers::Trainer trainer = trainerOf(field);
  for (std::string_view text : texts)
    trainer.add(text);
  return trainer.train();
}

bool isWithinCode(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

/// Texts that follow each other; places are bytes from the start of the first.
class Row {
public:
  void add(std::string_view text) {
    texts.emplace_back(text);
    size += text.size();
  }

  std::vector<std::string_view> part(size_t from, size_t to) const {
    std::vector<std::string_view> found;
    size_t start = 0;
    for (std::string_view text : texts) {
      size_t first = std::max(from, start), last = std::min(to, start + text.size());
      if (first < last)
        found.push_back(text.substr(first - start, last - first));
      start += text.size();
    }
    return found;
  }

  /// The last place up to `at` where words end whatever cuts them, else `at` itself, at the start of a code point.
  size_t seamBefore(size_t at) const {
    size_t start = 0, i = 0;
    while (i + 1 < texts.size() && at >= start + texts[i].size())
      start += texts[i++].size();
    return start + seamIn(texts[i], at - start);
  }

  size_t codeFrom(size_t at) const {
    for (std::vector<std::string_view> rest = part(at, size); !rest.empty() && isWithinCode(rest.front().front()); rest = part(at, size))
      ++at;
    return at;
  }

  size_t size = 0;

private:
  static size_t seamIn(std::string_view text, size_t at) {
    auto isLetter = [&](size_t i) { return (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z'); };
    for (size_t i = std::min(at, text.size()); i > 1 && at - i < 4096; --i)
      if (i + 1 < text.size() && (text[i] == ' ' || text[i] == '\n') && isLetter(i - 1) && isLetter(i + 1))
        return i;
    while (at > 0 && at < text.size() && isWithinCode(text[at]))
      --at;
    return std::min(at, text.size());
  }

  std::vector<std::string> texts;
};

/// A text of windows is split by its tokens, which are known only by the tokenizer that is fitted: it is fitted on the split's share of
/// characters, and on less of them until all that it was fitted on lies between the borders that its own tokens have.
abi::Tokenizer fitOnWindows(const Row &row, size_t from, size_t to, const abi::Split &split, const TokenField &field) {
  from = row.seamBefore(from);
  to = to == row.size ? to : row.seamBefore(to);
  for (;;) {
    abi::Tokenizer files = fitOn(row.part(from, to), field);
    std::unique_ptr<TextEncoder> encoder = makeTextEncoder({"pieces", false, {}, &files});
    auto tokens = [&](size_t start, size_t end) {
      std::vector<int32_t> ids;
      for (std::string_view text : row.part(start, end))
        encoder->encode(text, false, SIZE_MAX, ids);
      return int64_t(ids.size());
    };
    int64_t before = tokens(0, from), within = tokens(from, to);
    Part border = partOf(before + within + tokens(to, row.size), split);
    int64_t early = border.from - before, late = before + within - border.to;
    if ((early <= 0 && late <= 0) || from == to)
      return files;
    auto bytes = [&](int64_t count) { return count <= 0 ? 0 : std::min(size_t(double(to - from) * 1.01 * double(count) / double(within)) + 64, to - from); };
    size_t less = bytes(late), later = bytes(early);
    to = less > 0 ? std::max(row.seamBefore(to - less), from) : to;
    from = std::min(row.codeFrom(from + later), to);
  }
}

} // namespace

std::vector<std::string> fitVocabulary(const abi::Source &source, const std::string &field, const abi::Split &train, const std::string &scriptDir,
                                       std::vector<int64_t> *counts, abi::Phrases *phrases) {
  std::unique_ptr<Reader> reader = formatNamed(source.reader).open(source, scriptDir);
  TokenField about = TokenField::named(field, source, reader->facts.texts);
  if (about.kind == "categories") {
    PieceCounter counter;
    reader->eachText(train, field, [&](std::string_view entry) { counter.add(entry); });
    auto fitted = std::find_if(reader->facts.fields.begin(), reader->facts.fields.end(), [&](const abi::Field &each) { return each.name == field; });
    return categoryVocabulary(counter, fitted->columns, about.least, counts);
  }
  abi::Field made;
  fitWords(*reader, train, about, made);
  if (counts)
    *counts = std::move(made.counts);
  if (phrases)
    *phrases = std::move(made.phrases);
  return std::move(made.vocabulary);
}

abi::Tokenizer fitTokenizer(const abi::Source &source, const std::string &field, const abi::Split &train, const std::string &scriptDir) {
  std::unique_ptr<Reader> reader = formatNamed(source.reader).open(source, scriptDir);
  TokenField about = TokenField::named(field, source, reader->facts.texts);
  if (reader->facts.window == 1) {
    tokenizers::Trainer trainer = trainerOf(about);
    reader->eachText(train, field, [&](std::string_view text) { trainer.add(text); });
    return trainer.train();
  }
  abi::Split before = train, whole = train;
  before.from = whole.from = 0, before.to = train.from, whole.to = 1;
  Row row;
  reader->eachText(whole, field, [&](std::string_view text) { row.add(text); });
  size_t early = 0, within = 0;
  reader->eachText(before, field, [&](std::string_view text) { early += text.size(); });
  reader->eachText(train, field, [&](std::string_view text) { within += text.size(); });
  return fitOnWindows(row, early, early + within, train, about);
}

} // namespace tl::data
