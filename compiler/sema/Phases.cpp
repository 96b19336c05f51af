// The phase table: which rule decides for each parameter, buffer and layer in each phase, and which rules decide nothing.
#include "compiler/sema/Checker.h"
#include <algorithm>

namespace tl {

using Kind = ast::Rule::Kind;

std::optional<Selection> Checker::select(const StagePlan &plan, const ast::Selector &selector) {
  auto number = [this](const ast::Expr &expr) { return integer(expr, "an index of a selector"); };
  return SelectorResolver(plan.tree, diagnostics, number, "model `" + plan.ast->model + "`").select(selector);
}

namespace {

/// What became of a rule over all phases that it holds in.
struct Outcome {
  bool decides = false;                    // for something, somewhere
  bool metFrozen = false;                  // a rate: all it selects is frozen
  const ast::Rule *overriddenBy = nullptr;
};

/// The layers that a layer was given and that stand elsewhere in the tree: what it computes with them is tied.
void sharedLayers(const Value &value, const std::string &inside, std::vector<const Instance *> &into) {
  if (const auto *list = std::get_if<std::shared_ptr<List>>(&value)) {
    for (const Value &item : (*list)->items)
      sharedLayers(item, inside, into);
  } else if (const auto *layer = std::get_if<std::shared_ptr<Instance>>(&value)) {
    const std::string &path = (*layer)->path;
    if (!path.starts_with(inside) || (path.size() > inside.size() && path[inside.size()] != '.' && path[inside.size()] != '['))
      into.push_back(layer->get());
  }
}

}  // namespace

/// Of each entry, how many of the layers that `selection` names come after its own in `forward`; -1: it is in none of them.
static std::vector<int> layersAfter(const ParameterTree &tree, const Selection &selection) {
  const std::vector<TreeEntry> &entries = tree.entries;
  auto isUnder = [&](size_t i, size_t layer) {
    const std::vector<PathPart> &parts = entries[i].parts, &prefix = entries[layer].parts;
    return parts.size() > prefix.size() && std::equal(prefix.begin(), prefix.end(), parts.begin());
  };
  std::vector<int> memberOf(entries.size(), -1), after(entries.size(), -1);
  std::vector<int> orders; // of the outermost layers selected, where what is in them is first used
  std::vector<size_t> outermost;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!selection[i])
      continue;
    auto holder = std::find_if(outermost.begin(), outermost.end(), [&](size_t layer) { return isUnder(i, layer); });
    memberOf[i] = int(holder - outermost.begin());
    if (holder == outermost.end()) { // a layer stands before what it holds
      outermost.push_back(i);
      orders.push_back(INT32_MAX);
    }
    if (entries[i].order >= 0)
      orders[size_t(memberOf[i])] = std::min(orders[size_t(memberOf[i])], entries[i].order);
  }
  for (size_t i = 0; i < after.size(); ++i)
    if (memberOf[i] >= 0)
      after[i] = int(std::count_if(orders.begin(), orders.end(), [&](int order) {
        return order > orders[size_t(memberOf[i])] && order < INT32_MAX;
      }));
  return after;
}

/// A rule that freezes one user of a tied parameter while the parameter trains contradicts itself.
void Checker::checkTied(const StagePlan &plan, const PhasePlan &phase) {
  const std::vector<TreeEntry> &entries = plan.tree.entries;
  for (size_t i = 0; i < entries.size(); ++i) {
    const ast::Rule *rule = phase.treatments[i].decidedBy;
    if (entries[i].isLeaf || !rule || !phase.treatments[i].isFrozen)
      continue;
    std::vector<const Instance *> shared;
    for (const auto &[name, value] : entries[i].instance->arguments)
      sharedLayers(value, entries[i].path, shared);
    for (const auto &[name, value] : entries[i].instance->members)
      sharedLayers(value, entries[i].path, shared);
    for (const TreeEntry &other : entries)
      for (const Instance *layer : shared)
        if (other.isWeight && other.instance == layer && phase.trained.count(other.path))
          report(Diag::TiedRules, rule->span,
                 "`freeze " + rule->selector->text + "` covers `" + entries[i].path + "`, which uses `" + other.path +
                     "`, and that is trained: a tied parameter is frozen at every place or at none")
              .help = "`freeze " + layer->path + "` too, or `train " + entries[i].path + "`";
  }
}

void Checker::resolvePhases(StagePlan &plan) {
  ParameterTree &tree = plan.tree;
  std::map<const ast::Rule *, std::optional<Selection>> selections;  // resolved once, so errors are said once
  for (PhasePlan &phase : plan.phases)
    for (const ast::Rule *rule : phase.rules)
      if (!selections.count(rule))
        selections[rule] = select(plan, *rule->selector);

  std::map<const ast::Rule *, Outcome> outcomes;
  std::vector<const ast::Rule *> inOrder;
  std::set<const ast::Rule *> reportedDepth;
  for (PhasePlan &phase : plan.phases) {
    phase.treatments.assign(tree.entries.size(), {});
    bool allResolved = true;
    for (const ast::Rule *rule : phase.rules) {
      const std::optional<Selection> &selection = selections[rule];
      if (!outcomes.count(rule))
        inOrder.push_back(rule);
      Outcome &outcome = outcomes[rule];
      if (!selection) {
        allResolved = false;
        outcome.decides = true;  // It has been reported already.
        continue;
      }
      bool hasBuffers = false, hasWeights = false, undoes = false;
      std::vector<int> depths;
      if (rule->kind == Kind::Rate && rule->text == "per") {
        depths = layersAfter(tree, *selection);
        if (*std::max_element(depths.begin(), depths.end()) < 1) {
          if (reportedDepth.insert(rule).second)
            report(Diag::RateWithoutEffect, rule->selector->span,
                   "`" + rule->selector->text + "` is one layer, and a rate `per` layer needs two or more")
                .help = "name several, such as a list's items, or write `for`";
          outcome.decides = true;
          continue;
        }
      }
      for (size_t i = 0; i < tree.entries.size(); ++i) {
        if (!(*selection)[i])
          continue;
        const TreeEntry &entry = tree.entries[i];
        Treatment &treatment = phase.treatments[i];
        hasBuffers = hasBuffers || (entry.isLeaf && !entry.isWeight);
        hasWeights = hasWeights || entry.isWeight;
        auto take = [&](const ast::Rule *&slot) {
          if (slot)
            outcomes[slot].overriddenBy = rule;
          slot = rule;
        };
        if (rule->kind == Kind::Freeze || rule->kind == Kind::Train) {
          undoes = undoes || treatment.isFrozen;
          treatment.isFrozen = rule->kind == Kind::Freeze;
          take(treatment.decidedBy);
        } else if (rule->kind == Kind::FreezeStats) {
          take(treatment.statsBy);
        } else if (entry.isWeight) {
          take(treatment.rate);
          treatment.power = depths.empty() ? 1 : depths[i];
        }
      }
      if (rule->kind == Kind::Train && !undoes)
        report(Diag::RuleWithoutEffect, rule->span, "`train " + rule->selector->text +
                                                        "` has no effect: nothing it selects is frozen before it");
      bool needsBuffers = rule->kind == Kind::FreezeStats || rule->text == "updating stats";
      if (needsBuffers && !hasBuffers)
        report(Diag::StatsMissing, rule->selector->span,
               "`" + rule->selector->text + "` has no buffers, so there are no stats to " +
                   (rule->kind == Kind::FreezeStats ? "freeze" : "update"))
            .help = rule->kind == Kind::FreezeStats ? "remove this rule" : "write `freeze " + rule->selector->text + "`";
      if (rule->kind == Kind::Rate && !hasWeights)
        report(Diag::RateWithoutEffect, rule->selector->span,
               "`" + rule->selector->text + "` has no parameters, so it has no learning rate");
    }

    for (size_t i = 0; i < tree.entries.size(); ++i) {
      const TreeEntry &entry = tree.entries[i];
      const Treatment &treatment = phase.treatments[i];
      bool trains = entry.isWeight && !treatment.isFrozen && plan.onGradientPath.count(entry.path);
      if (trains)
        phase.trained.insert(entry.path);
      // A layer with parameters is as frozen as they are: the rule on the layer itself decides nothing.
      // Nor does a rule on buffers whose layer trains on, and assigns them.
      bool counts = entry.isWeight || (entry.isLeaf ? !modeIn(plan, phase, entry.instance).updateBuffers
                                                    : tree.elementsUnder(entry.parts) == 0);
      if (treatment.decidedBy && counts)
        outcomes[treatment.decidedBy].decides = true;
      if (treatment.statsBy && entry.isLeaf)
        outcomes[treatment.statsBy].decides = true;
      if (treatment.rate && trains)
        outcomes[treatment.rate].decides = true;
      else if (treatment.rate)
        outcomes[treatment.rate].metFrozen = true;
    }
    checkTied(plan, phase);
    if (phase.trained.empty() && allResolved) {
      int64_t all = tree.elementsUnder({});
      Diagnostic &diagnostic =
          report(Diag::NothingTrains, phase.span,
                 "phase `" + phase.name + "` of `" + plan.ast->name + "` trains nothing: all " +
                     counted(all, "parameter") + " are frozen");
      for (const ast::Rule *rule : phase.rules)
        if (rule->kind == Kind::Freeze)
          diagnostic.notes.push_back({rule->span, "`freeze " + rule->selector->text + "` stands here"});
      diagnostic.help = "leave something to train, for example with `freeze S except T`";
    }
  }

  for (const ast::Rule *rule : inOrder) {
    const Outcome &outcome = outcomes[rule];
    if (outcome.decides || (rule->kind == Kind::Train && !outcome.overriddenBy))
      continue;
    if (rule->kind == Kind::Rate && outcome.metFrozen)
      report(Diag::RateWithoutEffect, rule->span,
             "this rate for `" + rule->selector->text + "` has no effect: all it selects is frozen")
          .help = "remove the rate, or `train " + rule->selector->text + "`";
    else if (outcome.overriddenBy)
      report(Diag::RuleOverridden, rule->span,
             "this rule for `" + rule->selector->text + "` is wholly overridden by a later one")
          .notes.push_back({outcome.overriddenBy->span, "this rule for `" + outcome.overriddenBy->selector->text +
                                                            "` decides instead"});
    else if (rule->kind == Kind::Freeze)
      report(Diag::RuleWithoutEffect, rule->span,
             "`freeze " + rule->selector->text + "` has no effect: it selects buffers, and their layers train on and assign them")
          .help = "`freeze stats of " + rule->selector->text + "` keeps buffers as they are";
  }
}

void Checker::resolveOptimizerSelectors(StagePlan &plan) {
  std::optional<Callee> callee = calleeOf(*plan.optimizerRule->value, "optimizer");
  if (!callee)
    return;
  for (const ast::Argument &argument : *callee->arguments) {
    Selection holds;
    if (argument.only || argument.except)
      if (std::optional<Selection> chosen = select(plan, argument.only ? *argument.only : *argument.except)) {
        holds = *chosen;
        if (argument.except)
          holds.flip();
        bool any = false;
        for (size_t i = 0; i < holds.size(); ++i)
          any = any || (holds[i] && plan.tree.entries[i].isWeight);
        if (!any)
          report(Diag::RuleWithoutEffect, argument.nameSpan,
                 "`" + argument.name + "` holds for no parameter: the selector leaves none");
      }
    plan.onlyFor.push_back(holds);
  }
}

}  // namespace tl
