// What adapters' weights start as that are made of the weight they adapt: a function of its own, as that is loaded between the first values and this.
#include "compiler/stages/StageFunctions.h"
#include "runtime/abi/StartFunction.h"
#include <algorithm>

namespace tl {

namespace {

bool names(const ast::Expr &expr, const std::string &name);

bool names(const ast::ExprPtr &expr, const std::string &name) { return expr && names(*expr, name); }

/// Whether an expression names what stands around it; a function's own parameter is another.
bool names(const ast::Expr &expr, const std::string &name) {
  if (expr.kind == ast::Expr::Kind::Name)
    return expr.text == name;
  if (expr.kind == ast::Expr::Kind::Lambda && std::find(expr.names.begin(), expr.names.end(), name) != expr.names.end())
    return false;
  auto inBlock = [&](const std::unique_ptr<ast::Block> &block) {
    return block && std::any_of(block->statements.begin(), block->statements.end(), [&](const ast::Statement &statement) { return names(statement.value, name); });
  };
  return std::any_of(expr.operands.begin(), expr.operands.end(), [&](const ast::ExprPtr &operand) { return names(operand, name); }) ||
         std::any_of(expr.arguments.begin(), expr.arguments.end(), [&](const ast::Argument &argument) { return names(argument.value, name); }) ||
         std::any_of(expr.items.begin(), expr.items.end(), [&](const ast::IndexItem &item) { return names(item.start, name) || names(item.stop, name); }) || inBlock(expr.thenBlock) || inBlock(expr.elseBlock);
}

/// What `forward` of an adapter calls the weight that it is of.
std::string nameOfWeight(const Instance &adapter) {
  for (const ast::Function &function : adapter.definition->functions)
    if (function.name == "forward")
      return function.formals.front().name;
  return "";
}

} // namespace

const Leaf *StageFunctions::startsFrom(const StagePlan &plan, const TreeEntry &entry) {
  const TreeEntry *adapted = entry.adapts.empty() ? nullptr : plan.tree.find(entry.adapts);
  if (!adapted || !adapted->isLeaf || adapted->leaf->adapter.get() != entry.leaf->owner)
    return nullptr;
  const std::string name = nameOfWeight(*entry.leaf->owner);
  return !entry.leaf->owner->arguments.count(name) && names(entry.leaf->slot->init, name) ? adapted->leaf : nullptr;
}

void StageFunctions::start(StagePlan &plan) {
  std::set<std::string> loaded;
  for (const abi::Load &load : draft.program.stages[size_t(plan.index)].loads)
    for (const abi::LoadedTensor &tensor : load.tensors)
      loaded.insert(tensor.path);
  Function function;
  function.name = abi::startFunctionOf(plan.ast->name);
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.ast->name;
  for (const TreeEntry &entry : plan.tree.entries) {
    const Leaf *adapted = entry.isLeaf && !loaded.count(entry.path) ? startsFrom(plan, entry) : nullptr;
    if (!adapted)
      continue;
    const ast::Expr &init = *entry.leaf->slot->init;
    const TensorType type = computedIn(entry.type);
    Leaf itself = *adapted; // not what the adapter makes of it
    itself.adapter = nullptr;
    Values known = entry.leaf->owner->arguments;
    if (std::optional<TensorValue> weight = elaborator.read(itself, init.span))
      known[nameOfWeight(*entry.leaf->owner)] = *weight;
    std::optional<Value> value = elaborator.evaluate(init, known);
    std::optional<TensorValue> tensor = value ? elaborator.tensor(*value, type.dtype, init.span) : std::nullopt;
    if (tensor && tensor->type() != type)
      declared.report(Diag::InitialShape, init.span, "`" + entry.leaf->slot->name + "` is " + toString(entry.type) + ", its initial value is " + toString(tensor->type()))
          .notes.push_back({entry.leaf->span, "`" + entry.leaf->slot->name + "` is declared here"});
    else if (tensor)
      elaborator.write(*entry.leaf, *tensor, entry.leaf->span);
  }
  if (!function.nodes.empty())
    draft.add(std::move(function), plan.index);
}

} // namespace tl
