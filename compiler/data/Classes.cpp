// Classes of labels: the names that `train` has are those of all splits, and numbers count from 0.
#include "compiler/data/DataChecks.h"
#include "runtime/data/UnseenClasses.h"
#include "runtime/io/Lists.h"
#include <algorithm>

namespace tl {

static std::string quoted(const std::vector<std::string> &names) {
  constexpr size_t most = 8;
  return firstOf(names, most);
}

static const abi::Field &fieldNamed(const std::string &name, const std::vector<abi::Field> &fields) {
  return *std::find_if(fields.begin(), fields.end(), [&](const abi::Field &field) { return field.name == name; });
}

/// That another source has no class that `train` lacks; of names that the script says, that they are the same ones; that both have names or none.
void DataChecks::checkClassNames(const abi::Field &known, const DataPlan::SourceClasses &trained, const DataPlan::SourceClasses &other, const DataPlan &plan) {
  const std::vector<std::string> &names = fieldNamed(known.name, other.fields).classNames;
  const std::string &here = other.source->name, &there = trained.source->name;
  bool areGiven = other.given.contains(known.name);
  auto argumentNamed = [&](const std::string &name) -> const ast::Argument * {
    for (const ast::Argument &argument : other.source->arguments)
      if (argument.name == name)
        return &argument;
    return nullptr;
  };
  const ast::Argument *classes = argumentNamed(known.name == "labels" && argumentNamed("label") ? "labels" : "classes"); // beside a label, several columns are their own names
  const ast::Argument *saidBy = areGiven && classes ? classes : argumentNamed(known.name);
  ast::Span span = saidBy ? saidBy->value->span : other.source->span;
  if (names.empty() != known.classNames.empty()) {
    std::string named = quoted(names.empty() ? known.classNames : names);
    declared.report(Diag::SourceFields, span,
                    "the labels of source `" + here + "` are " + (names.empty() ? "numbers" : "the names " + named) + ", those of source `" + there + "` " +
                        (names.empty() ? "the names " + named : "numbers"))
        .help = "write them alike, or say what the numbers are called: classes = \"" + (names.empty() ? known.classNames : names).front() + ", …\"";
    return;
  }
  if (areGiven && names != known.classNames) {
    declared.report(Diag::SourceFields, span,
                    "the classes of source `" + here + "` are " + quoted(names) + ", those of source `" + there + "` " + quoted(known.classNames))
        .help = "name the same ones in the same order";
    return;
  }
  auto isNew = [&](const std::string &name) { return std::find(known.classNames.begin(), known.classNames.end(), name) == known.classNames.end(); };
  auto strange = std::find_if(names.begin(), names.end(), isNew);
  if (strange == names.end())
    return;
  auto records = other.records.find(known.name);
  int64_t count = records == other.records.end() || !records->second.contains(*strange) ? 0 : records->second.at(*strange);
  declared.report(Diag::SourceFields, span,
                  "source `" + here + "` of `" + plan.facts->name + "` has the class `" + *strange + "`, " + (count == 1 ? "once" : std::to_string(count) + " times") +
                      ", and source `" + there + "`, which is trained on, does not: its classes are " + quoted(known.classNames))
      .help = "bring records of that class into `" + there + "`, leave them out of `" + here + "`, or name all classes in both: classes = \"" + known.classNames.front() + ", …\"";
}

/// A source that is judged by may lack some of the classes that `train` has.
void DataChecks::takeClassNames(DataPlan &plan) {
  if (plan.sourceClasses.size() < 2)
    return;
  const abi::Split *train = plan.split("train");
  auto trained = std::find_if(plan.sourceClasses.begin(), plan.sourceClasses.end(), [&](const auto &each) { return train && each.source->name == train->source; });
  if (trained == plan.sourceClasses.end())
    trained = plan.sourceClasses.begin();
  for (abi::Field &field : plan.facts->fields) {
    if (field.classes == 0)
      continue;
    const abi::Field &known = fieldNamed(field.name, trained->fields);
    if (!known.classNames.empty()) {
      field.classNames = known.classNames;
      field.classes = known.classes;
      field.shape = known.shape;
    }
    for (const DataPlan::SourceClasses &other : plan.sourceClasses)
      if (&other != &*trained)
        checkClassNames(known, *trained, other, plan);
  }
}

/// "0, 3 to 6"
static std::string ranges(const std::vector<int64_t> &numbers) {
  std::string text;
  for (size_t i = 0; i < numbers.size();) {
    size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1)
      ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(numbers[i]) + (last > i ? " to " + std::to_string(numbers[last]) : "");
    i = last + 1;
  }
  return text;
}

/// Labels that are numbers count from 0: where some do not occur, a model has outputs that nothing can train.
void DataChecks::checkClasses(const DataPlan &plan) {
  constexpr size_t mostListed = 100'000;
  if (plan.classesAreGiven || plan.classRecords.empty() || data::isRebound(*plan.facts, "label"))
    return;
  std::vector<int64_t> absent, present;
  int64_t next = 0;
  for (const auto &[label, records] : plan.classRecords) {
    for (; next < label && absent.size() < mostListed; ++next)
      absent.push_back(next);
    next = label + 1;
    present.push_back(label);
  }
  if (absent.empty())
    return;
  ast::Span span = plan.ast->sources.front().span;
  for (const ast::Argument &argument : plan.ast->sources.front().arguments)
    if (argument.name == "label")
      span = argument.value->span;
  std::string table = "to_int(tensor([";
  for (int64_t label = 0, number = 0; label < next && next <= 32; ++label)
    table += (label ? ", " : "") + std::to_string(plan.classRecords.count(label) ? number++ : 0);
  std::string renumbered = present.size() == size_t(next - present.front()) ? "label - " + std::to_string(present.front())
                           : next <= 32                                     ? table + "])[label])"
                                                                            : "";
  declared.report(Diag::ClassAbsent, span,
                  "no record of `" + plan.ast->name + "` has class " + ranges(absent) + ": the labels are " + ranges(present) + ", so `" +
                      plan.ast->name + ".label.classes` is " + std::to_string(next) + " with only " + std::to_string(present.size()) + " in use")
      .help = "number them from 0 without gaps, in the files" + (renumbered.empty() ? "" : " or by label = " + renumbered) +
              ", and give the model " + std::to_string(present.size()) + " outputs";
}

}  // namespace tl
