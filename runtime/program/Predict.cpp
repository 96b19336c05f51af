// Answers records with the deployed function: every value checked against what the script's data declares.
#include "runtime/program/Predict.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/program/Answer.h"
#include "runtime/program/ColumnsWriter.h"
#include "runtime/program/CommandLine.h"
#include "runtime/program/FieldWriter.h"
#include "runtime/program/LineReader.h"
#include "runtime/readers/FirstRow.h"
#include "runtime/readers/Pictures.h"
#include "runtime/readers/TextEncoder.h"
#include "runtime/io/File.h"
#include "runtime/io/JsonProblem.h"
#include "runtime/program/Model.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/TokenInput.h"
#include "runtime/io/Utf8.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unistd.h>

namespace tl::program {

using Json = Answerer::Json;

namespace {

bool isIn(const std::vector<std::string> &names, const std::string &name) { return std::find(names.begin(), names.end(), name) != names.end(); }

/// Whether a field of a table has a column of that name.
bool isColumn(const abi::Field &field, const std::string &name) { return ColumnsWriter::takes(field) && isIn(field.columns, name); }

/// The field of a data's text; null: it has none.
const abi::Field *textOf(const abi::Data &data) {
  auto field = std::find_if(data.fields.begin(), data.fields.end(), abi::hasText);
  return field == data.fields.end() ? nullptr : &*field;
}

/// What a record is asked for: a field, a word of the data's text, or a text under its own name, whatever field it goes into.
std::vector<abi::Field> inputsOf(const abi::Deploy &deploy, const abi::Data &data) {
  std::vector<abi::Field> inputs;
  for (const std::string &name : deploy.inputs) {
    if (isIn(deploy.tokenInputs, name)) {
      inputs.push_back({.name = name, .dtype = "i32", .shape = {}, .classNames = {}, .tokens = textOf(data)->tokens});
      continue;
    }
    auto isIt = [&](const abi::Field &field) { return field.of.empty() ? field.name == name : abi::isMadeOf(field, name); };
    auto field = std::find_if(data.fields.begin(), data.fields.end(), isIt);
    if (field == data.fields.end())
      throw Error(exitInternal, "`" + deploy.name + "` has an input `" + name + "`, which is none of its data");
    inputs.push_back(*field);
    inputs.back().name = name;
  }
  return inputs;
}

/// The words of a text, and where each of them starts among its tokens; -1: it has none there.
struct Words {
  std::vector<std::string> texts;
  std::vector<int64_t> starts;
};

/// What white space parts.
std::vector<std::string_view> wordsIn(std::string_view text) {
  auto isBlank = [](unsigned char c) { return c <= ' '; };
  std::vector<std::string_view> words;
  for (auto at = text.begin(); (at = std::find_if_not(at, text.end(), isBlank)) != text.end();) {
    auto end = std::find_if(at, text.end(), isBlank);
    words.emplace_back(at, end);
    at = end;
  }
  return words;
}

/// Texts in quotes become the tokens of their field, and how many they are.
class TextWriter {
public:
  TextWriter(const abi::Data &data, const abi::Field &field) : field(field), encoder(data::makeTextEncoder(field, data.tokenizer.get())) {
    for (const abi::Field &other : data.fields)
      if (other.beside == field.name && other.classes == 0)
        types = other.name;
  }

  /// A text, or its words in a list, goes into the ports of the fields, those that there are. Where every token counts, of windows, a text must be as long.
  /// Where words are asked for, those of a text are what white space parts.
  void write(const Json &record, Model &model, const abi::Field *lengths, Words *words) const {
    std::vector<std::string_view> texts;
    bool areWords = field.of.size() == 1 && record[field.of[0]].is_array() && !record[field.of[0]].empty();
    for (const std::string &name : field.of)
      if (const Json &value = record[name]; areWords)
        for (const Json &word : value)
          addText(name, word, texts);
      else
        addText(name, value, texts);
    if (words && !areWords)
      texts = wordsIn(texts.front());
    areWords |= words != nullptr;
    data::RecordTokens made;
    int32_t count = int32_t(data::encodeRecord(*encoder, texts, areWords, field.shape[0], made));
    if (!lengths && count < field.shape[0])
      throw badData("`" + field.name + "` is a window of " + std::to_string(field.shape[0]) + " " + field.tokens +
                    ", and here are " + std::to_string(count));
    auto put = [&](const std::string &port, const int32_t *values, size_t number) {
      if (char *into = model.whole.input(port)) // An input that the answer does not depend on has no port.
        std::memcpy(into, values, number * sizeof(int32_t));
    };
    put(field.name, made.ids.data(), made.ids.size());
    if (lengths)
      put(lengths->name, &count, 1);
    if (!types.empty())
      put(types, made.types.data(), made.types.size());
    if (!words)
      return;
    words->texts.assign(texts.begin(), texts.end());
    words->starts.assign(texts.size(), -1);
    for (int64_t at = count; at-- > 0;)
      if (int32_t word = made.words[size_t(at)]; word >= 0)
        words->starts[size_t(word)] = at;
  }

private:
  void addText(const std::string &name, const Json &value, std::vector<std::string_view> &texts) const {
    if (!value.is_string())
      throw badData("`" + name + "` is a text, and here is `" + value.dump().substr(0, 40) + "`");
    texts.push_back(value.get_ref<const std::string &>());
    if (io::findBadUtf8(texts.back()) != std::string::npos)
      throw badData("`" + name + "` is not UTF-8");
    if (encoder->isEmpty(texts.back()))
      throw badData("`" + name + "` has no " + field.tokens);
  }

  const abi::Field &field;
  std::unique_ptr<data::TextEncoder> encoder;
  std::string types; // the field of their types; "": none
};

class Predictor : public Answerer {
public:
  Predictor(Context &context, const abi::Deploy &deploy, const RunFolder &run)
      : deploy(deploy), data(context.data(deploy.data)), fields(data.fields), inputs(inputsOf(deploy, context.data(deploy.data))), ofWords(deploy.ofWords), model(context, deploy, run) {
    for (const abi::Field &field : fields)
      if (field.name == deploy.classes)
        classNames = field.classNames;
    if (!deploy.tokenInputs.empty() || !deploy.tokenOutputs.empty())
      tokens.emplace(context.data(deploy.data), *textOf(context.data(deploy.data)));
    auto isAsked = [&](const std::string &name) { return isIn(deploy.inputs, name); };
    for (const abi::Field &field : fields)
      if (!field.of.empty() && std::all_of(field.of.begin(), field.of.end(), isAsked))
        texts.emplace_back(field, TextWriter(context.data(deploy.data), field));
    for (const abi::Field &input : inputs)
      if (ColumnsWriter::takes(input))
        tables.emplace(input.name, input);
  }

  void answer(std::span<Asked> asked) override {
    for (Asked &each : asked)
      try {
        if (!each.problem)
          each.answer = answerOf(each.record, each.number);
      } catch (const Error &error) {
        each.problem = error;
      }
  }

  std::string inputList() const override {
    std::string list;
    for (const abi::Field &field : inputs) {
      auto table = tables.find(field.name);
      std::string also = table != tables.end() ? table->second.columnList() : data::isOfPictures(data, field) ? " or the path of a picture"
                                                                                                              : "";
      list += (list.empty() ? "`" : ", `") + field.name + "` " + shapeText(field) + also;
    }
    return list;
  }

private:
  Json answerOf(const Json &given, int64_t number) {
    Json record = given;
    if (!record.is_object()) {
      if (inputs.size() != 1)
        throw badData("expected an object with " + inputList() + ", and here is `" + given.dump().substr(0, 40) + "`");
      record = {{inputs[0].name, given}};
    }
    for (const auto &[name, value] : record.items())
      if (!isInput(name))
        refuseInput(name);
    for (const abi::Field &field : inputs) {
      if (auto table = tables.find(field.name); table != tables.end() && (field.mayLack || table->second.isGiven(record))) {
        table->second.write(record, model.whole.input(field.name));
        continue;
      }
      if (!record.contains(field.name))
        throw badData("`" + field.name + "` is missing; expected " + inputList());
      if (!field.of.empty())
        continue;
      if (isIn(deploy.tokenInputs, field.name)) {
        int32_t number = tokens->number(field.name, record[field.name]);
        std::memcpy(model.whole.input(field.name), &number, sizeof number);
        continue;
      }
      char *into = model.whole.input(field.name); // An input that the answer does not depend on has no port.
      if (into && data::isOfPictures(data, field) && record[field.name].is_string())
        data::pictures().read(data.sources.front(), field, record[field.name].get<std::string>(), into);
      else if (into)
        FieldWriter(field, into).write(record[field.name]);
    }
    Words words;
    for (const auto &[field, text] : texts)
      text.write(record, model, abi::lengthsOf(fields, field), ofWords.empty() ? nullptr : &words);
    model.whole.run(number);
    Json out = Json::object();
    if (!ofWords.empty())
      out["words"] = words.texts;
    for (const abi::Port &port : model.whole.outputs()) {
      bool isOfWords = std::find(ofWords.begin(), ofWords.end(), port.name) != ofWords.end();
      out[port.name] = isOfWords ? byWord(port, words) : outputOf(port);
    }
    return out;
  }

  bool isInput(const std::string &name) const {
    return std::any_of(inputs.begin(), inputs.end(), [&](const abi::Field &field) { return field.name == name || isColumn(field, name); });
  }

  [[noreturn]] void refuseInput(const std::string &name) const {
    std::vector<std::string> known;
    for (const abi::Field &field : inputs) {
      known.push_back(field.name);
      known.insert(known.end(), field.columns.begin(), field.columns.end());
    }
    std::optional<std::string> near = suggest(name, known);
    throw badData("there is no input `" + name + "`; " + (near ? "did you mean `" + *near + "`? " : "") + "expected " + inputList());
  }

  Json outputOf(const abi::Port &port) const {
    std::vector<int64_t> shape = port.shape;
    if (!shape.empty() && shape[0] == 1)
      shape.erase(shape.begin());  // the batch of one
    if (shape == std::vector{std::ssize(classNames)} && (port.name == "labels" || port.name == "label_probabilities"))
      return byClass(port);
    int64_t next = 0;
    return nested(port, shape, 0, next);
  }

  /// A number for each class: of `labels` the names of those that have a 1, null where one is NaN; else all by their names.
  Json byClass(const abi::Port &port) const {
    int64_t next = 0;
    Json all = nested(port, {std::ssize(classNames)}, 0, next), named = port.name == "labels" ? Json::array() : Json::object();
    for (size_t i = 0; i < classNames.size(); ++i) {
      if (named.is_object())
        named[classNames[i]] = all[i];
      else if (all[i].is_null())
        return nullptr;
      else if (all[i] != 0)
        named.push_back(classNames[i]);
    }
    return named;
  }

  /// Of [1, t, …]: what is at the first token of each word; null where that is cut off.
  Json byWord(const abi::Port &port, const Words &words) const {
    std::vector<int64_t> shape(port.shape.begin() + 2, port.shape.end());
    int64_t size = memory::elementsOf(shape);
    Json list = Json::array();
    for (int64_t start : words.starts) {
      int64_t next = start * size;
      list.push_back(start < 0 ? Json(nullptr) : nested(port, shape, 0, next));
    }
    return list;
  }

  Json nested(const abi::Port &port, const std::vector<int64_t> &shape, size_t dim, int64_t &next) const {
    if (dim < shape.size()) {
      Json list = Json::array();
      for (int64_t i = 0; i < shape[dim]; ++i)
        list.push_back(nested(port, shape, dim + 1, next));
      return list;
    }
    DType dtype = dtypeNamed(port.dtype).value();
    double value = numberAt(dtype, model.whole.output(port), next++);
    if (dtype == DType::F64)
      return value;
    if (isReal(dtype))  // The shortest decimal that reads back as this float.
      return std::isfinite(value) ? Json::parse(shortest(float(value))) : Json(nullptr);
    if (dtype == DType::I1)
      return value != 0;
    if (isIn(deploy.tokenOutputs, port.name))
      return tokens->word(int64_t(value));
    if (port.name == "class" && value < 0) // of numbers that are NaN
      return Json(nullptr);
    if (port.name == "class" && value < double(classNames.size()))
      return classNames[size_t(value)];
    return int64_t(value);
  }

  static std::string shortest(float value) {
    for (int digits = 6; digits < 9; ++digits)
      if (std::string text = format("%.*g", digits, double(value)); std::strtof(text.c_str(), nullptr) == value)
        return text;
    return format("%.9g", double(value));
  }

  const abi::Deploy &deploy;
  const abi::Data &data;
  const std::vector<abi::Field> &fields;
  const std::vector<abi::Field> inputs;
  const std::vector<std::string> ofWords;
  std::optional<TokenInput> tokens; // where words are asked for or answered
  std::vector<std::pair<const abi::Field &, TextWriter>> texts; // whose texts are `inputs`
  std::map<std::string, ColumnsWriter> tables;                  // of `inputs` whose columns have names
  Model model;
  std::vector<std::string> classNames;
};

Json parseJson(const std::string &text) {
  try {
    return Json::parse(text);
  } catch (const Json::exception &problem) {
    throw badData("`" + text.substr(0, 40) + (text.size() > 40 ? "…" : "") + "` is not JSON: " + io::jsonProblem(problem));
  }
}

Answerer::Asked askedIn(const std::string &line, int64_t number) {
  try {
    return {parseJson(line), number};
  } catch (const Error &error) {
    return {Json(), number, Json(), error};
  }
}

Json parseFile(const std::string &path) {
  std::string text = io::readWhole(path);
  try {
    return parseJson(text);
  } catch (const Error &error) {
    throw Error(error.exitCode, "`" + path + "`: " + error.message);
  }
}

// FIELD=VALUE and FIELD=@FILE; the file holds the value, or an object with the field in it. A text, as a category, stands as it is, and so does the path of a picture.
Json recordFromOperands(const std::vector<std::string> &operands, const abi::Data &data, const std::vector<abi::Field> &inputs) {
  Json record = Json::object();
  for (const std::string &operand : operands) {
    size_t equals = operand.find('=');
    if (equals == std::string::npos)
      throw Error(exitUsage, "expected `FIELD=VALUE` or `FIELD=@FILE`, not `" + operand + "`");
    std::string name = operand.substr(0, equals), text = operand.substr(equals + 1);
    if (std::any_of(inputs.begin(), inputs.end(), [&](auto &field) { return isColumn(field, name) && (field.tokens == "categories" || data::kindOf(text) == data::CellKind::Hole); })) {
      record[name] = text;
      continue;
    }
    if (std::any_of(inputs.begin(), inputs.end(), [&](auto &field) { return field.name == name && abi::hasText(field); })) {
      record[name] = text.rfind('@', 0) == 0 ? io::readWhole(text.substr(1)) : text;
      continue;
    }
    if (std::any_of(inputs.begin(), inputs.end(), [&](auto &field) { return field.name == name && data::isOfPictures(data, field); }) && text.find_first_of("[@") != 0) {
      record[name] = text;
      continue;
    }
    Json value = text.rfind('@', 0) == 0 ? parseFile(text.substr(1)) : parseJson(text);
    record[name] = value.is_object() && value.contains(name) ? value[name] : value;
  }
  return record;
}

}  // namespace

int runPredict(Context &context, const abi::Deploy &deploy, const RunFolder &run) {
  std::unique_ptr<Answerer> answerer;
  if (deploy.repeats)
    answerer = makeGenerator(context, deploy, run);
  else
    answerer = std::make_unique<Predictor>(context, deploy, run);
  if (const std::vector<std::string> &operands = context.options.operands; !operands.empty()) {
    Json out = answerer->answer(recordFromOperands(operands, context.data(deploy.data), inputsOf(deploy, context.data(deploy.data))), 0);
    bool isText = deploy.repeats && !context.options.json;
    printResult((isText ? out.front().get<std::string>() : out.dump()) + "\n");
    return 0;
  }
  if (isatty(STDIN_FILENO))
    printMessage("reading records from standard input, one a line: JSON with " + answerer->inputList() + "\n");
  LineReader lines;
  int status = 0;
  int64_t number = 0;
  std::vector<Answerer::Asked> asked;
  for (std::string line; lines.next(line);) {
    asked.clear();
    // What is there already is answered together; who writes one record and waits for its answer gets that.
    do
      if (++number; line.find_first_not_of(" \t\r") != std::string::npos)
        asked.push_back(askedIn(line, number - 1));
    while (asked.size() < answerer->together() && lines.isNextThere() && lines.next(line));
    answerer->answer(asked);
    for (Answerer::Asked &each : asked) {
      if (each.problem) {
        std::string message = "line " + std::to_string(each.number + 1) + ": " + each.problem->message;
        printError(message);
        each.answer = Json({{"error", message}});
        status = each.problem->exitCode;
      }
      printResult(each.answer.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    }
  }
  return status;
}

}  // namespace tl::program
