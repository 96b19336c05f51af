// What plans answer about themselves.
#include "compiler/stages/Plans.h"
#include "runtime/abi/DrawnInputs.h"
#include "runtime/data/Split.h"
#include <algorithm>

namespace tl {

const abi::Field *DataPlan::field(const std::string &name) const {
  for (const abi::Field &field : facts->fields)
    if (field.name == name)
      return &field;
  return nullptr;
}

bool DataPlan::isDrawn(const abi::Field &field) const {
  return std::any_of(facts->sources.begin(), facts->sources.end(), [&](const abi::Source &source) { return abi::isDrawn(source, field); });
}

const abi::Split *DataPlan::split(const std::string &name) const {
  for (const abi::Split &split : facts->splits)
    if (split.name == name)
      return &split;
  return nullptr;
}

bool isReadSplit(const std::string &name) { return name == "train" || name == "val" || name == "test"; }

bool DataPlan::hasUnreadSplit() const {
  return std::any_of(facts->splits.begin(), facts->splits.end(), [](const abi::Split &split) { return !isReadSplit(split.name); });
}

bool DataPlan::sharesFiles(const DataPlan &other) const {
  return this == &other || std::any_of(readBy.begin(), readBy.end(), [&](const auto &file) { return other.readBy.contains(file.first); });
}

int64_t DataPlan::recordsIn(const abi::Split &split) const {
  for (const abi::Source &source : facts->sources)
    if (source.name == split.source)
      return data::expectedRecords(source, split);
  return 0;
}

int64_t DataPlan::mostRecordsIn(const abi::Split &split) const {
  abi::Split most = split;
  if (split.by != "position")
    most.from = 0, most.to = 1;
  return recordsIn(most);
}

bool StagePlan::isAveraged(const std::string &path) const {
  return average && trainsEver(path);
}

bool StagePlan::trainsEver(const std::string &path) const {
  return std::any_of(phases.begin(), phases.end(), [&](const PhasePlan &phase) { return phase.trained.contains(path); });
}

std::optional<std::string> StagePlan::startOf(const std::string &path) {
  const TreeEntry *entry = tree.find(path);
  if (!entry || !entry->isWeight)
    return std::nullopt;
  if (!areStartsKnown)
    starts.insert(path);
  else if (!starts.contains(path))
    return trainsEver(path) ? std::nullopt : std::optional<std::string>("");
  return startPath(path);
}

bool StagePlan::hasObjectives() const {
  return std::all_of(steps.begin(), steps.end(), [](const StepPlan &step) {
    return !step.terms.empty() && std::all_of(step.terms.begin(), step.terms.end(), [](const ObjectiveTerm &term) { return term.objective; });
  });
}

bool StagePlan::isValued(const StepPlan &step) const {
  return std::all_of(step.terms.begin(), step.terms.end(), [&](const ObjectiveTerm &term) { return dataOf(term.on).split("val"); });
}

std::string plainField(const DataPlan &plan) {
  std::string name;
  for (const abi::Field &field : plan.facts->fields)
    if (field.classes == 0 && field.name != "label" && field.name != abi::groupField && field.lengthOf.empty() && field.beside.empty()) {
      if (!name.empty())
        return "";
      name = field.name;
    }
  return name;
}

bool isFittedTokenizer(const std::string &kind) { return kind == "wordpiece" || kind == "bpe"; }

bool isTokenStep(const ast::Statement &statement, const Library &library) {
  const ast::Expr &value = *statement.value;
  if (value.kind != ast::Expr::Kind::Call || value.operands.front()->kind != ast::Expr::Kind::Name)
    return false;
  const std::string &name = value.operands.front()->text;
  return (name == "words" || name == "characters" || name == "pieces" || name == "categories" || isFittedTokenizer(name)) && !library.definitions.count(name);
}

Mode modeIn(const StagePlan &plan, const PhasePlan &phase, const Instance *instance) {
  if (!instance)
    return {true, false};
  const std::vector<TreeEntry> &entries = plan.tree.entries;
  std::vector<PathPart> prefix = splitPath(instance->path);
  auto isBelow = [&](const TreeEntry &entry) {
    return entry.parts.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), entry.parts.begin());
  };
  // Its own weights decide; without any, those below it; without any, whether a rule covers the layer itself.
  const Treatment none, *ofLayer = &none, *ofLeaf = nullptr;
  bool ownAll = true, hasOwn = false, belowAll = true, hasBelow = false, hasBuffers = false;
  bool statsFrozen = false;
  for (size_t i = 0; i < entries.size(); ++i) {
    const TreeEntry &entry = entries[i];
    const Treatment &treatment = phase.treatments[i];
    if (!entry.isLeaf && entry.instance == instance)
      ofLayer = &treatment;
    if (entry.isLeaf && !entry.isWeight && entry.instance == instance) {
      hasBuffers = true;
      statsFrozen = statsFrozen || treatment.statsBy;
    }
    if (!entry.isWeight || !isBelow(entry))
      continue;
    hasBelow = true;
    belowAll = belowAll && treatment.isFrozen;
    if (entry.instance == instance) {
      hasOwn = true;
      ownAll = ownAll && treatment.isFrozen;
      ofLeaf = &treatment;
    }
  }
  bool isFrozen = hasOwn     ? ownAll
                  : hasBelow ? belowAll
                             : ofLayer->isFrozen;
  const ast::Rule *rule = ofLayer->decidedBy ? ofLayer->decidedBy
                          : ofLeaf           ? ofLeaf->decidedBy
                                             : nullptr;
  std::string optOut = isFrozen && rule ? rule->text : "";
  Mode mode;
  mode.training = !isFrozen || (hasBuffers ? optOut == "updating stats" : optOut == "with dropout");
  mode.updateBuffers = mode.training && !statsFrozen;
  return mode;
}

}  // namespace tl
