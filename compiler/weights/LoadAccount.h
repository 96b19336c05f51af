// The account of one `X from …`: every tensor of both sides is loaded, new or ignored, each by one rule or by its name.
#pragma once
#include "compiler/weights/RemapBuilder.h"

namespace tl {

class LoadAccount {
public:
  /// `here` is the tree below the layer at `herePath`; `span` marks what it is loaded from. `isPublished`: a folder whose config.json has
  /// made the layer.
  LoadAccount(const Origin &origin, const ParameterTree &here, std::string herePath, ast::Span span,
              IntegerOf integerOf, FieldOf fieldOf, Diagnostics &diagnostics, bool isPublished);

  /// Later rules refine earlier ones. `isOwn`: of the script's `{ … }`, where each must have an effect; the rules of a
  /// remap describe a layout of which a file may have a part.
  void addRules(const std::vector<ast::WeightRule> &rules, const RemapArguments &arguments, bool isOwn);

  /// Reports whatever is not accounted for; fills in the tensors, and what was new and ignored by which rule.
  void settle(abi::Load &into);

private:
  struct Rule {
    const ast::WeightRule *ast = nullptr;
    const RemapArguments *arguments = nullptr;
    bool isOwn = false, isMatched = false, hasFailed = false;
    int64_t decides = 0;
  };
  /// What decides about a tensor of the layer.
  struct Decision {
    Rule *rule = nullptr;  // null: the tensor of the same path
    Captures captures;
    Rule *named = nullptr;  // of what starts anew: the rule that would take it, and `captures` are its own
  };
  struct Reading {
    Taken part;
    std::string into;  // path of the layer's tensor
    Rule *rule = nullptr;
  };

  static void startAnew(Decision &decision, Rule &rule);
  void addChoice(Rule &rule);
  void addTake(Rule &rule);
  std::optional<PathPattern> patternOf(const ast::Selector &target);
  std::optional<Selection> select(const Rule &rule, const ast::Selector &selector);
  void nameFresh(const TreeEntry &mine, const Decision &decision, abi::Load &into) const;
  void load(const TreeEntry &mine, Decision &decision, abi::Load &into);
  bool checkShape(const TreeEntry &mine, const Rule *rule, const std::vector<Taken> &taken, const std::vector<int64_t> &made);
  void tellMisfits();
  bool checkDtypes(const TreeEntry &mine, const Rule *rule, const std::vector<Taken> &taken);
  void checkRules();
  void checkTaken();
  void checkTurned();
  void checkTotal(abi::Load &into);
  std::string partThatFits() const;

  const Origin &origin;
  const ParameterTree &here;
  std::string herePath;
  ast::Span span;
  IntegerOf integerOf;
  FieldOf fieldOf;
  Diagnostics &diagnostics;

  std::deque<RemapArguments> argumentsOf;  // of the remap, of the script's own rules
  std::deque<Rule> rules;
  std::vector<Decision> decisions;              // by entry of `here`
  std::vector<Rule *> ignoredBy;                // by tensor of `origin`
  std::vector<std::vector<Reading>> readings;   // by tensor of `origin`
  /// A tensor of the same path but another layout, and what turns it round: "transpose(…)".
  struct Turned {
    const TreeEntry *mine;
    const OriginTensor *theirs;
  };
  std::map<std::string, std::vector<Turned>> turned;  // by what turns them round
  std::vector<std::string> missing;
  int64_t ofEqualNames = 0, converted = 0, rounded = 0;
  std::vector<std::string> misfits;  // of a published model: what its weights and its config.json disagree in
  bool hasFailed = false;
  bool isPublished;
};

/// A weight under the name that a rule has for it, turned round where the rule does that alone; nullopt for other rules.
std::optional<abi::LoadedTensor> namedBy(const TreeEntry &mine, const ast::Expr &value, const Captures &captures, const RemapArguments &arguments);

}  // namespace tl
