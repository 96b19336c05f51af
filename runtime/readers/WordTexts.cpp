// Reads `conll`: a word a line with its label in another column, sentences apart by blank lines.
#include "runtime/readers/Cells.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/readers/TextLines.h"
#include "runtime/readers/TextRecords.h"
#include <algorithm>
#include <charconv>

namespace tl::data {

namespace {

class WordTexts : public TextRecords {
public:
  WordTexts(const abi::Source &source, const std::vector<std::string> &paths) : TextRecords(source, paths, askedBy(source, "0")) {
    for (AskedCell &cell : asked) {
      if (cell.option != "text" && cell.option != "texts" && cell.option != "label")
        throw badSource("option `" + cell.option + "` of source `" + source.name + "` is for records with one; in `conll` each word has a `label`").inOption(cell.option);
      columns.push_back(columnOf(cell));
      cell.place = "column " + cell.written;
    }
    describe(source);
  }

private:
  static int64_t columnOf(const AskedCell &cell);
  void read(const Take &take) const override;
  void addWord(const TextLines &lines, std::string_view line, std::vector<std::string> &sentence) const;

  std::vector<int64_t> columns; // below 0: from the last
};

int64_t WordTexts::columnOf(const AskedCell &cell) {
  int64_t column = 0;
  auto [end, error] = std::from_chars(cell.written.data(), cell.written.data() + cell.written.size(), column);
  if (error != std::errc() || end != cell.written.data() + cell.written.size() || std::abs(column) > 1000)
    throw badSource("`conll` has no column `" + cell.written + "`: its columns have no names; they are numbered from 0, and from the last by -1, -2, …").inOption(cell.option);
  return column;
}

void WordTexts::addWord(const TextLines &lines, std::string_view line, std::vector<std::string> &sentence) const {
  std::vector<std::string_view> cells;
  for (size_t from = 0; (from = line.find_first_not_of(" \t\r", from)) != std::string_view::npos;) {
    size_t end = std::min(line.find_first_of(" \t\r", from), line.size());
    cells.push_back(line.substr(from, end - from));
    from = end;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    int64_t column = columns[i] < 0 ? columns[i] + std::ssize(cells) : columns[i];
    if (column < 0 || column >= std::ssize(cells))
      throw badData(lines.place(lines.line()) + ": " + std::to_string(cells.size()) + (cells.size() == 1 ? " column" : " columns") + ", and the " + asked[i].option + " is in " +
                    asked[i].place + "; columns stand apart by blanks or tabs");
    addItem(sentence[i], cells[size_t(column)]);
  }
}

/// `-DOCSTART-` stands between documents and is no word.
void WordTexts::read(const Take &take) const {
  std::vector<std::string> sentence(columns.size()); // by column, a list of its words'
  for (const std::string &path : paths) {
    TextLines lines(path);
    int64_t start = 0;
    const std::function<std::string()> place = [&] { return lines.place(start); };
    auto end = [&] {
      if (sentence[0].empty())
        return true;
      std::vector<std::string_view> cells(sentence.begin(), sentence.end());
      bool goesOn = take({cells, place});
      for (std::string &list : sentence)
        list.clear();
      return goesOn;
    };
    for (std::string_view line; lines.next(line);) {
      bool isWord = line.find_first_not_of(" \t\r") != std::string_view::npos && !line.starts_with("-DOCSTART-");
      start = isWord && sentence[0].empty() ? lines.line() : start;
      if (isWord)
        addWord(lines, line, sentence);
      else if (!end())
        return;
    }
    if (!end())
      return;
  }
}

} // namespace

static std::unique_ptr<Reader> openConll(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, TextRecords::options(), 1, anyNumber);
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> { return std::make_unique<WordTexts>(source, findFiles(source, scriptDir)); });
}

const Format conllFormat = {.name = "conll", .open = openConll, .isText = alwaysText, .readsWhole = true, .readingBytes = readingBytesOfTexts, .indexBytes = indexBytesOfTexts, .noBlocks = blocksOfTexts, .nameBeside = nameOfRecords};

} // namespace tl::data
