// Splits: which part of which source each is, that somebody reads it, and that no record is in two of them or in none.
#include "compiler/data/DataChecks.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SharedRecords.h"
#include "runtime/data/Split.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <cmath>
#include <filesystem>

namespace tl {

static std::string percent(double fraction) {
  char text[32];
  snprintf(text, sizeof text, "%g", fraction);
  return text;
}

/// The place in the script that makes a split: a part of another one, or a source.
static ast::Span placeOfSplit(const ast::Data &data, const std::string &name) {
  for (const ast::Split &split : data.splits)
    for (const ast::SplitPart &part : split.parts)
      if (part.name == name)
        return part.span;
  for (const ast::Source &source : data.sources)
    if (source.name == name)
      return source.span;
  return data.span;
}

/// The part of a split whose records are left out on purpose.
static constexpr const char *unusedPart = "unused";

void DataChecks::reportLeftOut(const ast::Split &split, const std::string &source, double rest, const abi::Data &facts) {
  for (const abi::Source &divided : facts.sources)
    if (divided.name == source)
      declared.report(Diag::SplitLeavesOut, split.span,
                      "the shares of this split add up to " + percent(1 - rest) + ": about " +
                          std::to_string(std::llround(rest * double(divided.records))) + " of the " + std::to_string(divided.records) +
                          " records of source `" + source + "` would be in no part")
          .help = "let the shares add up to 1, or leave records out on purpose: `" + std::string(unusedPart) + " " + percent(rest) + "`";
}

/// What is wrong with the name of a split that nobody reads; "" where somebody does.
static std::string unread(const std::string &name) {
  if (isReadSplit(name))
    return "";
  return "nobody reads a split `" + name + "`: stages train on `train` and are measured on `val`, and `test` reads `test`";
}

static std::string readName(const std::string &name) {
  static const std::map<std::string, std::string> habits = {
      {"validation", "val"}, {"valid", "val"}, {"validate", "val"}, {"dev", "val"}, {"eval", "val"}, {"training", "train"}, {"testing", "test"}, {"holdout", "test"}};
  auto habit = habits.find(name);
  std::string near = habit != habits.end() ? habit->second : nearest(name, {"train", "val", "test"});
  return near.empty() ? "" : "did you mean `" + near + "`?";
}

/// From one window to the next: those of a text have a token in common, which is predicted in the one and read in the other. Of a table's rows a
/// model is trained on all windows, and what is judged is each row's target once.
static int64_t usualStep(const abi::Source &source, const abi::Split &split, const abi::Data &facts) {
  if (data::isText(source))
    return source.window - 1;
  auto target = std::find_if(facts.fields.begin(), facts.fields.end(), [](const abi::Field &field) { return field.before > 0; });
  return split.name == "train" || target == facts.fields.end() ? 1 : target->rows;
}

void DataChecks::checkSplits(const ast::Data &data, abi::Data &facts) {
  std::set<std::string> divided;
  for (const ast::Split &split : data.splits) {
    std::string source;
    for (const ast::SplitPart &part : split.parts)
      for (const abi::Source &candidate : facts.sources)
        if (candidate.name == part.name) {
          if (!source.empty())
            declared.report(Diag::SplitSource, part.span,
                            "`" + part.name + "` is a source of its own, so it cannot also be a part of source `" + source + "`")
                .help = "rename one of the two";
          else
            source = candidate.name;
        }
    if (source.empty() && facts.sources.size() == 1)
      source = facts.sources.front().name;
    if (source.empty()) {
      if (!facts.sources.empty())
        declared.report(Diag::SplitSource, split.span, "no part of this split has the name of a source, so it divides none")
            .help = "call one part `" + facts.sources.front().name + "` to divide that source";
      continue;
    }
    if (!divided.insert(source).second)
      declared.report(Diag::SplitSource, split.span, "source `" + source + "` is divided twice");
    const std::string &by = split.by;
    if (by != "hash" && by != "position")
      declared.report(Diag::SplitSource, split.bySpan, "a split is made `by hash` or `by position`, not by `" + by + "`");
    for (const abi::Source &windowed : facts.sources)
      if (windowed.name == source && windowed.window > 1 && by == "hash")
        declared.report(Diag::SplitWindows, split.bySpan,
                        "a record of source `" + source + "` is a window of " + std::to_string(windowed.window) + (data::isText(windowed) ? " tokens" : " rows") +
                            " and shares most of them with its neighbours: split by hash, `train` would hold the " + (data::isText(windowed) ? "text" : "rows") + " of `val`")
            .help = "write `by position`: parts that follow each other, and no window across their border";
    for (const abi::Source &counted : facts.sources)
      if (counted.name == source && data::hasPairs(counted) && by == "position")
        declared.report(Diag::SplitPairs, split.bySpan,
                        "a record of source `" + source + "` is a pair of words, counted in the whole text: it has no position, and its other order would be in another part")
            .help = "write `by hash`: both orders of two words are in one part";
    double from = 0;
    for (const ast::SplitPart &part : split.parts) {
      dims.evaluateIn(*part.fraction);
      std::optional<double> fraction = declared.number(*part.fraction, "the share of `" + part.name + "`");
      if (!fraction)
        continue;
      if (*fraction <= 0 || *fraction > 1)
        declared.report(Diag::SplitFraction, part.fraction->span,
                        "the share of `" + part.name + "` is " + percent(*fraction) + "; it must be above 0 and at most 1");
      for (const abi::Split &other : facts.splits)
        if (other.name == part.name)
          declared.report(Diag::DeclaredTwice, part.span, "split `" + part.name + "` is declared twice");
      from += *fraction;
      if (part.name == unusedPart)
        continue;
      if (std::string why = unread(part.name); !why.empty()) {
        std::string meant = readName(part.name);
        declared.report(Diag::SplitUnread, part.span, why).help =
            (meant.empty() ? "" : meant + " ") + "what is left out on purpose is called `" + unusedPart + "`";
      }
      facts.splits.push_back({part.name, source, from - *fraction, from, declared.place(part.span)});
      facts.splits.back().by = by;
    }
    if (from > 1 + 1e-9)
      declared.report(Diag::SplitFraction, split.span, "the shares of this split add up to " + percent(from) + ", more than 1");
    else if (from > 1 - 1e-9 && !facts.splits.empty() && split.parts.back().name != unusedPart)
      facts.splits.back().to = 1;  // 0.7 + 0.15 + 0.15 must not leave a gap.
    else if (from > 0 && from < 1 - 1e-9)
      reportLeftOut(split, source, 1 - from, facts);
  }
  for (const abi::Source &source : facts.sources) {
    if (divided.count(source.name))
      continue;
    facts.splits.push_back({source.name, source.name, 0, 1, source.place});
    if (std::string why = unread(source.name); !why.empty())
      declared.report(Diag::SplitUnread, placeOfSplit(data, source.name), why + "; source `" + source.name + "` is one, as nothing divides it").help = readName(source.name);
  }
  // The windows that a model is trained on may overlap; those that judge it score each token once.
  for (abi::Split &split : facts.splits)
    for (const abi::Source &source : facts.sources)
      if (source.name == split.source && source.window > 1) {
        split.by = "position";
        auto stride = source.options.find("stride");
        bool isGiven = split.name == "train" && stride != source.options.end();
        split.step = isGiven ? std::stoll(stride->second) : usualStep(source, split, facts);
      }
}

/// No two sources of one data read the same file, nor a source one file twice. False after an error.
bool DataChecks::checkFiles(const ast::Source &source, const abi::Source &described, const data::Facts &found, DataPlan &plan) {
  auto refuse = [&](ast::Span span, const std::string &what, const std::string &other) {
    declared.report(Diag::SourceShared, span,
                    source.name == other ? "source `" + source.name + "` reads " + what + " twice"
                                         : "source `" + source.name + "` reads " + what + ", as source `" + other + "` does: the same records would be in both")
        .help = source.name == other ? "name each file once" : "name another file, or divide one source: split train 0.8, test 0.2 by hash";
    return false;
  };
  for (const ast::Argument &argument : source.arguments) {
    if (!argument.name.empty())
      continue;
    const std::string &name = argument.value->text, &folder = declared.library.scriptFolder;
    for (const std::string &path : data::formatNamed(described.reader).isOfFolders ? std::vector{data::findFolder(name, folder)} : data::findFiles(name, folder)) {
      auto [known, isNew] = plan.readBy.emplace(std::filesystem::weakly_canonical(path).string(), source.name);
      if (!isNew)
        return refuse(argument.value->span, "`" + argument.value->text + "`", known->second);
    }
  }
  if (found.window > 1 && found.content)  // of other texts, equal records are counted
    if (auto [known, isNew] = plan.readBy.emplace("text " + std::to_string(found.content), source.name); !isNew)
      return refuse(source.span, "the same text", known->second);
  return true;
}

/// Tables and lines have been read whole for their facts already; of images the program counts when it starts.
void DataChecks::checkSharedRecords(const DataPlan &plan) {
  const abi::Data &facts = *plan.facts;
  const abi::Split *train = plan.split("train");
  bool isRead = facts.sources.size() == plan.ast->sources.size() &&
                std::all_of(facts.sources.begin(), facts.sources.end(),
                            [](const abi::Source &source) { return data::formatNamed(source.reader).readsWhole; });
  if (!train || !isRead)
    return;
  std::map<std::string, data::Dataset> loaded;
  // Readers of texts know their records by the texts, and need not make tokens of them; those of pictures by the bytes of their files.
  bool areTexts = std::any_of(facts.fields.begin(), facts.fields.end(), [](const abi::Field &field) { return !field.tokens.empty(); });
  bool arePictures = std::any_of(facts.sources.begin(), facts.sources.end(), [](const abi::Source &source) { return source.reader == data::imagesFormat.name; });
  const std::vector<abi::Field> compared = areTexts || arePictures ? std::vector<abi::Field>() : facts.fields;
  auto dataset = [&](const abi::Split &split) -> const data::Dataset & {
    auto source = std::find_if(facts.sources.begin(), facts.sources.end(), [&](const abi::Source &each) { return each.name == split.source; });
    if (auto known = loaded.find(split.source); known != loaded.end())
      return known->second;
    return loaded.emplace(split.source, data::Dataset::load(*source, compared, declared.library.scriptFolder, data::Holding::InPieces)).first->second;
  };
  try {
    for (const abi::Split &split : facts.splits) {
      if (split.name == "train" || !data::mayShareRecords(facts, *train, split))
        continue;
      data::RecordList records = data::splitRecords(dataset(split), split);
      if (int64_t shared = data::sharedRecords(dataset(*train), data::splitRecords(dataset(*train), *train), dataset(split), records))
        declared.report(Diag::RecordsShared, placeOfSplit(*plan.ast, split.name),
                        data::sharedText(facts.name, split.name, facts.name, shared, int64_t(records.size())) + ": a result on them is none on data never seen")
            .help = train->source == split.source ? "split `by hash`, which keeps equal records together" : "remove them from one of the files";
    }
  } catch (const Error &) { // NOLINT(bugprone-empty-catch)
    // Such as a split too small to have a record: the program says so when it starts.
  }
}

void DataChecks::warnOfUnreadTests() {
  for (const DataPlan &plan : plans) {
    const std::vector<ast::Test> &tests = files.script().tests;
    bool isRead = std::any_of(tests.begin(), tests.end(), [&](const ast::Test &test) { return test.data == plan.ast->name; });
    const abi::Split *split = plan.split("test");
    if (!plan.isUsed || !split || isRead)
      continue;
    std::string name = plan.ast->name;
    declared.report(Diag::TestUnread, placeOfSplit(*plan.ast, "test"),
                    "no `test` reads the " + std::to_string(plan.recordsIn(*split)) + " records of `" + name + ".test`")
        .help = "write `test STAGE.last on " + name + ".test { report … }`, or leave the split out";
  }
}

}  // namespace tl
