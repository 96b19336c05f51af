// Takes rows apart: by lines and blanks, or by the length that a header gives.
#include "runtime/weights/VectorRows.h"
#include "runtime/io/Utf8.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace tl::weights {

namespace {

constexpr size_t piece = 1 << 16, mostLine = 1 << 22, mostWord = 10'000;
constexpr const char *again = "; fetch it again, or write it again with what made it";

std::string_view trimmed(std::string_view text) {
  size_t end = text.find_last_not_of(" \r");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

/// Not finite where it is beyond all doubles; 0 where it is nearer to 0 than any other.
std::optional<double> numberOf(std::string_view text) {
  text.remove_prefix(text.size() > 1 && text[0] == '+' && text[1] != '-' ? 1 : 0);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size() || (error != std::errc() && error != std::errc::result_out_of_range))
    return std::nullopt;
  return error == std::errc() ? value : std::strtod(std::string(text).c_str(), nullptr); // which tells the two ways to be out of range apart
}

/// ROWS NUMBERS
bool isHeader(std::string_view line, int64_t &rows, int64_t &each) {
  line = trimmed(line);
  const char *start = line.data(), *end = start + line.size();
  auto first = std::from_chars(start, end, rows);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ' ')
    return false;
  auto second = std::from_chars(first.ptr + 1, end, each);
  return second.ec == std::errc() && second.ptr == end && rows >= 0 && each > 0;
}

/// How many of a line's last cells are numbers, but for its first.
int64_t numbersBehind(std::string_view line) {
  line = trimmed(line);
  int64_t count = 0;
  for (size_t blank; (blank = line.rfind(' ')) != std::string_view::npos && numberOf(line.substr(blank + 1)); ++count)
    line = line.substr(0, blank);
  return count;
}

} // namespace

bool beginsAsVectors(std::string_view first) {
  size_t end = first.find('\n');
  std::string_view line = end == std::string_view::npos ? first.substr(0, first.rfind(' ')) : first.substr(0, end); // the last number may be cut
  int64_t rows, each;
  return isHeader(line, rows, each) || numbersBehind(line) > (end == std::string_view::npos ? 3 : 0);
}

void VectorRows::refuse(const std::string &what) const { throw badData(at(taken) + " " + what); }

std::string VectorRows::at(int64_t row) const {
  bool isBinary = form == Form::Binary;
  return "`" + stream.path() + "`: " + (isBinary ? "row " : "line ") + std::to_string(row + 1 + (form == Form::Text));
}

/// Sees to it that so many bytes lie behind `begin`, as far as the file has them; returns how many do.
size_t VectorRows::ahead(size_t bytes) {
  while (buffer.size() - begin < bytes && !isEnded) {
    buffer.erase(0, begin);
    begin = 0;
    size_t had = buffer.size();
    buffer.resize(had + piece);
    size_t came = stream.read(buffer.data() + had, piece);
    buffer.resize(had + came);
    isEnded = came < piece;
  }
  return buffer.size() - begin;
}

/// The next line, without its end; where the file has no further one it must not be needed, and is empty.
std::string_view VectorRows::line(bool isNeeded) {
  size_t length = 0, end;
  while ((end = buffer.find('\n', begin + length)) == std::string::npos) {
    length = buffer.size() - begin;
    if (length > mostLine)
      refuse("is longer than " + std::to_string(mostLine) + " bytes, no line of a word and its numbers is: this is no file of word vectors");
    if (ahead(length + 1) == length) {
      end = buffer.size();
      break;
    }
  }
  if (isNeeded && end == begin && begin == buffer.size())
    throw badData("`" + stream.path() + "` is empty" + again);
  std::string_view text = std::string_view(buffer).substr(begin, end - begin);
  begin = std::min(end + 1, buffer.size());
  return text;
}

VectorRows::VectorRows(const std::string &path) : stream(path) {
  ahead(1);
  std::string first(line(true));
  readHeader(first);
}

void VectorRows::readHeader(std::string_view first) {
  if (isHeader(first, rows, each)) {
    if (each > stream.mostBytes())
      throw badData("`" + stream.path() + "` says that each word has " + std::to_string(each) + " numbers, which is more than a file of its length holds" + again);
    form = looksBinary() ? Form::Binary : Form::Text;
    return;
  }
  each = numbersBehind(first);
  if (each == 0)
    throw badData("`" + stream.path() + "` begins neither with how many words and numbers it has, `400000 100`, nor with a word and its numbers: it is no file of word vectors" + again);
  begin = 0; // it is a row itself: nothing of the buffer has been given up yet
  rows = -1;
}

/// Behind the header: numbers in bytes have some that no text has, unless they are very few; then those of a text look like numbers.
bool VectorRows::looksBinary() {
  size_t length = std::min<size_t>(ahead(4096), 4096);
  std::string_view sample = std::string_view(buffer).substr(begin, length);
  auto isControl = [](unsigned char c) { return c < ' ' && c != '\t' && c != '\r' && c != '\n'; };
  if (std::any_of(sample.begin(), sample.end(), isControl))
    return true;
  return sample.size() < 512 && rows > 0 && numbersBehind(sample.substr(0, sample.find('\n'))) == 0;
}

bool VectorRows::next(Row &row) {
  if (form == Form::Binary ? nextRecord(row) : nextLine(row)) {
    if (row.word.empty())
      refuse("has no word in front of its numbers" + std::string(again));
    if (size_t bad = io::findBadUtf8(row.word); bad != std::string_view::npos)
      refuse("has a word whose byte " + std::to_string(bad + 1) + " is no UTF-8; " + (form == Form::Binary ? "" : "convert the file, as by `iconv`, or ") + "write it again without this word");
    ++taken;
    return true;
  }
  if (rows >= 0 && taken != rows)
    throw badData("`" + stream.path() + "` has " + std::to_string(taken) + " words, its first line says " + std::to_string(rows) + ": it is truncated or damaged" + again);
  return false;
}

/// A word, which in GloVe's files may have blanks in it, and its numbers.
bool VectorRows::nextLine(Row &row) {
  if (ahead(1) == 0)
    return false;
  if (rows == taken)
    refuse("stands behind the last of " + std::to_string(rows) + " words that the first line says the file has" + again);
  std::string_view text = trimmed(line(false));
  int64_t cells = int64_t(std::count(text.begin(), text.end(), ' '));
  auto refuseLength = [&] {
    refuse("has " + std::to_string(cells) + (cells == 1 ? " number" : " numbers") + ", and " + (rows < 0 ? "the first line has " : "the file says that each word has ") +
           std::to_string(each) + again);
  };
  if (cells < each)
    refuseLength();
  size_t end = cells == each ? text.find(' ') : text.size();
  for (int64_t i = 0; cells > each && i < each; ++i)
    end = text.rfind(' ', end - 1);
  row = {trimmed(text.substr(0, end)), text.substr(end + 1)}; // some align their columns
  if (int64_t inWord = cells - each; inWord > 0 && numbersBehind(row.word) == inWord)
    refuseLength();
  return true;
}

bool VectorRows::nextRecord(Row &row) {
  if (taken == rows) {
    if (size_t left = ahead(2); left > 1 || (left == 1 && buffer[begin] != '\n'))
      throw badData("`" + stream.path() + "` goes on behind the " + std::to_string(rows) + " words of " + std::to_string(each) +
                    (each == 1 ? " number" : " numbers") + " that its first line says it has" + again);
    return false;
  }
  while (ahead(1) > 0 && buffer[begin] == '\n')
    ++begin;
  size_t left = ahead(mostWord), bytes = size_t(each) * sizeof(float), blank = std::string_view(buffer).substr(begin, mostWord).find(' ');
  if (left == 0)
    return false;
  if (blank == std::string_view::npos && left >= mostWord)
    refuse("has no end of its word in " + std::to_string(mostWord) + " bytes: words do not have " + std::to_string(each) + " numbers each, as the first line says" + again);
  if (blank == std::string_view::npos || ahead(blank + 1 + bytes) < blank + 1 + bytes)
    refuse("of " + std::to_string(rows) + " breaks off: the file is truncated" + again);
  std::string_view record = std::string_view(buffer).substr(begin, blank + 1 + bytes);
  row = {record.substr(0, blank), record.substr(blank + 1)};
  begin += record.size();
  return true;
}

void VectorRows::parse(const Row &row, float *into) const {
  std::string_view left = row.numbers;
  if (form == Form::Binary)
    std::memcpy(into, left.data(), left.size());
  for (int64_t i = 0; i < each; ++i) {
    if (form != Form::Binary) {
      std::string_view cell = left.substr(0, left.find(' '));
      left.remove_prefix(std::min(cell.size() + 1, left.size()));
      std::optional<double> number = numberOf(cell);
      if (!number)
        throw badData(at(taken - 1) + ": `" + std::string(cell.substr(0, 40)) + "` is no number" + again);
      into[i] = float(*number);
    }
    if (!std::isfinite(into[i]))
      throw badData(at(taken - 1) + ": number " + std::to_string(i + 1) + " of `" + std::string(row.word) + "` is not finite; such weights train to nothing");
  }
}

} // namespace tl::weights
