// Makes tokens, labels and digests of the cells that a reader finds.
#include "runtime/readers/TextRecords.h"
#include "runtime/readers/Cells.h"
#include "runtime/readers/Columns.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/SourceError.h"
#include "runtime/data/Split.h"
#include "runtime/readers/RecordBlocks.h"
#include "runtime/readers/TextBlocks.h"
#include "runtime/io/Threads.h"
#include "runtime/io/Units.h"
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
  const bool isTaken = name == "label" || name == abi::groupField;
  if (!isWord(name) || written.empty() || isTaken)
    throw badSource("option `texts` of source `" + source.name + "` has `" + item + "`, and " +
                    (isTaken ? "`" + name + "` is another field" : "`" + name + "` is no name that a script can use") + "; name the text by a word, `premise = " +
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

static std::string optionsOf(const abi::Source &source) {
  std::string text = source.reader;
  for (const auto &[name, value] : source.options)
    text += '\0' + name + '\0' + value;
  return text;
}

TextRecords::TextRecords(const abi::Source &source, const std::vector<std::string> &paths, std::vector<AskedCell> cells)
    : TextReader(source, textsAmong(cells)), asked(std::move(cells)), paths(paths), written(optionsOf(source)), labels(source, asked) {
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

int64_t readingBytesOfTexts(const abi::Source &source, const Reading &reading) {
  int64_t text = reading.isPacked ? reading.fileBytes : std::min<int64_t>(reading.fileBytes, 4 * usualBlock); // a packed table is held, unpacked
  if (reading.isMade)
    return std::max(text, TokenFile::checkingBytes) + source.records * int64_t(sizeof(uint64_t));
  int64_t blocks = std::min<int64_t>(reading.fileBytes, io::encodingThreads() * int64_t(RecordBlocks::blockBytes));
  int64_t ofRecord = sizeof(uint64_t), types = 0, words = 0; // of the list of digests, before it is another's
  for (const abi::Field &field : reading.fields) {
    bool isOfTokens = !field.beside.empty();
    types = isOfTokens && field.classes == 0 ? std::max(types, recordBytes(field)) : types;
    words = isOfTokens && field.classes > 0 ? recordBytes(field) : words;
  }
  if (reading.holding == Holding::Whole)
    ofRecord += int64_t(sizeof(int32_t)) + types + words; // and how many tokens it has
  return text + 8 * blocks + source.records * ofRecord;   // of a block: its cells, and what becomes of them
}

bool TextRecords::hasTexts(const RecordCells &record) const {
  for (size_t text = 0; text < facts.texts.size(); ++text) {
    if (!encoders[text]->isEmpty(record.cells[text]))
      continue;
    if (!leavesOut)
      throw badData(record.place() + ": " + asked[text].place + " has no text; give one, remove the record, or leave out all that have none by `empty = skip`");
    return false;
  }
  return true;
}

/// Of the cells as they are written: what is a vocabulary's number now may be another's later.
uint64_t TextRecords::digestOfRecord(const RecordCells &record) const {
  uint64_t digest = fnv(record.cells[0]);
  for (size_t i = 1; i < record.cells.size(); ++i)
    digest = fnv(record.cells[i], fnv(std::string_view("\t"), digest));
  return record.cells.size() > 1 ? digest : fnv(std::string_view("\t"), digest);
}

void TextRecords::survey() {
  read([&](const RecordCells &record) {
    if (!hasTexts(record)) {
      ++facts.leftOut;
      return true;
    }
    known.push_back(digestOfRecord(record));
    labels.add(record, facts);
    return true;
  });
  known.shrink_to_fit();
  facts.records = std::ssize(known);
  setContent(fnv({reinterpret_cast<const char *>(known.data()), known.size() * sizeof(uint64_t)})); // by which each further pass is checked, record by record
}

void TextRecords::each(const std::function<bool(int64_t, const RecordCells &)> &take) const {
  int64_t number = 0;
  bool isStopped = false;
  read([&](const RecordCells &record) {
    if (!hasTexts(record))
      return true;
    if (number == facts.records || digestOfRecord(record) != known[size_t(number)])
      throw badData(record.place() + ": the file was changed while it was read; start again");
    isStopped = !take(number++, record);
    return !isStopped;
  });
  if (!isStopped && number < facts.records)
    throw badData("`" + paths.front() + "` was changed while it was read, and has not the " + std::to_string(facts.records) + " records that it had; start again");
}

std::string TextRecords::place(const std::string &, int64_t wanted) const {
  std::string text;
  each([&](int64_t number, const RecordCells &record) {
    text = number == wanted ? record.place() : "";
    return number < wanted;
  });
  return text;
}

int64_t TextRecords::lengthOf(const abi::Source &source, const TokenField &field) const {
  bool isOwn = source.options.contains(field.name + ".length");
  return countOption(source, isOwn ? field.name + ".length" : "length", 1, lacksTexts(source) ? 1 : -1);
}

void TextRecords::describe(const abi::Source &source) {
  survey();
  if (known.empty())
    throw badData("`" + paths.front() + "` holds no records" + (facts.leftOut ? " with a text: all " + std::to_string(facts.leftOut) + " are left out" : ""));
  for (const TokenField &field : tokens) {
    int64_t length = lengthOf(source, field);
    facts.fields.push_back(fieldOf(field, length));
    facts.fields.push_back({.name = field.name + ".length", .dtype = "i32", .shape = {}, .classNames = {}, .lengthOf = field.name});
    if (!field.types.empty())
      facts.fields.push_back({.name = field.types, .dtype = "i32", .shape = {length}, .classNames = {}, .beside = field.name});
  }
  if (labels.hasWords() && (tokens.size() != 1 || tokens[0].of.size() != 1))
    throw badData("source `" + source.name + "` has a label for each word, and " + std::to_string(facts.texts.size()) + " texts; name one text");
  for (abi::Field &field : labels.describe(facts, facts.fields.front().shape[0], paths.front())) {
    if (!field.shape.empty() && field.name == "label")
      field.beside = tokens[0].name;
    facts.fields.push_back(std::move(field));
  }
  for (size_t i = 0; i < facts.fields.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (facts.fields[i].name == facts.fields[j].name)
        throw badSource("source `" + source.name + "` has two fields `" + facts.fields[i].name + "`; give one of them another name");
}

std::vector<std::string_view> TextRecords::textsOf(std::span<const std::string_view> cells, const TokenField &field, bool &areWords) const {
  std::vector<std::string_view> texts;
  for (const std::string &name : field.of)
    texts.push_back(cells[size_t(std::find(facts.texts.begin(), facts.texts.end(), name) - facts.texts.begin())]);
  areWords = std::any_of(texts.begin(), texts.end(), isList);
  if (areWords && texts.size() > 1)
    throw badData("a list of words, and `" + field.name + "` joins two texts; write them as texts");
  return areWords ? listed(texts[0]) : texts;
}

/// A number for each word.
static int64_t encodeSingly(TextEncoder &encoder, std::span<const std::string_view> words, RecordTokens &made) {
  made = {};
  for (std::string_view word : words) {
    std::vector<int32_t> ids;
    encoder.encode(word, false, 2, ids);
    made.ids.push_back(ids.size() == 1 ? ids[0] : unknownToken);
  }
  return std::ssize(words);
}

/// The tokens of a record, padded; returns how many are none.
int64_t TextRecords::encode(const abi::Field &field, TextEncoder &encoder, std::span<const std::string_view> cells, RecordTokens &made) const {
  bool areWords = false;
  std::vector<std::string_view> texts = textsOf(cells, tokensOf(field.name), areWords);
  const bool isOneWord = field.tokens == "words" && field.shape[0] == 1 && !field.hasStart; // what is several words is not the first of them
  return areSingleWords || isOneWord ? encodeSingly(encoder, texts, made) : encodeRecord(encoder, texts, areWords, field.shape[0], made);
}

/// What one of the threads has for itself.
struct TextRecords::Side {
  std::map<std::string, std::unique_ptr<TextEncoder>> encoders; // by field
  RecordTokens made;
  std::vector<CutRecord> longer;
  std::vector<int32_t> rows;
};

/// `make` gets all records, on several threads, each of a block of them; `take` gets what a thread made of its block, in the order of blocks.
void TextRecords::eachSide(const std::vector<abi::Field> &fields, const std::function<void(Side &, int64_t, const RecordCells &)> &make, const std::function<void(Side &)> &take) const {
  std::vector<Side> sides(static_cast<size_t>(io::encodingThreads()));
  for (const abi::Field &field : fields)
    if (!field.tokens.empty())
      for (Side &side : sides)
        side.encoders[field.name] = &side == &sides.front() ? encoderOf(field) : sides.front().encoders[field.name]->copy();
  auto makeOf = [&](size_t i, const RecordBlock &block) {
    block.each([&](int64_t number, std::span<const std::string_view> cells) {
      const std::function<std::string()> placeOfIt = [&] { return place("", number); };
      make(sides[i], number, {cells, placeOfIt});
    });
  };
  RecordBlocks blocks(int(sides.size()), makeOf, [&](size_t i) { take(sides[i]); });
  std::exception_ptr failure; // what is wrong before it goes first
  try {
    each([&](int64_t number, const RecordCells &record) {
      blocks.add(number, record);
      return true;
    });
  } catch (...) {
    failure = std::current_exception();
  }
  blocks.finish();
  if (failure)
    std::rethrow_exception(failure);
}

/// Runs `make`, whose errors are of a record that does not say where it is, such as one that is too long.
template <class Make> static auto at(const RecordCells &record, Make make) {
  try {
    return make();
  } catch (const Error &error) {
    throw Error(error.exitCode, record.place() + ": " + error.message);
  }
}

/// The tokens of all records, and what else is of them: it is asked for next.
void TextRecords::fillTokens(const abi::Field &field, char *into) {
  size_t length = size_t(field.shape[0]);
  filled = field.name;
  lengths.assign(known.size(), 0);
  types.assign(tokensOf(field.name).types.empty() ? 0 : known.size() * length, 0);
  words.assign(labels.hasWords() ? known.size() * length : 0, 0);
  CutList &longer = cut[field.name] = {};
  auto make = [&](Side &side, int64_t number, const RecordCells &record) {
    RecordTokens &made = side.made;
    size_t from = size_t(number) * length;
    lengths[size_t(number)] = int32_t(at(record, [&] { return encode(field, *side.encoders[field.name], record.cells, made); }));
    std::memcpy(into + from * sizeof(int32_t), made.ids.data(), length * sizeof(int32_t));
    if (!types.empty())
      std::copy(made.types.begin(), made.types.end(), types.begin() + int64_t(from));
    if (!words.empty())
      std::copy(made.words.begin(), made.words.end(), words.begin() + int64_t(from));
    if (made.cutTokens > 0)
      side.longer.push_back({number, made.cutTokens, labels.hasWords() ? made.cutWords : 0});
  };
  eachSide({field}, make, [&](Side &side) {
    for (const CutRecord &record : side.longer)
      longer.add(record);
    side.longer.clear();
  });
}

void TextRecords::fill(const abi::Field &field, char *into) {
  if (!field.tokens.empty())
    return fillTokens(field, into);
  const std::string &of = field.lengthOf.empty() ? field.beside : field.lengthOf;
  if (!of.empty() && of != filled) { // the tokens were not asked for
    auto text = std::find_if(facts.fields.begin(), facts.fields.end(), [&](const abi::Field &each) { return each.name == of; });
    fillTokens(*text, std::vector<char>(known.size() * size_t(text->shape[0]) * sizeof(int32_t)).data());
  }
  if (of.empty() || field.classes > 0) {
    size_t ofRecord = words.size() / known.size();
    each([&](int64_t number, const RecordCells &record) {
      labels.write(field, record, std::span(words).subspan(size_t(number) * ofRecord, ofRecord), into);
      into += recordBytes(field);
      return true;
    });
    return;
  }
  const std::vector<int32_t> &values = field.lengthOf.empty() ? types : lengths;
  std::memcpy(into, values.data(), values.size() * sizeof(int32_t));
}

void TextRecords::eachText(const abi::Split &train, const std::string &field, const TakeText &take) const {
  const TokenField &about = tokensOf(field);
  Part part = partOf(facts.records, train);
  each([&](int64_t number, const RecordCells &record) {
    bool areWords = false;
    if (train.by == "position" ? number >= part.from && number < part.to : holds(train, known[size_t(number)]))
      for (std::string_view text : at(record, [&] { return textsOf(record.cells, about, areWords); })) {
        take(text);
        take({});
      }
    return true;
  });
}

std::string blocksOfTexts(const abi::Source &) { return ""; }

/// Rows follow from the facts of the files, from all that the source says of them, and from the numbers of tokens and classes.
static std::string nameOf(const std::string &factsDigest, const std::string &written, const std::vector<abi::Field> &fields, const abi::Tokenizer *tokenizer) {
  std::string depends = "records" + factsDigest + '\0' + written;
  for (const abi::Field &field : fields) {
    depends += '\0' + field.name + '\0' + vocabularyDigest(field.vocabulary) + vocabularyDigest(field.classNames);
    if (!field.tokens.empty())
      depends += '\0' + field.tokens + std::to_string(makeTextEncoder(field, tokenizer)->digest());
  }
  return hexOf(fnv(depends));
}

std::string nameOfRecords(const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &) {
  return nameOf(source.digest, optionsOf(source), fields, source.tokenizer.get());
}

void TextRecords::makeRows(const std::vector<abi::Field> &fields, const TokenFile::Take &take) const {
  auto make = [&](Side &side, int64_t, const RecordCells &record) {
    RecordTokens &made = side.made;
    int64_t count = 0;
    for (const abi::Field &field : fields) {
      const char *from = reinterpret_cast<const char *>(made.types.data());
      std::vector<char> values;
      if (auto encoder = side.encoders.find(field.name); encoder != side.encoders.end()) {
        count = at(record, [&] { return encode(field, *encoder->second, record.cells, made); });
        from = reinterpret_cast<const char *>(made.ids.data());
      } else if (field.lengthOf.empty() && (field.beside.empty() || field.classes > 0)) {
        values.resize(size_t(recordBytes(field)));
        labels.write(field, record, made.words, values.data());
        from = values.data();
      }
      rows->add(field, from, count, made.cutTokens, labels.hasWords() ? made.cutWords : 0, side.rows);
    }
  };
  eachSide(fields, make, [&](Side &side) {
    take(side.rows);
    side.rows.clear();
  });
}

std::vector<std::string> TextRecords::findRecords(const std::vector<abi::Field> &fields, const std::string &folder) {
  std::map<std::string, int32_t> padding;
  for (const abi::Field &field : fields)
    if (!field.tokens.empty())
      padding[field.name] = encoderOf(field)->padding();
  rows.emplace(fields, padding);
  TokenFile file = TokenFile::in(folder, nameOf(facts.digest, written, fields, tokenizer.get()), rows->most(), [&](const TokenFile::Take &take) { makeRows(fields, take); });
  said = "its " + counted(facts.records, "record") + (facts.records == 1 ? " is" : " are") + " in `" + file.path + "`, " + bytesText(file.tokens * file.bytesOfOne) + ", " + file.origin;
  rows->scan(file, facts.records, cut);
  return {file.path};
}

} // namespace tl::data
