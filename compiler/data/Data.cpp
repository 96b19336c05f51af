// Data declarations: sources and their facts, splits, and which augmentations may touch what.
#include "compiler/data/DataChecks.h"
#include "runtime/abi/DrawnInputs.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/Error.h"
#include <algorithm>

namespace tl {

void DataChecks::checkAll() {
  draft.program.data.reserve(files.script().datas.size());  // the library points into it
  std::vector<std::string> open;
  for (const ast::Data &data : files.script().datas)
    checkInOrder(data, open);
}

void DataChecks::check(const ast::Data &data, DataPlan &plan) {
  size_t before = declared.errorCount();
  plan.ast = &data;
  plan.facts = &draft.program.data.emplace_back();
  plan.facts->name = data.name;
  declared.library.data[data.name] = plan.facts;
  if (data.sources.empty())
    declared.report(Diag::SourceMissing, data.span, "data `" + data.name + "` has no source")
        .help = "say where it comes from: source train csv(\"file.csv\", label = \"kind\")";
  std::set<std::string> bound;
  for (const ast::Statement &statement : data.fields) {
    if (!takePictureSteps(statement, bound, plan))
      return;
    bound.insert(statement.names.begin(), statement.names.end());
    if (isTokenStep(statement, declared.library)) {
      if (!checkStepFits(statement, data))
        return;
      std::optional<std::map<std::string, std::string>> options = tokenOptions(statement, plan);
      if (!options)
        return;
      if (plan.tokenOptions.contains(statement.names.front() + ".kind")) {
        declared.report(Diag::TokensStep, statement.span, "the tokens of `" + statement.names.front() + "` are made twice").help = "make them by one step";
        return;
      }
      std::string &fields = plan.tokenOptions["tokens.fields"];
      fields += (fields.empty() ? "" : ",") + statement.names.front();
      plan.tokenOptions.insert(options->begin(), options->end());
    }
  }
  for (const ast::Source &source : data.sources)
    checkSource(source, plan);
  checkSplits(data, *plan.facts);
  takeClassNames(plan);
  if (declared.errorCount() == before)
    checkConditions(data, plan);
  for (const ast::Statement &statement : data.fields)
    if (!isTokenStep(statement, declared.library))
      for (abi::Source &source : plan.facts->sources)
        source.options[statement.names.front() + ".rebound"] = "true"; // see data::isRebound
  checkClasses(plan);
  if (plan.fittedBy.empty() || declared.errorCount() == before) // a tokenizer is fitted on what all sources have
    fitVocabularies(plan);
  if (declared.errorCount() == before)
    checkSharedRecords(plan);
}

/// Of a whole number, however large: a reader says what is too large for it.
static std::string digitsOf(double whole) {
  std::string text = std::to_string(whole);
  return text.substr(0, text.find('.'));
}

/// `label = 4`, `header = auto`, `columns = [0, 2]` as the text that a reader takes.
static std::optional<std::string> optionText(const ast::Expr &expr, const Library &library) {
  using Kind = ast::Expr::Kind;
  switch (expr.kind) {
  case Kind::String:
    return expr.text;
  case Kind::Bool:
    return expr.number != 0 ? "true" : "false";
  case Kind::Name: {
    auto dim = library.constants.find(expr.text);
    if (dim == library.constants.end())
      return expr.text;
    if (const auto *number = std::get_if<Number>(&dim->second); number && number->isInteger)
      return digitsOf(number->value);
    return std::nullopt;
  }
  case Kind::Number:
    if (!expr.isInteger)
      return std::nullopt;
    return digitsOf(expr.number);
  case Kind::List: {
    std::string joined;
    for (const auto &item : expr.operands) {
      std::optional<std::string> text = optionText(*item, library);
      if (!text)
        return std::nullopt;
      joined += (joined.empty() ? "" : ",") + *text;
    }
    return joined;
  }
  default:
    return std::nullopt;
  }
}

/// What of a source an error is about, as it is written.
static ast::Span placeOf(const data::SourceError &error, const ast::Source &source) {
  using Part = data::SourceError::Part;
  if (error.part == Part::Reader)
    return source.readerSpan;
  for (const ast::Argument &argument : source.arguments) {
    if (error.part == Part::File && argument.name.empty() && argument.value->text == error.name)
      return argument.value->span;
    if (argument.name == error.name && error.part == Part::OptionName)
      return argument.nameSpan;
    if (argument.name == error.name && error.part == Part::OptionValue)
      return argument.value->span;
  }
  return source.span;
}

void DataChecks::checkSource(const ast::Source &source, DataPlan &plan) {
  abi::Data &facts = *plan.facts;
  for (const abi::Source &other : facts.sources)
    if (other.name == source.name) {
      declared.report(Diag::DeclaredTwice, source.span, "source `" + source.name + "` is declared twice")
          .help = "a source is a split: give each its own name";
      return;
    }
  abi::Source described;
  described.tokenizer = facts.tokenizer;
  described.name = source.name;
  described.reader = source.reader;
  described.place = declared.place(source.span);
  for (const ast::Argument &argument : source.arguments) {
    dims.evaluateIn(*argument.value);
    std::optional<std::string> text = optionText(*argument.value, declared.library);
    bool isFile = argument.name.empty();
    if (argument.value->kind == ast::Expr::Kind::Binary || argument.value->kind == ast::Expr::Kind::Unary) {  // `window = places + 1`, `label = -1`
      std::optional<int64_t> computed = declared.integer(*argument.value, "option `" + argument.name + "`");
      if (!computed)
        return;
      text = std::to_string(*computed);
    }
    if (!text || (isFile && argument.value->kind != ast::Expr::Kind::String)) {
      declared.report(Diag::SourceOption, argument.value->span,
                      isFile ? "a file of source `" + source.name + "` is written as a text in quotes"
                             : "option `" + argument.name + "` of `" + source.reader + "` takes a text, a whole number or a list");
      return;
    }
    if (isFile)
      described.files.push_back(*text);
    else
      described.options[argument.name] = *text;
  }
  data::Facts found;
  try {
    auto saysLength = [](const auto &option) { return option.first.ends_with(".length"); };
    if (described.options.contains("length") && std::any_of(plan.tokenOptions.begin(), plan.tokenOptions.end(), saysLength))
      throw data::badSource("the length of a text is said twice: here, and by the step that makes its tokens").inOption("length");
    if (data::isText(described) || described.options.contains("categories"))
      described.options.insert(plan.tokenOptions.begin(), plan.tokenOptions.end());
    if (auto steps = plan.tokenOptions.find("images.steps"); steps != plan.tokenOptions.end())
      described.options.insert(*steps);
    if (std::string steps = drawnStepsOf(source, plan); !steps.empty())
      described.options[abi::drawnSteps] = steps;
    found = data::readFacts(described, declared.library.scriptFolder);
    described.options.insert(found.told.begin(), found.told.end());
  } catch (const data::SourceError &error) {
    std::string near = nearest(error.wrong, error.choices);
    declared.report(Diag::DataFacts, placeOf(error, source), error.message).help = near.empty() ? "" : "did you mean `" + near + "`?";
    return;
  } catch (const Error &error) {
    declared.report(Diag::DataFacts, source.span, error.message);
    return;
  }
  if (std::any_of(found.fields.begin(), found.fields.end(), [](const abi::Field &field) { return field.name == "valid"; })) {
    ast::Span span = source.span;
    for (const ast::Argument &argument : source.arguments)
      if (argument.name == "x")
        span = argument.value->span;
    declared.report(Diag::SourceOption, span, "a field of a source cannot be named `valid`: a batch says by it which of its rows are records").help =
        "give it another name";
    return;
  }
  if (!checkFiles(source, described, found, plan))
    return;
  if (!facts.sources.empty() && (data::hasPairs(described) || data::hasPairs(facts.sources.front()))) {
    declared.report(Diag::SourceFields, source.span,
                    "pairs are of the words that their own text has most often, so source `" + source.name + "` would have other words than source `" + facts.sources.front().name + "`")
        .help = "name both files in one source, or write a data of its own for each";
    return;
  }
  plan.classesAreGiven = plan.classesAreGiven || found.classesAreGiven;
  for (const auto &[label, records] : found.classRecords)
    plan.classRecords[label] += records;
  if (!found.headerDoubt.empty())
    declared.report(Diag::HeaderDoubtful, placeOf(data::badSource("").inOption("header"), source),
                    "`header = true` leaves the first line of `" + described.files.front() + "` out, and it looks like a record: " + found.headerDoubt)
        .help = "where it is a record, write `header = false`";
  described.records = found.records;
  described.digest = found.digest;
  described.window = found.window;
  described.leftOut = found.leftOut;
  plan.texts = found.texts;
  if (facts.sources.empty() || facts.fields.empty()) {
    facts.fields = found.fields;
  } else {
    auto shown = [](const std::vector<abi::Field> &fields) {
      std::string text;
      for (const abi::Field &field : fields)
        text += (text.empty() ? "`" : ", `") + field.name + ": " + data::typeText(field.dtype, field.shape) + "`";
      return text;
    };
    auto alike = [](const abi::Field &a, const abi::Field &b) {
      bool areClasses = !a.classNames.empty() && !b.classNames.empty() && a.shape == std::vector{a.classes} && b.shape == std::vector{b.classes};
      return a.name == b.name && a.dtype == b.dtype && (a.shape == b.shape || areClasses) && a.tokens == b.tokens; // classes: see takeClassNames
    };
    if (!std::equal(found.fields.begin(), found.fields.end(), facts.fields.begin(), facts.fields.end(), alike)) {
      declared.report(Diag::SourceFields, source.span,
                      "source `" + source.name + "` has " + shown(found.fields) + ", source `" + facts.sources.front().name +
                          "` has " + shown(facts.fields))
          .help = "all sources of one `data` have the same fields";
      return;
    }
    if (!checkColumns(source, found.fields, facts))
      return;
    // The greatest label of one source may miss the last class.
    for (size_t i = 0; i < facts.fields.size(); ++i) {
      facts.fields[i].classes = std::max(facts.fields[i].classes, found.fields[i].classes);
      facts.fields[i].mayLack |= found.fields[i].mayLack;
    }
  }
  plan.sourceClasses.push_back({&source, std::move(found.fields), std::move(found.namesGiven), std::move(found.namedRecords)});
  facts.sources.push_back(std::move(described));
}

/// Columns that are called otherwise are others: where all are taken in their order, nothing else tells. False after an error.
bool DataChecks::checkColumns(const ast::Source &source, const std::vector<abi::Field> &found, const abi::Data &facts) {
  auto shown = [](const std::vector<std::string> &columns) {
    std::string text;
    for (size_t i = 0; i < std::min<size_t>(columns.size(), 8); ++i)
      text += (i ? ", `" : "`") + columns[i] + "`";
    return text + (columns.size() > 8 ? ", …" : "");
  };
  auto isNumber = [](const std::string &name) { return name.find_first_not_of("0123456789") == std::string::npos; };
  for (size_t i = 0; i < found.size(); ++i) {
    const std::vector<std::string> &here = found[i].columns, &there = facts.fields[i].columns;
    bool haveNames = std::none_of(here.begin(), here.end(), isNumber) && std::none_of(there.begin(), there.end(), isNumber);
    if (here == there || (!haveNames && found[i].tokens.empty()))
      continue;
    declared.report(Diag::SourceFields, source.span,
                    "`" + found[i].name + "` of source `" + source.name + "` has the columns " + shown(here) + ", of source `" + facts.sources.front().name + "` " + shown(there))
        .help = "name the same columns in the same order; a column that is called otherwise is given its name: `NAME = COLUMN`";
    return false;
  }
  return true;
}

void DataChecks::checkAugments(const DataPlan &plan) {
  for (const ast::AugmentRule &rule : plan.ast->augments) {
    if (rule.split != "train") {
      bool exists = plan.split(rule.split) != nullptr;
      declared.report(Diag::SplitMisuse, rule.splitSpan,
                      exists ? "`augment` changes the `" + rule.split + "` split of `" + plan.ast->name +
                                   "`; only `train` may be augmented, or results would not be comparable"
                             : "`" + plan.ast->name + "` has no split `" + rule.split + "`, and only `train` may be augmented")
          .help = "write `augment train { … }`";
      continue;
    }
    if (!plan.isSound)
      continue;
    std::string field = rule.field.empty() ? plainField(plan) : rule.field;
    if (field.empty())
      declared.report(Diag::FieldMissing, rule.span, "`augment` must say which field it changes: `" + plan.ast->name + "` has several unlabelled fields")
          .help = "write `augment train { FIELD: step }`";
  }
}

}  // namespace tl
