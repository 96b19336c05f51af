// Lets the rules decide about every tensor of both sides, and says what is left over.
#include "compiler/weights/LoadAccount.h"
#include "runtime/checkpoint/Remap.h"
#include "runtime/io/Lists.h"
#include <algorithm>
#include <numeric>
#include <set>

namespace tl {

using Kind = ast::WeightRule::Kind;

static std::string listed(const std::vector<std::string> &paths) {
  constexpr size_t most = 4;
  return firstOf(paths, most);
}

LoadAccount::LoadAccount(const Origin &origin, const ParameterTree &here, std::string herePath, ast::Span span,
                         IntegerOf integerOf, FieldOf fieldOf, Diagnostics &diagnostics, bool isPublished)
    : origin(origin), here(here), herePath(std::move(herePath)), span(span), integerOf(std::move(integerOf)),
      fieldOf(std::move(fieldOf)),
      diagnostics(diagnostics), decisions(here.entries.size()), ignoredBy(origin.tensors.size()),
      readings(origin.tensors.size()), isPublished(isPublished) {}

void LoadAccount::addRules(const std::vector<ast::WeightRule> &added, const RemapArguments &arguments,
                           bool isOwn) {
  argumentsOf.push_back(arguments);
  for (const ast::WeightRule &rule : added) {
    rules.push_back({&rule, &argumentsOf.back(), isOwn});
    rule.kind == Kind::Take ? addTake(rules.back()) : addChoice(rules.back());
  }
}

/// Entries of the tree on the selector's side; nullopt where nothing matches.
std::optional<Selection> LoadAccount::select(const Rule &rule, const ast::Selector &selector) {
  bool isNew = rule.ast->kind == Kind::New;
  const ParameterTree &tree = isNew ? here : origin.tree;
  std::string treeName = "`" + (isNew ? herePath : origin.name) + "`";
  Diagnostics unheard(diagnostics.sources());
  if (selector.kind != ast::Selector::Kind::Pattern) {
    auto number = [this, &rule](const ast::Expr &expr) { return integerOf(expr, rule.arguments->numbers); };
    return SelectorResolver(tree, rule.isOwn ? diagnostics : unheard, number, treeName).select(selector);
  }
  Filled filled = fillIn(selector.text, {}, *rule.arguments);
  if (!filled.problem.empty()) {
    diagnostics.report(Diag::LoadForm, selector.span, filled.problem);
    return std::nullopt;
  }
  PathPattern pattern(filled.text);
  Selection chosen(tree.entries.size(), false);
  bool any = false;
  for (size_t i = 0; i < chosen.size(); ++i) {
    chosen[i] = tree.entries[i].isLeaf && pattern.match(tree.entries[i].parts).has_value();
    any = any || chosen[i];
  }
  if (any)
    return chosen;
  std::vector<std::string> paths;
  for (const TreeEntry &entry : tree.entries)
    if (entry.isLeaf)
      paths.push_back(entry.path);
  std::string near = nearest(selector.text, paths);
  if (rule.isOwn)
    diagnostics.report(Diag::LoadRule, selector.span,
                       "`" + selector.text + "` matches no tensor of " + treeName +
                           (near.empty() ? "" : "; did you mean `" + near + "`?"));
  return std::nullopt;
}

void LoadAccount::startAnew(Decision &decision, Rule &rule) {
  bool wasTaken = decision.rule && decision.rule->ast->kind == Kind::Take;
  decision.named = wasTaken ? decision.rule : decision.named;
  decision.rule = &rule;
}

void LoadAccount::addChoice(Rule &rule) {
  bool isNew = rule.ast->kind == Kind::New;
  const ParameterTree &tree = isNew ? here : origin.tree;
  for (const ast::Selector &selector : rule.ast->selectors) {
    std::optional<Selection> chosen = select(rule, selector);
    hasFailed = hasFailed || (!chosen && rule.isOwn);
    size_t tensor = 0;
    for (size_t i = 0; chosen && i < tree.entries.size(); ++i) {
      if (!tree.entries[i].isLeaf)
        continue;
      if ((*chosen)[i]) {
        isNew ? startAnew(decisions[i], rule) : void(ignoredBy[tensor] = &rule);
        rule.isMatched = true;
      }
      ++tensor;
    }
  }
}

/// Reported where a step is none that a left side can have.
std::optional<PathPattern> LoadAccount::patternOf(const ast::Selector &target) {
  using StepKind = PathPattern::Step::Kind;
  std::vector<PathPattern::Step> steps;
  std::set<std::string> variables;
  for (const ast::Selector::Part &part : target.parts) {
    StepKind kind = part.name == "*"    ? StepKind::One
                    : part.name == "**" ? StepKind::Any
                                        : StepKind::Name;
    steps.push_back({kind, part.name, -1});
    for (const ast::IndexItem &item : part.index) {
      bool isAt = item.kind == ast::IndexItem::Kind::At && item.start;
      if (isAt && item.start->kind == ast::Expr::Kind::Number && item.start->isInteger) {
        steps.push_back({StepKind::Index, "", int64_t(item.start->number)});
        continue;
      }
      if (!isAt || item.start->kind != ast::Expr::Kind::Name || !variables.insert(item.start->text).second) {
        diagnostics.report(Diag::LoadForm, item.span, "an index on the left is a number, or a name of its own for any number")
            .help = "such as `blocks[0].w = …` or `blocks[i].w = \"h.{i}.weight\"`";
        return std::nullopt;
      }
      steps.push_back({StepKind::Variable, item.start->text, -1});
    }
  }
  return PathPattern(std::move(steps));
}

void LoadAccount::addTake(Rule &rule) {
  std::optional<PathPattern> pattern = patternOf(rule.ast->target);
  hasFailed = hasFailed || !pattern;
  for (size_t i = 0; pattern && i < here.entries.size(); ++i)
    if (here.entries[i].isLeaf)
      if (std::optional<Captures> captures = pattern->match(here.entries[i].parts)) {
        decisions[i] = {&rule, std::move(*captures)};
        rule.isMatched = true;
      }
}

void LoadAccount::settle(abi::Load &into) {
  for (Decision &decision : decisions)
    if (decision.rule)
      ++decision.rule->decides;
  checkRules();
  for (size_t i = 0; i < here.entries.size(); ++i)
    if (const TreeEntry &mine = here.entries[i]; mine.isLeaf) {
      if (decisions[i].rule && decisions[i].rule->ast->kind == Kind::New) {
        into.fresh.push_back(mine.leaf->path);
        nameFresh(mine, decisions[i], into);
      } else
        load(mine, decisions[i], into);
    }
  tellMisfits();
  checkTurned();
  checkTaken();
  checkTotal(into);
}

std::optional<abi::LoadedTensor> namedBy(const TreeEntry &mine, const ast::Expr &value, const Captures &captures, const RemapArguments &arguments) {
  bool isTurned = value.kind == ast::Expr::Kind::Call && value.operands[0]->text == "transpose" && value.arguments.size() == 1;
  const ast::Expr &tensor = isTurned ? *value.arguments[0].value : value;
  std::vector<int64_t> shape = mine.type.shape;
  if (tensor.kind != ast::Expr::Kind::String || (isTurned && shape.size() < 2))
    return std::nullopt;
  abi::LoadStep taken{"tensor", "", nameOf(mine.type.dtype), shape, {}, {}};
  taken.exported = fillIn(tensor.text, captures, {arguments.numbers, arguments.published}).text;
  abi::LoadedTensor named{mine.leaf->path, {taken}};
  if (isTurned) {
    std::vector<int64_t> axes(shape.size());
    std::iota(axes.begin(), axes.end(), 0);
    std::swap(axes.end()[-1], axes.end()[-2]);
    std::swap(named.steps[0].shape.end()[-1], named.steps[0].shape.end()[-2]);
    named.steps.push_back({"permute", "", "", shape, {0}, axes});
  }
  return named;
}

/// A weight that the file has not, and that the remap has a name for, has that name where the model is published again.
void LoadAccount::nameFresh(const TreeEntry &mine, const Decision &decision, abi::Load &into) const {
  if (!decision.named)
    return;
  if (std::optional<abi::LoadedTensor> named = namedBy(mine, *decision.named->ast->value, decision.captures, *decision.named->arguments))
    into.named.push_back(std::move(*named));
}

void LoadAccount::load(const TreeEntry &mine, Decision &decision, abi::Load &into) {
  Rule *rule = decision.rule;
  if (rule && rule->hasFailed)
    return;  // One message about a rule is enough.
  abi::LoadedTensor tensor{mine.leaf->path, {}};
  std::vector<Taken> taken;
  if (rule) {
    RemapBuilder builder(origin, mine, decision.captures, *rule->arguments, integerOf, fieldOf, diagnostics);
    if (!builder.build(*rule->ast->value)) {
      rule->hasFailed = hasFailed = true;
      return;
    }
    tensor.steps = std::move(builder.steps);
    taken = std::move(builder.taken);
    tensor.words = std::move(builder.words);
  } else {
    auto found = origin.byPath.find(joinPath(mine.parts));
    bool isThere = found != origin.byPath.end() && !ignoredBy[found->second];
    if (!isThere && !mine.adapts.empty()) {
      into.fresh.push_back(mine.leaf->path); // what a stage adds to weights that were trained without it
      return;
    }
    if (!isThere) {
      missing.push_back(mine.path);
      return;
    }
    const OriginTensor &theirs = origin.tensors[found->second];
    tensor.steps.push_back({"tensor", theirs.name, theirs.dtype, theirs.shape, {}, {}, 0, theirs.vocabulary, theirs.name});
    taken.push_back({found->second, "", {}});
    for (int64_t size : theirs.shape)
      taken.back().box.push_back({0, size});
    ++ofEqualNames;
  }
  for (Taken &part : taken)
    readings[part.tensor].push_back({part, mine.leaf->path, rule});
  if (!checkDtypes(mine, rule, taken) || !checkShape(mine, rule, taken, tensor.steps.back().shape)) {
    hasFailed = true;
    if (rule)
      rule->hasFailed = true;
    return;
  }
  bool isConverted = false, isRounded = false;
  for (const abi::LoadStep &step : tensor.steps)
    if (step.op == "tensor") {
      isConverted |= step.dtype != nameOf(mine.type.dtype);
      isRounded |= checkpoint::losesDigits(step.dtype, nameOf(mine.type.dtype));
    }
  converted += isConverted && !isRounded;
  rounded += isRounded;
  into.tensors.push_back(std::move(tensor));
}

/// A rule of the script that has no effect.
void LoadAccount::checkRules() {
  std::vector<std::string> paths;
  for (const TreeEntry &entry : here.entries)
    if (entry.isLeaf)
      paths.push_back(entry.path);
  for (Rule &rule : rules) {
    if (!rule.isOwn || rule.ast->kind == Kind::Ignore || rule.decides > 0)
      continue;
    if (rule.isMatched) {
      diagnostics.report(Diag::LoadRule, rule.ast->span,
                         "`" + rule.ast->text + "` has no effect: later rules decide about every tensor that it matches");
    } else if (rule.ast->kind == Kind::Take && !hasFailed) {
      std::string near = nearest(rule.ast->target.text, paths);
      Diagnostic &diagnostic = diagnostics.report(
          Diag::LoadRule, rule.ast->span,
          "`" + rule.ast->target.text + "` matches no tensor of `" + herePath + "`" +
              (near.empty() ? "" : "; did you mean `" + near + "`?"));
      diagnostic.help = "it has " + listed(paths);
    } else {
      continue;
    }
    hasFailed = true;
  }
}

/// No element is loaded twice, and nothing is both loaded and ignored.
void LoadAccount::checkTaken() {
  for (size_t tensor = 0; tensor < readings.size(); ++tensor) {
    const std::vector<Reading> &all = readings[tensor];
    const OriginTensor &theirs = origin.tensors[tensor];
    if (const Rule *ignored = ignoredBy[tensor]; ignored && !all.empty() && (ignored->isOwn || !all[0].rule->isOwn)) {
      diagnostics.report(Diag::LoadRule, ignored->isOwn ? ignored->ast->span : span,
                         "`" + theirs.path + "` is ignored, and `" + all[0].into + "` takes it")
          .help = "remove one of the two rules";
      hasFailed = true;
      continue;
    }
    int64_t elements = 1, read = 0;
    for (int64_t size : theirs.shape)
      elements *= size;
    for (size_t i = 0; i < all.size(); ++i) {
      read += all[i].part.elements();
      size_t other = 0;
      while (other < i && !all[i].part.overlaps(all[other].part))
        ++other;
      if (other == i && read <= elements)
        continue;
      other = other == i ? 0 : other;
      const Rule *rule = all[i].rule ? all[i].rule : all[other].rule;
      diagnostics.report(Diag::LoadTwice, rule ? rule->ast->span : span,
                         "`" + theirs.path + "` is loaded twice: into `" + all[other].into + "` and into `" + all[i].into + "`")
          .help = "give each a part of its own, such as \"" + theirs.path + "\"[0..8], or let one start anew";
      hasFailed = true;
      break;
    }
  }
}

void LoadAccount::checkTotal(abi::Load &into) {
  std::vector<std::string> unused;
  std::vector<const OriginTensor *> unusedTensors;
  std::map<const Rule *, int64_t> ignoredTensors;
  for (size_t i = 0; i < origin.tensors.size(); ++i) {
    if (!readings[i].empty())
      continue;
    if (ignoredBy[i]) {
      into.ignored.push_back(origin.tensors[i].name);
      ++ignoredTensors[ignoredBy[i]];
    } else {
      unused.push_back(origin.tensors[i].path);
      unusedTensors.push_back(&origin.tensors[i]);
    }
  }
  for (const Rule &rule : rules)
    into.rules.emplace_back(rule.ast->text, rule.ast->kind == Kind::Ignore ? ignoredTensors[&rule] : rule.decides);
  into.rules.emplace_back("of equal names", ofEqualNames);
  if (converted > 0)
    into.rules.emplace_back("converted from another element type", converted);
  if (rounded > 0)
    into.rules.emplace_back("rounded to an element type with fewer digits", rounded);
  bool anyRuleFailed = std::any_of(rules.begin(), rules.end(), [](const Rule &rule) { return rule.hasFailed; });
  if (anyRuleFailed)
    return;  // What its other tensors would have taken is not known.
  auto suggestion = [](const std::vector<std::string> &paths, const std::vector<std::string> &candidates) {
    std::string near = paths.size() == 1 ? nearest(paths.front(), candidates) : "";
    return near.empty() ? "" : "; the other side has `" + near + "`";
  };
  if (std::string part = missing.empty() ? "" : partThatFits(); !part.empty()) {
    diagnostics.report(Diag::LoadMissing, span, listed(missing) + " of `" + herePath + "` " + (missing.size() == 1 ? "is" : "are") + " not in `" + origin.name + "`")
        .help = "`" + part + "` has " + (missing.size() == 1 ? "it" : "them") + ": write `from " + part + "`";
    return;
  }
  if (!missing.empty()) {
    // A tensor that fits by its size alone is as likely another one: its name must be like this one's.
    const std::vector<int64_t> &wanted = here.find(missing.front())->type.shape;
    std::string near = nearest(missing.front(), unused), take, byWord, last = splitPath(missing.front()).back().name;
    auto endsAlike = [&](const std::string &path) { return !last.empty() && splitPath(path).back().name == last; };
    if (near.empty() && std::count_if(unused.begin(), unused.end(), endsAlike) == 1)
      near = *std::find_if(unused.begin(), unused.end(), endsAlike);
    for (const std::string &path : missing)
      if (origin.vectors && byWord.empty() && !here.find(path)->leaf->vocabularies.empty())
        byWord = path + " = by_word(\"" + origin.tensors[0].name + "\")";
    for (const OriginTensor *tensor : unusedTensors)
      if (tensor->path == near && tensor->shape.size() == wanted.size())
        if (std::string mended = remedy("\"" + tensor->path + "\"", tensor->shape, wanted); !mended.empty())
          take = "; where it has another name there, take it from there: { " + missing.front() + " = " + mended + " }";
    diagnostics
        .report(Diag::LoadMissing, span,
                listed(missing) + " of `" + herePath + "` " + (missing.size() == 1 ? "is" : "are") + " not in `" +
                    origin.name + "`" + suggestion(missing, unused))
        .help = !byWord.empty() ? "its rows are those of words: { " + byWord + (missing.size() > 1 ? ";  new: …" : "") + " }"
                                : "where that is meant, say so: { new: " + missing.front() + (missing.size() > 1 ? ", …" : "") + " }" + take;
  }
  if (!unused.empty())
    diagnostics
        .report(Diag::LoadUnused, span,
                listed(unused) + " of `" + origin.name + "` " + (unused.size() == 1 ? "has" : "have") + " no place in `" +
                    herePath + "`" + suggestion(unused, missing))
        .help = "where that is meant, say so: { ignore: " + unused.front() + (unused.size() > 1 ? ", …" : "") + " }";
  if (into.tensors.empty() && into.named.empty() && missing.empty() && unused.empty() && !hasFailed)
    diagnostics.report(Diag::LoadSource, span, "nothing is left to load from `" + origin.name + "`").help = "remove `from`";
}

}  // namespace tl
