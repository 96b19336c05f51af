// Data declarations: sources and their facts, splits, and which augmentations may touch what.
#include "compiler/sema/Checker.h"
#include "runtime/data/Facts.h"
#include "runtime/data/Split.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <cmath>

namespace tl {

const abi::Field *DataPlan::field(const std::string &name) const {
  for (const abi::Field &field : facts->fields)
    if (field.name == name)
      return &field;
  return nullptr;
}

const abi::Split *DataPlan::split(const std::string &name) const {
  for (const abi::Split &split : facts->splits)
    if (split.name == name)
      return &split;
  return nullptr;
}

int64_t DataPlan::recordsIn(const abi::Split &split) const {
  for (const abi::Source &source : facts->sources)
    if (source.name == split.source)
      return data::expectedRecords(source, split);
  return 0;
}

void Checker::checkData(const ast::Data &data, DataPlan &plan) {
  plan.ast = &data;
  plan.facts = &out->program.data.emplace_back();
  plan.facts->name = data.name;
  library.data[data.name] = plan.facts;
  if (data.sources.empty())
    report(Diag::SourceMissing, data.span, "data `" + data.name + "` has no source")
        .help = "say where it comes from: source train csv(\"file.csv\", label = \"kind\")";
  for (const ast::Statement &statement : data.fields)
    if (isTokenStep(statement)) {
      std::optional<std::map<std::string, std::string>> options = tokenOptions(statement);
      if (!options)
        return;
      plan.tokenOptions = *options;
    }
  for (const ast::Source &source : data.sources)
    checkSource(source, plan);
  checkSplits(data, *plan.facts);
  fitVocabularies(plan);
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
      return std::to_string(int64_t(number->value));
    return std::nullopt;
  }
  case Kind::Number:
    if (!expr.isInteger)
      return std::nullopt;
    return std::to_string(int64_t(expr.number));
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

void Checker::checkSource(const ast::Source &source, DataPlan &plan) {
  abi::Data &facts = *plan.facts;
  for (const abi::Source &other : facts.sources)
    if (other.name == source.name) {
      report(Diag::DeclaredTwice, source.span, "source `" + source.name + "` is declared twice")
          .help = "a source is a split: give each its own name";
      return;
    }
  abi::Source described;
  described.name = source.name;
  described.reader = source.reader;
  described.place = place(source.span);
  for (const ast::Argument &argument : source.arguments) {
    evaluateDimsIn(*argument.value);
    std::optional<std::string> text = optionText(*argument.value, library);
    bool isFile = argument.name.empty();
    if (argument.value->kind == ast::Expr::Kind::Binary) {  // `window = places + 1`
      std::optional<int64_t> computed = integer(*argument.value, "option `" + argument.name + "`");
      if (!computed)
        return;
      text = std::to_string(*computed);
    }
    if (!text || (isFile && argument.value->kind != ast::Expr::Kind::String)) {
      report(Diag::SourceOption, argument.value->span,
             isFile ? "a file of source `" + source.name + "` is written as a text in quotes"
                    : "option `" + argument.name + "` of `" + source.reader + "` takes a text, a whole number or a list");
      return;
    }
    if (isFile)
      described.files.push_back(*text);
    else
      described.options[argument.name] = *text;
  }
  if (data::isText(described.reader))
    described.options.insert(plan.tokenOptions.begin(), plan.tokenOptions.end());
  data::Facts found;
  try {
    found = data::readFacts(described, scriptFolder);
  } catch (const Error &error) {
    report(Diag::DataFacts, source.span, error.message);
    return;
  }
  described.records = found.records;
  described.digest = found.digest;
  described.window = found.window;
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
      return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape && a.classNames == b.classNames &&
             a.tokens == b.tokens;
    };
    if (!std::equal(found.fields.begin(), found.fields.end(), facts.fields.begin(), facts.fields.end(), alike)) {
      report(Diag::SourceFields, source.span,
             "source `" + source.name + "` has " + shown(found.fields) + ", source `" + facts.sources.front().name +
                 "` has " + shown(facts.fields))
          .help = "all sources of one `data` have the same fields";
      return;
    }
    // The greatest label of one source may miss the last class.
    for (size_t i = 0; i < facts.fields.size(); ++i)
      facts.fields[i].classes = std::max(facts.fields[i].classes, found.fields[i].classes);
  }
  facts.sources.push_back(std::move(described));
}

static std::string percent(double fraction) {
  char text[32];
  snprintf(text, sizeof text, "%g", fraction);
  return text;
}

void Checker::checkSplits(const ast::Data &data, abi::Data &facts) {
  std::set<std::string> divided;
  for (const ast::Split &split : data.splits) {
    std::string source;
    for (const ast::SplitPart &part : split.parts)
      for (const abi::Source &candidate : facts.sources)
        if (candidate.name == part.name) {
          if (!source.empty())
            report(Diag::SplitSource, part.span,
                   "`" + part.name + "` is a source of its own, so it cannot also be a part of source `" + source + "`")
                .help = "rename one of the two";
          else
            source = candidate.name;
        }
    if (source.empty() && facts.sources.size() == 1)
      source = facts.sources.front().name;
    if (source.empty()) {
      if (!facts.sources.empty())
        report(Diag::SplitSource, split.span, "no part of this split has the name of a source, so it divides none")
            .help = "call one part `" + facts.sources.front().name + "` to divide that source";
      continue;
    }
    if (!divided.insert(source).second)
      report(Diag::SplitSource, split.span, "source `" + source + "` is divided twice");
    const std::string &by = split.by;
    if (by != "hash" && by != "position")
      report(Diag::SplitSource, split.bySpan, "a split is made `by hash` or `by position`, not by `" + by + "`");
    for (const abi::Source &windowed : facts.sources)
      if (windowed.name == source && windowed.window > 1 && by == "hash")
        report(Diag::SplitWindows, split.bySpan,
               "a record of source `" + source + "` is a window of " + std::to_string(windowed.window) +
                   " tokens and shares most of them with its neighbours: split by hash, `train` would hold the text of `val`")
            .help = "write `by position`: parts that follow each other, and no window across their border";
    double from = 0;
    for (const ast::SplitPart &part : split.parts) {
      evaluateDimsIn(*part.fraction);
      std::optional<double> fraction = number(*part.fraction, "the share of `" + part.name + "`");
      if (!fraction)
        continue;
      if (*fraction <= 0 || *fraction > 1)
        report(Diag::SplitFraction, part.fraction->span,
               "the share of `" + part.name + "` is " + percent(*fraction) + "; it must be above 0 and at most 1");
      for (const abi::Split &other : facts.splits)
        if (other.name == part.name)
          report(Diag::DeclaredTwice, part.span, "split `" + part.name + "` is declared twice");
      facts.splits.push_back({part.name, source, from, from + *fraction, place(part.span)});
      facts.splits.back().by = by;
      from += *fraction;
    }
    if (from > 1 + 1e-9)
      report(Diag::SplitFraction, split.span, "the shares of this split add up to " + percent(from) + ", more than 1");
    else if (from > 1 - 1e-9 && !facts.splits.empty())
      facts.splits.back().to = 1;  // 0.7 + 0.15 + 0.15 must not leave a gap.
  }
  for (size_t i = 0; i < facts.sources.size(); ++i)
    if (!divided.count(facts.sources[i].name))
      facts.splits.push_back({facts.sources[i].name, facts.sources[i].name, 0, 1, facts.sources[i].place});
  // The windows that a model is trained on may overlap; those that judge it score each token once.
  for (abi::Split &split : facts.splits)
    for (const abi::Source &source : facts.sources)
      if (source.name == split.source && source.window > 1) {
        split.by = "position";
        auto stride = source.options.find("stride");
        bool isGiven = split.name == "train" && stride != source.options.end();
        split.step = isGiven ? std::stoll(stride->second) : source.window - 1;
      }
}

std::string Checker::plainField(const DataPlan &plan) const {
  std::string name;
  for (const abi::Field &field : plan.facts->fields)
    if (field.classes == 0 && field.name != "label" && !isLengths(field)) {
      if (!name.empty())
        return "";
      name = field.name;
    }
  return name;
}

void Checker::checkAugments(const DataPlan &plan) {
  for (const ast::AugmentRule &rule : plan.ast->augments) {
    if (rule.split != "train") {
      bool exists = plan.split(rule.split) != nullptr;
      report(Diag::SplitMisuse, rule.splitSpan,
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
      report(Diag::FieldMissing, rule.span, "`augment` must say which field it changes: `" + plan.ast->name +
                                                "` has several unlabelled fields")
          .help = "write `augment train { FIELD: step }`";
  }
}

}  // namespace tl
