// `freeze S in i8`: what a stage never trains is kept in fewer bits while it runs.
#include "compiler/sema/KeptWeights.h"
#include "compiler/sema/FrozenRows.h"
#include "compiler/sema/Phases.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl {

namespace {

using Kind = ast::Rule::Kind;

/// What a form is in memory: bytes with a step for each row, or a type that is only stored.
std::optional<DType> formNamed(const std::string &name) {
  if (name == "i8")
    return DType::U8;
  std::optional<DType> dtype = dtypeNamed(name);
  return dtype && isNarrow(*dtype) ? dtype : std::nullopt;
}

std::string spelled(const ast::Rule &rule) { return (rule.kind == Kind::Train ? "train " : "freeze ") + rule.selector->text + (rule.value ? " in " + rule.value->text : ""); }

/// Bytes need rows of two numbers or more: of one, byte and step take more than the number.
bool hasRows(const TensorType &type) { return type.shape.size() > 1 && type.shape.back() > 1; }

Leaf *leafAt(Instance &layer, const Leaf *wanted) {
  for (Leaf &leaf : layer.leaves)
    if (&leaf == wanted)
      return &leaf;
  for (const std::shared_ptr<Instance> &child : layer.children)
    if (Leaf *found = leafAt(*child, wanted))
      return found;
  return nullptr;
}

class Keeping {
public:
  Keeping(const Declared &declared, StagePlan &plan, const std::vector<abi::Load> &loads) : declared(declared), plan(plan), loads(loads), rules(plan.tree.entries.size()) {}

  void run() {
    for (const ast::Phase &phase : plan.ast->phases)
      for (const ast::Rule &rule : phase.rules)
        if (isForm(rule))
          declared.report(Diag::KeyPlace, rule.span, "`" + spelled(rule) + "` belongs to the stage `" + plan.ast->name + "`: weights are kept in one form for all of its phases");
    for (const ast::Rule &rule : plan.ast->rules)
      if (rule.kind == Kind::Freeze || rule.kind == Kind::Train)
        take(rule);
    checkKept();
    for (size_t i = 0; i < rules.size(); ++i)
      if (rules[i] && checkTrains(plan.tree.entries[i], *rules[i]) && checkLoaded(plan.tree.entries[i], *rules[i]))
        keep(plan.tree.entries[i], *formNamed(rules[i]->value->text));
  }

private:
  /// That of each form some weight is kept in it: what a later rule decides about is not.
  void checkKept() {
    for (const auto &[rule, by] : overriddenBy) {
      if (std::find(rules.begin(), rules.end(), rule) != rules.end())
        continue;
      Diagnostic &told = declared.report(Diag::RuleWithoutEffect, rule->span, "`" + spelled(*rule) + "` keeps nothing so: later rules decide about every weight that it could keep");
      told.notes.push_back({by->span, "`" + spelled(*by) + "` stands here"});
      told.help = "remove one of the two";
    }
  }

  static bool isForm(const ast::Rule &rule) { return rule.kind == Kind::Freeze && rule.value; }

  /// As all rules of a tree: a later one refines those before it.
  void take(const ast::Rule &rule) {
    std::optional<DType> form = isForm(rule) ? formNamed(rule.value->text) : std::nullopt;
    if (isForm(rule) && !form)
      return refuseForm(rule);
    std::optional<std::map<size_t, FrozenRows>> rows = rowsOf(declared, plan, rule);
    if (!rows || (!rows->empty() && !form))
      return;
    if (!rows->empty()) {
      declared.report(Diag::KeptForm, rule.span, "`" + spelled(rule) + "` names rows, and a weight is kept in one form as a whole").help = "freeze the rows without `in " + rule.value->text + "`";
      return;
    }
    std::optional<Selection> chosen = select(declared, plan, *rule.selector);
    bool any = false;
    for (size_t i = 0; chosen && i < rules.size(); ++i) {
      const TreeEntry &entry = plan.tree.entries[i];
      if (!(*chosen)[i] || !entry.isWeight)
        continue;
      bool fits = form && entry.adapts.empty() && entry.type.dtype == DType::F32 && (*form != DType::U8 || hasRows(entry.type));
      if (rules[i])
        overriddenBy[rules[i]] = &rule;
      rules[i] = fits ? &rule : nullptr;
      any = any || fits;
    }
    if (form && chosen && !any)
      declared.report(Diag::RuleWithoutEffect, rule.span,
                      "`" + spelled(rule) + "` keeps nothing so: " + (*form == DType::U8 ? "bytes are for weights with rows, of two axes or more, and nothing selected has any" : "nothing selected is a weight of f32"))
          .help = "write `freeze " + rule.selector->text + "`";
  }

  void refuseForm(const ast::Rule &rule) {
    const std::string &name = rule.value->text;
    std::string near = nearest(name, {"int8", "i8", "bf16", "bfloat16", "f16", "float16", "half"});
    declared.report(Diag::KeptForm, rule.value->span, "weights are kept in `bf16`, `f16` or `i8`, not in `" + name + "`").help =
        near == "int8" || near == "i8"   ? "write `in i8`: a byte for each number, and a step for each row"
        : near.empty() || near[0] == 'b' ? "write `in bf16`, or leave `in " + name + "` out: they are f32 then"
                                         : "write `in f16`";
  }

  bool checkTrains(const TreeEntry &entry, const ast::Rule &rule) {
    for (size_t i = 0; i < plan.phases.size(); ++i) {
      const PhasePlan &phase = plan.phases[i];
      if (!phase.trained.count(entry.path))
        continue;
      const ast::Rule *by = phase.treatments[size_t(&entry - plan.tree.entries.data())].decidedBy;
      Diagnostic &told = declared.report(Diag::KeptTrains, rule.span, "`" + spelled(rule) + "` keeps `" + entry.path + "` in fewer bits, and phase `" + phase.name + "` trains it: its updates would be rounded away");
      if (by && by != &rule)
        told.notes.push_back({by->span, "`" + spelled(*by) + "` stands here"});
      told.help = "leave it out, `freeze " + rule.selector->text + " except " + entry.path + " in " + rule.value->text + "`, or freeze it in every phase";
      return false;
    }
    return true;
  }

  /// What starts anew is no base: nothing has been learned that could be kept, and there is nothing to hold the rounded numbers against.
  bool checkLoaded(const TreeEntry &entry, const ast::Rule &rule) {
    bool areBytes = *formNamed(rule.value->text) == DType::U8;
    std::string problem = "starts anew, and what is kept so has been trained before";
    for (const abi::Load &load : loads)
      for (const abi::LoadedTensor &tensor : load.tensors) {
        if (tensor.path != entry.path)
          continue;
        bool isPartlyNew = std::any_of(tensor.steps.begin(), tensor.steps.end(), [](const abi::LoadStep &step) { return step.op == "new"; });
        bool isSum = load.isAdded || load.factor != 1;
        problem = !areBytes ? "" : isSum     ? "is a sum of checkpoints, and rounded once for each"
                               : isPartlyNew ? "starts anew in part"
                                             : "";
      }
    if (problem.empty())
      return true;
    declared.report(Diag::KeptNew, rule.span, "`" + spelled(rule) + "` cannot keep `" + entry.path + "` so: it " + problem).help =
        "load it with `from`, or leave it out: `freeze " + rule.selector->text + " except " + entry.path + " in " + rule.value->text + "`";
    return false;
  }

  void keep(TreeEntry &entry, DType form) {
    entry.type.dtype = form;
    leafAt(*plan.instance, entry.leaf)->type.dtype = form;
  }

  const Declared &declared;
  StagePlan &plan;
  const std::vector<abi::Load> &loads;
  std::vector<const ast::Rule *> rules; // by entry of the tree
  std::map<const ast::Rule *, const ast::Rule *> overriddenBy; // of those that name a form, the last that decides about one of its weights instead
};

} // namespace

void keepWeights(const Declared &declared, StagePlan &plan, const std::vector<abi::Load> &loads) { Keeping(declared, plan, loads).run(); }

} // namespace tl
