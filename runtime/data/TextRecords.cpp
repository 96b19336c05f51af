// Makes tokens, labels and digests of the cells that a reader found.
#include "runtime/data/TextRecords.h"
#include "runtime/data/Cells.h"
#include "runtime/data/Columns.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/SourceError.h"
#include "runtime/data/Split.h"
#include <algorithm>
#include <cstring>

namespace tl::data {

static std::vector<std::string> textsAmong(const std::vector<AskedCell> &asked) {
  std::vector<std::string> names;
  for (const AskedCell &cell : asked)
    if (!cell.name.empty())
      names.push_back(cell.name);
  return names;
}

static bool isWord(const std::string &text) {
  auto isIn = [](unsigned char c) { return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'); };
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') && std::all_of(text.begin(), text.end(), isIn);
}

/// `texts = "premise, other = sentence 2"`
static AskedCell textAsked(const abi::Source &source, const std::string &item) {
  size_t equals = item.find('=');
  std::string name = item.substr(0, item.find_last_not_of(' ', equals == std::string::npos ? equals : equals - 1) + 1);
  std::string written = equals == std::string::npos ? item : itemsOf(item.substr(equals + 1)).front();
  if (!isWord(name) || written.empty() || name == "label")
    throw badSource("option `texts` of source `" + source.name + "` has `" + item + "`, and " +
                    (name == "label" ? "`label` is another field" : "`" + name + "` is no name that a script can use") + "; name the text by a word, `premise = " +
                    (written.empty() ? "0" : written) + "`")
        .inOption("texts");
  return {"texts", written, name};
}

std::vector<AskedCell> TextRecords::askedBy(const abi::Source &source, const std::string &text) {
  std::vector<AskedCell> asked;
  std::string several = option(source, "texts");
  if (several.empty())
    asked.push_back({"text", option(source, "text", text), "text"});
  else if (source.options.contains("text"))
    throw badSource("source `" + source.name + "` has `text` and `texts`; name all its texts in `texts`").inOption("text");
  else
    for (const std::string &item : itemsOf(several)) {
      asked.push_back(textAsked(source, item));
      for (size_t i = 0; i + 1 < asked.size(); ++i)
        if (asked[i].name == asked.back().name || asked[i].written == asked.back().written)
          throw badSource("option `texts` of source `" + source.name + "` names `" + item + "` twice").inOption("texts");
    }
  for (const char *predicted : {"label", "target", "labels"})
    if (std::string written = option(source, predicted); source.options.contains(predicted) && std::string(predicted) == "label")
      asked.push_back({predicted, written, ""});
    else if (source.options.contains(predicted))
      for (const std::string &item : itemsOf(written))
        asked.push_back({predicted, item, ""});
  return asked;
}

TextRecords::TextRecords(const abi::Source &source, const std::vector<std::string> &paths, std::vector<AskedCell> cells)
    : TextReader(source, textsAmong(cells)), asked(std::move(cells)), files(paths.begin(), paths.end()),
      labels(source, asked, {[this] { return std::ssize(records); }, [this](size_t record, size_t number) { return cell(records[record], number); },
                     [this](size_t record) { return placeOf(records[record]); }}) {
  std::vector<uint64_t> ofFiles;
  for (const TextFile &file : files)
    ofFiles.push_back(fnv(file.text));
  setContent(ofFiles);
  std::string empty = option(source, "empty");
  leavesOut = empty == "skip";
  if (!empty.empty() && !leavesOut)
    throw badSource("option `empty` is `" + empty + "`, expected `skip`, which leaves out the records without a text").inOption("empty");
  for (const std::string &text : facts.texts)
    for (const TokenField &field : tokens)
      if (encoders.size() < facts.texts.size() && std::find(field.of.begin(), field.of.end(), text) != field.of.end()) {
        encoders.push_back(counting(field));
        break;
      }
}

int64_t readingBytesOfTexts(const abi::Source &source, const std::vector<abi::Field> &, int64_t fileBytes, bool) {
  int64_t cells = std::ssize(TextRecords::askedBy(source, "0"));
  return fileBytes + source.records * (3 + 2 * cells) * int64_t(sizeof(int64_t));
}

int64_t readingBytesOfCopies(const abi::Source &source, const std::vector<abi::Field> &fields, int64_t fileBytes, bool isPacked) {
  return fileBytes + readingBytesOfTexts(source, fields, fileBytes, isPacked);
}

bool TextRecords::hasTexts(const Record &record) const {
  for (size_t text = 0; text < facts.texts.size(); ++text) {
    if (!encoders[text]->isEmpty(cell(record, text)))
      continue;
    if (!leavesOut)
      throw badData(placeOf(record) + ": " + asked[text].place + " has no text; give one, remove the record, or leave out all that have none by `empty = skip`");
    return false;
  }
  return true;
}

void TextRecords::add(size_t file, size_t at, const std::vector<std::string_view> &found) {
  Record record{file, at, cells.size()};
  cells.insert(cells.end(), found.begin(), found.end());
  if (!hasTexts(record)) {
    cells.resize(record.firstCell);
    ++facts.leftOut;
    return;
  }
  records.push_back(record);
}

void TextRecords::describe(const abi::Source &source) {
  if (records.empty())
    throw badData("`" + files.front().path + "` holds no records" + (facts.leftOut ? " with a text: all " + std::to_string(facts.leftOut) + " are left out" : ""));
  facts.records = int64_t(records.size());
  for (const TokenField &field : tokens) {
    bool isOwn = source.options.contains(field.name + ".length");
    int64_t length = countOption(source, isOwn ? field.name + ".length" : "length", 1, lacksTexts(source) ? 1 : -1);
    facts.fields.push_back(fieldOf(field, length));
    facts.fields.push_back({.name = field.name + ".length", .dtype = "i32", .shape = {}, .classNames = {}, .lengthOf = field.name});
    if (!field.types.empty())
      facts.fields.push_back({.name = field.types, .dtype = "i32", .shape = {length}, .classNames = {}, .beside = field.name});
  }
  if (labels.hasWords() && (tokens.size() != 1 || tokens[0].of.size() != 1))
    throw badData("source `" + source.name + "` has a label for each word, and " + std::to_string(facts.texts.size()) + " texts; name one text");
  for (abi::Field &field : labels.describe(facts, facts.fields.front().shape[0])) {
    if (!field.shape.empty() && field.name == "label")
      field.beside = tokens[0].name;
    facts.fields.push_back(std::move(field));
  }
  for (size_t i = 0; i < facts.fields.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (facts.fields[i].name == facts.fields[j].name)
        throw badSource("source `" + source.name + "` has two fields `" + facts.fields[i].name + "`; give one of them another name");
}

std::vector<std::string_view> TextRecords::textsOf(const Record &record, const TokenField &field, bool &areWords) const {
  std::vector<std::string_view> texts;
  for (const std::string &name : field.of)
    texts.push_back(cell(record, size_t(std::find(facts.texts.begin(), facts.texts.end(), name) - facts.texts.begin())));
  areWords = std::any_of(texts.begin(), texts.end(), isList);
  if (areWords && texts.size() > 1)
    throw badData(placeOf(record) + ": a list of words, and `" + field.name + "` joins two texts; write them as texts");
  return areWords ? listed(texts[0]) : texts;
}

/// The tokens of all records, and what else is of them: it is asked for next.
void TextRecords::fillTokens(const abi::Field &field, char *into) {
  const TokenField &about = tokensOf(field.name);
  std::unique_ptr<TextEncoder> encoder = encoderOf(field);
  RecordTokens made;
  filled = field.name;
  for (std::vector<int32_t> *list : {&lengths, &types, &words})
    list->clear();
  std::vector<CutRecord> &longer = cut[field.name];
  longer.clear();
  for (const Record &record : records) {
    bool areWords = false;
    std::vector<std::string_view> texts = textsOf(record, about, areWords);
    lengths.push_back(int32_t(encodeRecord(*encoder, texts, areWords, field.shape[0], made)));
    if (made.cutTokens > 0)
      longer.push_back({std::ssize(lengths) - 1, made.cutTokens, labels.hasWords() ? made.cutWords : 0});
    std::memcpy(into, made.ids.data(), made.ids.size() * sizeof(int32_t));
    into += made.ids.size() * sizeof(int32_t);
    if (!about.types.empty())
      types.insert(types.end(), made.types.begin(), made.types.end());
    if (labels.hasWords())
      words.insert(words.end(), made.words.begin(), made.words.end());
  }
}

void TextRecords::fill(const abi::Field &field, char *into) {
  if (!field.tokens.empty())
    return fillTokens(field, into);
  const std::string &of = field.lengthOf.empty() ? field.beside : field.lengthOf;
  if (!of.empty() && of != filled) { // the tokens were not asked for
    auto text = std::find_if(facts.fields.begin(), facts.fields.end(), [&](const abi::Field &each) { return each.name == of; });
    fillTokens(*text, std::vector<char>(records.size() * size_t(text->shape[0]) * sizeof(int32_t)).data());
  }
  if (of.empty() || field.classes > 0)
    return labels.fill(field, words, into);
  const std::vector<int32_t> &values = field.lengthOf.empty() ? types : lengths;
  std::memcpy(into, values.data(), values.size() * sizeof(int32_t));
}

/// Of the cells as they are written: what is a vocabulary's number now may be another's later.
std::vector<uint64_t> TextRecords::digests() const {
  std::vector<uint64_t> all;
  for (const Record &record : records) {
    uint64_t digest = fnv(cell(record, 0));
    for (size_t i = 1; i < asked.size(); ++i)
      digest = fnv(cell(record, i), fnv(std::string_view("\t"), digest));
    all.push_back(asked.size() > 1 ? digest : fnv(std::string_view("\t"), digest));
  }
  return all;
}

void TextRecords::eachText(const abi::Split &train, const std::string &field, const TakeText &take) const {
  std::vector<uint64_t> all = digests();
  const TokenField &about = tokensOf(field);
  Part part = partOf(facts.records, train);
  for (size_t i = 0; i < records.size(); ++i) {
    bool areWords = false;
    if (train.by == "position" ? int64_t(i) >= part.from && int64_t(i) < part.to : holds(train, all[i]))
      for (std::string_view text : textsOf(records[i], about, areWords))
        take(text);
  }
}

} // namespace tl::data
