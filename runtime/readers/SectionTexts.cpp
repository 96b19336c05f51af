// Finds sections and the words of their lines.
#include "runtime/readers/SectionTexts.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/Units.h"
#include "runtime/readers/Cells.h"
#include "runtime/readers/TextLines.h"
#include "runtime/readers/TextRecords.h"
#include <algorithm>

namespace tl::data {

namespace {

constexpr std::string_view blanks = " \t\r";

class SectionTexts : public TextRecords {
public:
  SectionTexts(const abi::Source &source, const std::vector<std::string> &paths)
      : TextRecords(source, paths, {{"text", "0", "text", "the line"}, {"label", "sections", "", "the section"}}) {
    const TokenField &text = tokens.front();
    if (text.kind != "words")
      throw badSource("source `" + source.name + "` has sections of words, and its text is cut into " + (text.isToBeFitted() ? "pieces" : text.kind) +
                      "; make words of it, `" + text.name + " = words(" + text.name + ", vocabulary = DATA.text)`")
          .inOption("sections");
    if (text.start)
      throw badSource("source `" + source.name + "` has sections of words, each of which has its place in a line; leave `start = true` out").inOption("sections");
    length = lengthOf(source, text);
    areSingleWords = true;
    describe(source);
  }

private:
  void read(const Take &take) const override;
  bool readFile(const std::string &path, const Take &take) const;
  int64_t length = 0;
};

bool SectionTexts::readFile(const std::string &path, const Take &take) const {
  TextLines lines(path);
  std::string section, words;
  const std::function<std::string()> place = [&] { return lines.place(lines.line()); };
  for (std::string_view line; lines.next(line);) {
    size_t from = line.find_first_not_of(blanks);
    if (from == std::string_view::npos)
      continue;
    line = line.substr(from, line.find_last_not_of(blanks) + 1 - from);
    if (line.starts_with(':')) {
      size_t name = line.find_first_not_of(blanks, 1);
      if (name == std::string_view::npos)
        throw badData(place() + ": a section without a name; write `: NAME`");
      section = line.substr(name);
      continue;
    }
    if (section.empty())
      throw badData(place() + ": a line above the first section; a line `: NAME` names the section of those below it");
    words.clear();
    int64_t count = 0;
    for (size_t at = 0; at < line.size(); ++count) {
      size_t end = std::min(line.find_first_of(blanks, at), line.size());
      addItem(words, line.substr(at, end - at));
      at = std::min(line.find_first_not_of(blanks, end), line.size());
    }
    if (count != length)
      throw badData(place() + ": " + counted(count, "word") + ", and each line of a section has " + std::to_string(length) + ", as `length` says");
    std::string_view cells[] = {words, section};
    if (!take({cells, place}))
      return false;
  }
  return true;
}

void SectionTexts::read(const Take &take) const {
  for (const std::string &path : paths)
    if (!readFile(path, take))
      return;
}

} // namespace

std::unique_ptr<Reader> openSections(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, {"sections", "length", "classes"}, 1, anyNumber);
  if (std::string sections = option(source, "sections"); sections != "true")
    throw badSource("option `sections` of source `" + source.name + "` is `" + sections + "`, expected true: lines `: NAME` name the class of those below them").inOption("sections");
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> { return std::make_unique<SectionTexts>(source, findFiles(source, scriptDir)); });
}

} // namespace tl::data
