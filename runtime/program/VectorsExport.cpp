// Writes the vectors of words, one behind the other.
#include "runtime/program/VectorsExport.h"
#include "runtime/io/File.h"
#include "runtime/io/Gzip.h"
#include "runtime/program/Terminal.h"
#include <algorithm>
#include <charconv>

namespace tl::program {

namespace {

/// word2vec's two forms, and a table without its words, which stand in another file: so TensorBoard's projector takes them.
enum class Form { Text, Binary, Projector };

bool isPackedName(const std::string &path) { return path.ends_with(".gz"); }

Form formOf(const std::string &path) {
  const std::string name = isPackedName(path) ? path.substr(0, path.size() - 3) : path;
  if (name.ends_with(".bin"))
    return Form::Binary;
  if (!name.ends_with(".tsv"))
    return Form::Text;
  if (name != path)
    throw Error(exitUsage, "`--vectors " + path + "` would be packed, and TensorBoard's projector reads no packed file; write `--vectors " + name + "`");
  return Form::Projector;
}

void appendRow(std::string &text, const std::string &word, std::span<const float> vector, Form form) {
  if (form != Form::Projector)
    text += word;
  if (form == Form::Binary)
    text += ' ';
  for (size_t i = 0; i < vector.size(); ++i) {
    char digits[32];
    if (form == Form::Binary) {
      text.append(reinterpret_cast<const char *>(&vector[i]), sizeof(float));
      continue;
    }
    if (form == Form::Text || i > 0)
      text += form == Form::Text ? ' ' : '\t';
    text.append(digits, std::to_chars(digits, digits + sizeof digits, vector[i]).ptr); // the shortest that reads back as this float
  }
  text += '\n';
}

/// A file that is written in large pieces; packed where its name says so.
class Written {
public:
  explicit Written(const std::string &path) : file(io::File::create(path)) {
    if (isPackedName(path))
      packed.emplace(file);
  }
  Written(const Written &) = delete; // the packer knows the file
  std::string text;
  void mayWrite() {
    if (text.size() >= 1 << 20)
      write();
  }
  void finish() {
    write();
    if (packed)
      packed->finish();
    file.sync();
    file.close();
  }

private:
  void write() {
    packed ? packed->write(text) : file.write(text);
    text.clear();
  }
  io::File file;
  std::optional<io::GzipWriter> packed;
};

} // namespace

void exportVectors(const WordVectors &vectors, const std::string &path) {
  const std::vector<std::string> &entries = vectors.words->vocabulary;
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < int64_t(entries.size()); ++row) {
    if (abi::isSpecial(*vectors.words, row))
      continue;
    const std::string &word = entries[size_t(row)];
    if (word.empty() || std::any_of(word.begin(), word.end(), [](unsigned char c) { return c <= ' '; }))
      throw Error(exitUsage, "`" + vectors.name + "` has " + (word.empty() ? "an entry without a letter" : "the entry `" + word + "`, with a blank in it") +
                                 ", number " + std::to_string(row) + ": files of word vectors have no place for it; export the weights as a safetensors file");
    rows.push_back(row);
  }
  const Form form = formOf(path);
  std::vector<float> vector(static_cast<size_t>(vectors.width));
  Written table(path);
  if (form != Form::Projector)
    table.text = std::to_string(rows.size()) + " " + std::to_string(vectors.width) + "\n";
  for (int64_t row : rows) {
    vectors.read(row, vector);
    appendRow(table.text, entries[size_t(row)], vector, form);
    table.mayWrite();
  }
  table.finish();
  std::string names;
  if (form == Form::Projector) {
    names = path.substr(0, path.size() - 4) + ".metadata.tsv";
    Written list(names);
    for (int64_t row : rows) {
      list.text += entries[size_t(row)] + "\n";
      list.mayWrite();
    }
    list.finish();
  }
  const std::string into = names.empty() ? "" : " to `" + path + "`";
  printMessage(std::to_string(rows.size()) + " words of `" + vectors.name + "` written to `" + (names.empty() ? path : names) + "`, the " + std::to_string(vectors.width) +
               " numbers of each from `" + vectors.from + "`" + into + "; its " + std::to_string(entries.size() - rows.size()) +
               " special tokens are no words and left out\n");
}

} // namespace tl::program
