// The phase table: which rule decides for each parameter, buffer and layer in each phase, and which rules decide nothing.
#include "compiler/sema/Phases.h"
#include "compiler/sema/FrozenRows.h"
#include "compiler/syntax/AstWords.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl {

using Kind = ast::Rule::Kind;

std::optional<Selection> select(const Declared &declared, const StagePlan &plan, const ast::Selector &selector) {
  auto number = [&](const ast::Expr &expr) { return declared.integer(expr, "an index of a selector"); };
  return SelectorResolver(plan.tree, declared.diagnostics, number, "model `" + plan.ast->model + "`").select(selector);
}

namespace {

/// The layers that a layer was given and that stand elsewhere in the tree: what it computes with them is tied.
void sharedLayers(const Value &value, const std::vector<PathPart> &inside, std::vector<const Instance *> &into) {
  if (const auto *list = std::get_if<std::shared_ptr<List>>(&value)) {
    for (const Value &item : (*list)->items)
      sharedLayers(item, inside, into);
  } else if (const auto *layer = std::get_if<std::shared_ptr<Instance>>(&value)) {
    std::vector<PathPart> path = splitPath((*layer)->path);
    if (path.size() < inside.size() || !std::equal(inside.begin(), inside.end(), path.begin()))
      into.push_back(layer->get());
  }
}

Diagnostic::Note standing(const ast::Rule &rule) { return {rule.span, "`" + std::string(keyOf(rule.kind)) + " " + rule.selector->text + "` stands here"}; }

/// Of each entry, how many of the layers that `selection` names come after its own in `forward`; -1: it is in none of them.
std::vector<int> layersAfter(const ParameterTree &tree, const Selection &selection) {
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
void checkTied(const Declared &declared, const StagePlan &plan, const PhasePlan &phase) {
  const std::vector<TreeEntry> &entries = plan.tree.entries;
  for (size_t i = 0; i < entries.size(); ++i) {
    const ast::Rule *rule = phase.treatments[i].decidedBy;
    if (entries[i].isLeaf || !rule || !phase.treatments[i].isFrozen)
      continue;
    std::vector<const Instance *> shared;
    for (const auto &[name, value] : entries[i].instance->arguments)
      sharedLayers(value, entries[i].parts, shared);
    for (const auto &[name, value] : entries[i].instance->members)
      sharedLayers(value, entries[i].parts, shared);
    for (const TreeEntry &other : entries)
      for (const Instance *layer : shared)
        if (other.isWeight && other.instance == layer && phase.trained.count(other.path))
          declared.report(Diag::TiedRules, rule->span,
                          "`freeze " + rule->selector->text + "` covers `" + entries[i].path + "`, which uses `" + other.path +
                              "`, and that is trained: a tied parameter is frozen at every place or at none")
              .help = "`freeze " + layer->path + "` too, or `train " + entries[i].path + "`";
  }
}

/// The rules of a stage as they are applied, phase by phase, each in its order.
class PhaseRules {
public:
  PhaseRules(const Declared &declared, StagePlan &plan) : declared(declared), plan(plan), entries(plan.tree.entries) {}

  void resolve() {
    for (PhasePlan &phase : plan.phases)
      for (const ast::Rule *rule : phase.rules)
        if (!selections.count(rule)) // once, so that errors are said once
          selections[rule] = selected(*rule);
    for (PhasePlan &phase : plan.phases) {
      phase.treatments.assign(entries.size(), {});
      for (size_t i = 0; i < entries.size(); ++i)
        phase.treatments[i].isFrozen = entries[i].isAdapted;
      for (const ast::Rule *rule : phase.rules)
        apply(*rule, phase);
      decide(phase);
      checkTied(declared, plan, phase);
      checkTrains(phase);
    }
    for (const ast::Rule *rule : inOrder)
      checkEffect(*rule);
  }

private:
  std::optional<Selection> selected(const ast::Rule &rule) {
    std::optional<std::map<size_t, FrozenRows>> found = rowsOf(declared, plan, rule);
    if (!found)
      return std::nullopt;
    if (found->empty())
      return select(declared, plan, *rule.selector);
    Selection chosen(entries.size(), false);
    for (const auto &[i, rowsOfEntry] : *found)
      chosen[i] = true;
    rows[&rule] = std::move(*found);
    return chosen;
  }

  /// What became of a rule over all phases that it holds in.
  struct Outcome {
    bool decides = false;                    // for something, somewhere
    bool metAdapted = false;                 // which is frozen without it
    bool metFrozen = false;                  // a rate: all it selects is frozen
    const ast::Rule *frozenBy = nullptr;     // that, where a rule has done so
    const ast::Rule *overriddenBy = nullptr;
  };
  /// What a rule meets among the entries that it selects.
  struct Met {
    bool buffers = false, weights = false, frozen = false;
    const ast::Rule *adapted = nullptr; // what freezes one of them whatever the rules say
  };

  void apply(const ast::Rule &rule, PhasePlan &phase) {
    const std::optional<Selection> &selection = selections[&rule];
    if (!outcomes.count(&rule))
      inOrder.push_back(&rule);
    Outcome &outcome = outcomes[&rule];
    std::vector<int> depths;
    if (selection && rule.kind == Kind::Rate && rule.text == "per")
      depths = layersAfter(plan.tree, *selection);
    bool isOneLayer = !depths.empty() && *std::max_element(depths.begin(), depths.end()) < 1;
    if (isOneLayer && reportedDepth.insert(&rule).second)
      declared.report(Diag::RateWithoutEffect, rule.selector->span,
                      "`" + rule.selector->text + "` is one layer, and a rate `per` layer needs two or more")
          .help = "name several, such as a list's items, or write `for`";
    if (!selection || isOneLayer) {
      outcome.decides = true;  // It has been reported already.
      return;
    }
    Met met = treat(rule, *selection, depths, phase);
    outcome.metAdapted = outcome.metAdapted || met.adapted;
    checkMet(rule, met);
  }

  Met treat(const ast::Rule &rule, const Selection &selection, const std::vector<int> &depths, PhasePlan &phase) {
    Met met;
    auto take = [&](const ast::Rule *&slot) {
      if (slot)
        outcomes[slot].overriddenBy = &rule;
      slot = &rule;
    };
    for (size_t i = 0; i < entries.size(); ++i) {
      if (!selection[i])
        continue;
      const TreeEntry &entry = entries[i];
      Treatment &treatment = phase.treatments[i];
      met.buffers = met.buffers || (entry.isLeaf && !entry.isWeight);
      met.weights = met.weights || entry.isWeight;
      if (entry.isAdapted && entry.isWeight) { // as its adapter needs it, whatever the rules say of others
        met.adapted = adapting(entry);
        continue;
      }
      if (rows.count(&rule)) {
        freezeRows(rows[&rule][i], entry, treatment);
      } else if (rule.kind == Kind::Freeze || rule.kind == Kind::Train) {
        met.frozen = met.frozen || treatment.isFrozen || !treatment.rows.empty();
        treatment.isFrozen = rule.kind == Kind::Freeze;
        for (const FrozenRows &each : treatment.rows)
          outcomes[each.rule].overriddenBy = &rule;
        treatment.rows.clear();
        take(treatment.decidedBy);
      } else if (rule.kind == Kind::FreezeStats) {
        take(treatment.statsBy);
      } else if (entry.isWeight) {
        take(treatment.rate);
        treatment.power = depths.empty() ? 1 : depths[i];
      }
    }
    return met;
  }

  /// The `adapt` of the weight, or of a layer that holds it.
  const ast::Rule *adapting(const TreeEntry &entry) const {
    for (const auto &[path, rule] : plan.adaptedBy) {
      const std::vector<PathPart> parts = splitPath(path);
      if (parts.size() <= entry.parts.size() && std::equal(parts.begin(), parts.end(), entry.parts.begin()))
        return rule;
    }
    return nullptr;
  }

  void freezeRows(const FrozenRows &added, const TreeEntry &entry, Treatment &treatment) {
    for (const FrozenRows &known : treatment.rows)
      if (!reportedRows.count(added.rule) && reportOverlap(declared, entry, added, known))
        reportedRows.insert(added.rule);
    if (treatment.isFrozen && reportedRows.insert(added.rule).second) {
      Diagnostic &told = declared.report(Diag::RuleWithoutEffect, added.rule->span,
                                         "`freeze " + added.rule->selector->text + "` has no effect: all of `" + entry.path + "` is frozen before it");
      if (treatment.decidedBy)
        told.notes.push_back(standing(*treatment.decidedBy));
      told.help = "leave it out there, with `except " + entry.path + "`, or remove this rule";
    }
    treatment.rows.push_back(added);
  }

  void checkMet(const ast::Rule &rule, const Met &met) {
    const std::string &selected = rule.selector->text;
    if (rule.kind == Kind::Train && !met.frozen) {
      Diagnostic &told = declared.report(Diag::RuleWithoutEffect, rule.span,
                                         "`train " + selected + "` has no effect: nothing it selects is frozen before it" +
                                             (met.adapted ? ", but for what `adapt` freezes, and that stays as it is while its adapter trains" : ""));
      if (met.adapted)
        told.notes.push_back(standing(*met.adapted));
    }
    bool freezesStats = rule.kind == Kind::FreezeStats;
    if ((freezesStats || rule.text == "updating stats") && !met.buffers)
      declared.report(Diag::StatsMissing, rule.selector->span,
                      "`" + selected + "` has no buffers, so there are no stats to " + (freezesStats ? "freeze" : "update"))
          .help = freezesStats ? "remove this rule" : "write `freeze " + selected + "`";
    if (rule.kind == Kind::Rate && !met.weights)
      declared.report(Diag::RateWithoutEffect, rule.selector->span,
                      "`" + selected + "` has no parameters, so it has no learning rate");
  }

  /// What the phase trains, and which rules made it so.
  void decide(PhasePlan &phase) {
    for (size_t i = 0; i < entries.size(); ++i) {
      const TreeEntry &entry = entries[i];
      const Treatment &treatment = phase.treatments[i];
      bool trains = entry.isWeight && !treatment.isFrozen && plan.stepOf(phase).onGradientPath.count(entry.path);
      if (trains)
        phase.trained.insert(entry.path);
      // A layer with parameters is as frozen as they are: the rule on the layer itself decides nothing.
      // Nor does a rule on buffers whose layer trains on, and assigns them.
      bool counts = entry.isWeight || (entry.isLeaf ? !modeIn(plan, phase, entry.instance).updateBuffers
                                                    : plan.tree.elementsUnder(entry.parts) == 0);
      if (treatment.decidedBy && counts)
        outcomes[treatment.decidedBy].decides = true;
      for (const FrozenRows &each : treatment.rows)
        outcomes[each.rule].decides = true;
      if (treatment.statsBy && entry.isLeaf)
        outcomes[treatment.statsBy].decides = true;
      if (treatment.rate && trains)
        outcomes[treatment.rate].decides = true;
      else if (treatment.rate) {
        Outcome &outcome = outcomes[treatment.rate];
        outcome.metFrozen = true;
        outcome.frozenBy = treatment.isFrozen ? treatment.decidedBy : outcome.frozenBy;
      }
    }
  }

  void checkTrains(const PhasePlan &phase) {
    bool areResolved = std::all_of(phase.rules.begin(), phase.rules.end(), [&](const ast::Rule *rule) { return selections[rule].has_value(); });
    if (!phase.trained.empty() || !areResolved)
      return;
    Diagnostic &diagnostic = declared.report(Diag::NothingTrains, phase.span,
                                             "phase `" + phase.name + "` of `" + plan.ast->name + "` trains nothing: all " +
                                                 counted(plan.tree.elementsUnder({}), "parameter") + " are frozen");
    for (const ast::Rule *rule : phase.rules)
      if (rule->kind == Kind::Freeze)
        diagnostic.notes.push_back(standing(*rule));
    diagnostic.help = "leave something to train, for example with `freeze S except T`";
  }

  void checkEffect(const ast::Rule &rule) {
    const Outcome &outcome = outcomes[&rule];
    const std::string &selected = rule.selector->text;
    if (outcome.decides || (rule.kind == Kind::Train && !outcome.overriddenBy) || (rule.value && rule.kind == Kind::Freeze))
      return; // What keeps weights in fewer bits also tells where it keeps none.
    if (rule.kind == Kind::Rate && outcome.metFrozen) {
      Diagnostic &told = declared.report(Diag::RateWithoutEffect, rule.span, "this rate for `" + selected + "` has no effect: all it selects is frozen");
      told.help = "remove the rate, or `train " + selected + "`";
      if (outcome.frozenBy)
        told.notes.push_back(standing(*outcome.frozenBy));
    } else if (outcome.overriddenBy)
      declared.report(Diag::RuleOverridden, rule.span, "this rule for `" + selected + "` is wholly overridden by a later one")
          .notes.push_back({outcome.overriddenBy->span,
                            "this rule for `" + outcome.overriddenBy->selector->text + "` decides instead"});
    else if (rule.kind == Kind::Freeze && outcome.metAdapted)
      declared.report(Diag::RuleWithoutEffect, rule.span, "`freeze " + selected + "` has no effect: `adapt` freezes all of it, in every phase").help = "remove this rule";
    else if (rule.kind == Kind::Freeze)
      declared.report(Diag::RuleWithoutEffect, rule.span,
                      "`freeze " + selected + "` has no effect: it selects buffers, and their layers train on and assign them")
          .help = "`freeze stats of " + selected + "` keeps buffers as they are";
  }

  const Declared &declared;
  StagePlan &plan;
  const std::vector<TreeEntry> &entries;
  std::map<const ast::Rule *, std::optional<Selection>> selections;
  std::map<const ast::Rule *, Outcome> outcomes;
  std::vector<const ast::Rule *> inOrder;
  std::map<const ast::Rule *, std::map<size_t, FrozenRows>> rows; // of rules that freeze no whole weights
  std::set<const ast::Rule *> reportedDepth, reportedRows;
};

}  // namespace

void resolvePhases(const Declared &declared, StagePlan &plan) { PhaseRules(declared, plan).resolve(); }

void resolveOptimizerSelectors(const Declared &declared, StagePlan &plan) {
  for (OptimizerPlan &optimizer : plan.optimizers) {
    std::optional<Callee> callee = declared.calleeOf(*optimizer.rule->value, "optimizer");
    if (!callee)
      continue;
    for (const ast::Argument &argument : *callee->arguments) {
      Selection holds;
      if (argument.only || argument.except)
        if (std::optional<Selection> chosen = select(declared, plan, argument.only ? *argument.only : *argument.except)) {
          holds = *chosen;
          if (argument.except)
            holds.flip();
          bool any = false;
          for (size_t i = 0; i < holds.size(); ++i)
            any = any || (holds[i] && plan.tree.entries[i].isWeight);
          if (!any)
            declared.report(Diag::RuleWithoutEffect, argument.nameSpan,
                            "`" + argument.name + "` holds for no parameter: the selector leaves none");
        }
      optimizer.onlyFor.push_back(holds);
    }
  }
}

}  // namespace tl
