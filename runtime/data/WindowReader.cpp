// Reads plain text as one long row of tokens, of which every window is a record; several files follow each other.
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/data/Split.h"
#include "runtime/data/TextReader.h"
#include <cstring>

namespace tl::data {

namespace {

class WindowReader : public TextReader {
public:
  WindowReader(const abi::Source &source, const std::vector<std::string> &paths) : TextReader(source, paths, {"text"}), row(tokens.front()) {
    if (row.start || !row.types.empty())
      throw badData("source `" + source.name + "` has windows of a text, which start anywhere: " +
                    (row.start ? "`start = true` is for lines" : "types are of what stands for itself, of lines"));
    facts.window = countOption(source, "window", 2, -1);
    countOption(source, "stride", 1, 1);
    std::vector<int32_t> ids;
    encodeAll(*counting(row), ids);
    int64_t count = int64_t(ids.size());
    bool isCutByKind = row.kind == "words" || row.kind == "pieces"; // else a tokenizer's that is to be fitted
    if (count < facts.window)
      throw badData("`" + files.front().path + "` has " + std::to_string(count) + " " + (isCutByKind ? row.kind : "characters") + ", fewer than one window of " +
                    std::to_string(facts.window));
    facts.records = count - facts.window + 1;
    facts.fields.push_back(fieldOf(row, facts.window));
  }

  void fill(const abi::Field &field, char *into) override {
    std::vector<int32_t> ids;
    encodeAll(*encoderOf(field), ids);
    std::memcpy(into, ids.data(), ids.size() * sizeof(int32_t));
  }

  std::string place(const std::string &, int64_t record) const override {
    return "the window from token " + std::to_string(record) + " of `" + files.front().path + "`";
  }

  std::vector<std::string_view> texts(const abi::Split &train, const std::string &) const override {
    Part part = partOf(facts.records + facts.window - 1, train);
    std::vector<std::string_view> found;
    int64_t at = 0;
    for (const TextFile &file : files) {
      Cutter cutter(file.text, row.kind);
      size_t from = 0;
      bool isIn = false;
      for (std::string_view piece; at < part.to && cutter.next(piece); ++at) {
        isIn |= at >= part.from;
        if (at < part.from)
          from = cutter.place();
      }
      if (isIn)
        found.push_back(std::string_view(file.text).substr(from, cutter.place() - from));
    }
    return found;
  }

private:
  void encodeAll(TextEncoder &encoder, std::vector<int32_t> &ids) const {
    for (const TextFile &file : files)
      encoder.encode(file.text, false, SIZE_MAX, ids);
  }

  const TokenField &row;
};

} // namespace

static std::unique_ptr<Reader> openText(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, {"window", "stride"}, 1, anyNumber);
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> { return std::make_unique<WindowReader>(source, findFiles(source, scriptDir)); });
}

static int64_t readingBytesOfText(const abi::Source &, const std::vector<abi::Field> &, int64_t fileBytes, bool) { return fileBytes; }

const Format textFormat = {.name = "text", .open = openText, .isText = alwaysText, .readingBytes = readingBytesOfText};

} // namespace tl::data
