// Reads `conll`: a word a line with its label in another column, sentences apart by blank lines.
#include "runtime/data/Cells.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/data/TextRecords.h"
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
    lists.resize(columns.size());
    for (size_t file = 0; file < files.size(); ++file)
      readFile(file);
    describe(source);
  }

private:
  static int64_t columnOf(const AskedCell &cell);
  void readFile(size_t file);
  void addWord(const TextFile &text, size_t at, std::string_view line);
  void endSentence(size_t file);

  std::vector<int64_t> columns;    // below 0: from the last
  std::vector<std::string> lists; // of the sentence that is read
  size_t start = 0;
};

int64_t WordTexts::columnOf(const AskedCell &cell) {
  int64_t column = 0;
  auto [end, error] = std::from_chars(cell.written.data(), cell.written.data() + cell.written.size(), column);
  if (error != std::errc() || end != cell.written.data() + cell.written.size() || std::abs(column) > 1000)
    throw badSource("`conll` has no column `" + cell.written + "`: its columns have no names; they are numbered from 0, and from the last by -1, -2, …").inOption(cell.option);
  return column;
}

void WordTexts::addWord(const TextFile &text, size_t at, std::string_view line) {
  std::vector<std::string_view> cells;
  for (size_t from = 0; (from = line.find_first_not_of(" \t\r", from)) != std::string_view::npos;) {
    size_t end = std::min(line.find_first_of(" \t\r", from), line.size());
    cells.push_back(line.substr(from, end - from));
    from = end;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    int64_t column = columns[i] < 0 ? columns[i] + std::ssize(cells) : columns[i];
    if (column < 0 || column >= std::ssize(cells))
      throw badData(text.lineAt(at) + ": " + std::to_string(cells.size()) + (cells.size() == 1 ? " column" : " columns") + ", and the " + asked[i].option + " is in " +
                    asked[i].place + "; columns stand apart by blanks or tabs");
    addItem(lists[i], cells[size_t(column)]);
  }
}

void WordTexts::endSentence(size_t file) {
  if (lists[0].empty())
    return;
  std::vector<std::string_view> cells;
  for (std::string &list : lists) {
    cells.push_back(keep(list));
    list.clear();
  }
  add(file, start, cells);
}

/// `-DOCSTART-` stands between documents and is no word.
void WordTexts::readFile(size_t file) {
  const TextFile &text = files[file];
  for (size_t at = 0, end; at < text.text.size(); at = end + 1) {
    end = std::min(text.text.find('\n', at), text.text.size());
    std::string_view line = std::string_view(text.text).substr(at, end - at);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos || line.starts_with("-DOCSTART-")) {
      endSentence(file);
      continue;
    }
    start = lists[0].empty() ? at : start;
    addWord(text, at, line);
  }
  endSentence(file);
}

} // namespace

static std::unique_ptr<Reader> openConll(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, TextRecords::options(), 1, anyNumber);
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> { return std::make_unique<WordTexts>(source, findFiles(source, scriptDir)); });
}

const Format conllFormat = {.name = "conll", .open = openConll, .isText = alwaysText, .readsWhole = true, .readingBytes = readingBytesOfCopies};

} // namespace tl::data
