// Walks the bodies of a definition with the names that are known at each place.
#include "compiler/sema/UnboundNames.h"
#include "compiler/syntax/AstWords.h"

namespace tl {

namespace {

using Names = std::set<std::string>;

class Walk {
public:
  explicit Walk(const Library &library) : library(library) {}
  std::vector<UnboundName> found;

  void of(const ast::Definition &definition) {
    Names known;
    bind(definition.formals, known);
    for (const ast::Statement &requirement : definition.requirements)
      of(*requirement.value, known);
    for (const ast::Slot &slot : definition.slots)
      known.insert(slot.name);
    for (const ast::SubLayer &part : definition.subLayers)
      known.insert(part.name);
    for (const ast::Function &function : definition.functions)
      known.insert(function.name);
    if (definition.kind == ast::Definition::Kind::Adapter) // its sizes are those of what `forward` is given, and gives
      for (const ast::Function &function : definition.functions) {
        for (const ast::Formal &formal : function.formals)
          if (formal.type)
            collectDims(*formal.type, known);
        for (const ast::Type &result : function.results)
          collectDims(result, known);
      }
    Names ofSlots = known;
    for (const ast::Function &function : definition.functions) {
      bool isAdapter = definition.kind == ast::Definition::Kind::Adapter && function.name == "forward" && function.formals.size() == 1;
      if (isAdapter || definition.kind == ast::Definition::Kind::Optimizer) // what is adapted; a state starts in the shape of what `update` is given
        bind(function.formals, ofSlots);
    }
    for (const ast::Slot &slot : definition.slots)
      for (const ast::ExprPtr *expr : {&slot.init, &slot.when})
        if (*expr)
          of(**expr, ofSlots);
    for (const ast::SubLayer &part : definition.subLayers)
      of(*part.value, known);
    for (const ast::Function &function : definition.functions) {
      Names inside = known;
      bind(function.formals, inside);
      of(function.body, inside);
    }
    of(definition.body, known);
  }

private:
  void bind(const std::vector<ast::Formal> &formals, Names &known) {
    for (const ast::Formal &formal : formals) {
      if (formal.type)
        collectDims(*formal.type, known);
      known.insert(formal.name);
    }
    for (const ast::Formal &formal : formals)
      if (formal.value)
        of(*formal.value, known);
  }

  /// Names bound in the block stay known behind it, where its caller lets them.
  void of(const ast::Block &block, Names &known) {
    for (const ast::Statement &statement : block.statements) {
      if (statement.kind == ast::Statement::Kind::Assign)
        known.insert(statement.names.begin(), statement.names.end()); // `<-` of what is declared nowhere is told by itself
      bool isBranch = statement.kind == ast::Statement::Kind::Value && statement.value->kind == ast::Expr::Kind::If;
      isBranch ? ofBranches(*statement.value, known) : of(*statement.value, known);
      known.insert(statement.names.begin(), statement.names.end());
    }
  }

  void ofBranches(const ast::Expr &expr, Names &known) {
    of(*expr.operands[0], known);
    for (const auto *block : {&expr.thenBlock, &expr.elseBlock})
      if (*block)
        of(**block, known);
  }

  void of(const ast::Expr &expr, const Names &known) {
    using Kind = ast::Expr::Kind;
    if (expr.kind == Kind::Name && !isKnown(expr.text, known))
      found.push_back({expr.text, expr.span, {known.begin(), known.end()}});
    if (expr.kind == Kind::From)
      return of(*expr.operands[0], known); // what is loaded is named otherwise
    if (expr.kind == Kind::Binary && expr.text == "*" && !known.count("copy")) { // a layer that is repeated knows which copy it is
      Names inside = known;
      inside.insert("copy");
      of(*expr.operands[0], known);
      return of(*expr.operands[1], inside);
    }
    for (const ast::ExprPtr &operand : expr.operands)
      if (operand)
        of(*operand, known);
    for (const ast::Argument &argument : expr.arguments)
      of(*argument.value, known);
    for (const ast::IndexItem &item : expr.items)
      for (const ast::ExprPtr *end : {&item.start, &item.stop})
        if (*end)
          of(**end, known);
    for (const auto *block : {&expr.thenBlock, &expr.elseBlock}) {
      if (!*block)
        continue;
      Names inside = known;
      inside.insert(expr.names.begin(), expr.names.end());
      of(**block, inside);
    }
  }

  bool isKnown(const std::string &name, const Names &known) const {
    static const Names always = {"training", "decoding", "position", "lookahead", "pi", "_"};
    if (known.count(name) || always.count(name) || library.constants.count(name) || library.params.count(name) ||
        library.definitions.count(name) || library.data.count(name) || library.builtins->count(name))
      return true;
    for (auto &[data, facts] : library.data)
      for (const abi::Split &split : facts->splits)
        if (split.name == name)
          return true; // which has its own message where it is used
    return false;
  }

  const Library &library;
};

} // namespace

std::vector<UnboundName> unboundNames(const ast::Definition &definition, const Library &library) {
  Walk walk(library);
  if (definition.kind != ast::Definition::Kind::Remap)
    walk.of(definition);
  return std::move(walk.found);
}

} // namespace tl
