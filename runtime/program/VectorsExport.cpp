// Finds the table and its words, and writes one behind the other.
#include "runtime/program/VectorsExport.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/data/Tokens.h"
#include "runtime/io/File.h"
#include "runtime/program/Terminal.h"
#include <algorithm>
#include <charconv>

namespace tl::program {

namespace {

/// A weight with a row for each word of a field.
struct Words {
  const ExportedWeight *weight;
  const abi::Field *field;
  std::string name; // of the field: "corpus.text"
};

std::vector<Words> tablesOf(const Context &context, const std::vector<ExportedWeight> &all) {
  std::map<std::string, std::pair<const abi::Field *, std::string>> fields; // by the digest of their vocabulary
  for (const abi::Data &data : context.program.data)
    for (const abi::Field &field : data.fields)
      if (!field.vocabulary.empty())
        fields.emplace(data::vocabularyDigest(field.vocabulary), std::pair(&field, data.name + "." + field.name));
  std::vector<Words> tables;
  for (const ExportedWeight &weight : all) {
    auto field = fields.find(weight.variable.vocabulary);
    const std::vector<int64_t> &shape = weight.variable.shape;
    if (field != fields.end() && weight.variable.kind == "parameter" && shape.size() == 2 && shape[0] == int64_t(field->second.first->vocabulary.size()))
      tables.push_back({&weight, field->second.first, field->second.second});
  }
  return tables;
}

Words tableNamed(const std::string &wanted, const std::vector<Words> &tables, const abi::Stage &stage) {
  std::vector<std::string> paths;
  std::string list;
  for (const Words &table : tables) {
    paths.push_back(table.weight->variable.path);
    list += (list.empty() ? "`" : ", `") + paths.back() + "`";
    if (wanted == paths.back() || (wanted.empty() && tables.size() == 1))
      return table;
  }
  if (tables.empty())
    throw Error(exitUsage, "stage `" + stage.name + "` has no table with a row for each word of a vocabulary, which `--vectors` could write");
  std::optional<std::string> near = suggest(wanted, paths);
  if (!wanted.empty())
    throw Error(exitUsage, "stage `" + stage.name + "` has no table of words `" + wanted + "`" + (near ? "; did you mean `" + *near + "`?" : "; it has " + list));
  throw Error(exitUsage, "stage `" + stage.name + "` has " + std::to_string(tables.size()) + " tables with a row for each word, " + list + "; say which: `--table " + paths[0] + "`");
}

/// word2vec's two forms, and a table without its words, which stand in another file: so TensorBoard's projector takes them.
enum class Form { Text, Binary, Projector };

Form formOf(const std::string &path) {
  if (path.ends_with(".bin"))
    return Form::Binary;
  return path.ends_with(".tsv") ? Form::Projector : Form::Text;
}

void appendRow(std::string &text, const std::string &word, const ExportedWeight &weight, int64_t row, Form form) {
  DType dtype = dtypeNamed(weight.dtype).value();
  if (form != Form::Projector)
    text += word;
  if (form == Form::Binary)
    text += ' ';
  for (int64_t i = 0, each = weight.variable.shape[1]; i < each; ++i) {
    float value = float(numberAt(dtype, weight.values, row * each + i));
    char digits[32];
    if (form == Form::Binary) {
      text.append(reinterpret_cast<const char *>(&value), sizeof value);
      continue;
    }
    if (form == Form::Text || i > 0)
      text += form == Form::Text ? ' ' : '\t';
    text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr); // the shortest that reads back as this float
  }
  text += '\n';
}

/// A file that is written in large pieces.
class Written {
public:
  explicit Written(const std::string &path) : file(io::File::create(path)) {}
  std::string text;
  void mayWrite() {
    if (text.size() >= 1 << 20)
      write();
  }
  void finish() {
    write();
    file.sync();
    file.close();
  }

private:
  void write() {
    file.write(text);
    text.clear();
  }
  io::File file;
};

} // namespace

void exportVectors(const Context &context, const abi::Stage &stage, const std::vector<ExportedWeight> &all, const std::string &wanted, const std::string &path) {
  Words words = tableNamed(wanted, tablesOf(context, all), stage);
  const std::vector<std::string> &entries = words.field->vocabulary;
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < int64_t(entries.size()); ++row) {
    if (abi::isSpecial(*words.field, row))
      continue;
    const std::string &word = entries[size_t(row)];
    if (word.empty() || std::any_of(word.begin(), word.end(), [](unsigned char c) { return c <= ' '; }))
      throw Error(exitUsage, "`" + words.name + "` has " + (word.empty() ? "an entry without a letter" : "the entry `" + word + "`, with a blank in it") +
                                 ", number " + std::to_string(row) + ": files of word vectors have no place for it; export the weights as a safetensors file");
    rows.push_back(row);
  }
  const Form form = formOf(path);
  int64_t each = words.weight->variable.shape[1];
  Written table(path);
  if (form != Form::Projector)
    table.text = std::to_string(rows.size()) + " " + std::to_string(each) + "\n";
  for (int64_t row : rows) {
    appendRow(table.text, entries[size_t(row)], *words.weight, row, form);
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
  printMessage(std::to_string(rows.size()) + " words of `" + words.name + "` written to `" + (names.empty() ? path : names) + "`, the " + std::to_string(each) +
               " numbers of each from `" + words.weight->variable.path + "`" + into + "; its " + std::to_string(entries.size() - rows.size()) +
               " special tokens are no words and left out\n");
}

} // namespace tl::program
