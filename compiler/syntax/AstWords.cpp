// What the syntax tree's kinds are called in scripts.
#include "compiler/syntax/AstWords.h"

namespace tl {

const char *nameOf(ast::Definition::Kind kind) {
  using Kind = ast::Definition::Kind;
  switch (kind) {
  case Kind::Layer: return "layer";
  case Kind::Model: return "model";
  case Kind::Adapter: return "adapter";
  case Kind::Fn: return "fn";
  case Kind::Optimizer: return "optimizer";
  case Kind::Objective: return "objective";
  case Kind::Metric: return "metric";
  case Kind::Schedule: return "schedule";
  case Kind::Augment: return "augment";
  case Kind::Remap: return "remap";
  }
  return "";
}

const char *keyOf(ast::Rule::Kind kind) {
  using Kind = ast::Rule::Kind;
  switch (kind) {
  case Kind::Freeze: return "freeze";
  case Kind::FreezeStats: return "freeze stats of";
  case Kind::Train: return "train";
  case Kind::Adapt: return "adapt";
  case Kind::Rate: return "lr";
  case Kind::Objective: return "objective";
  case Kind::Optimizer: return "optimizer";
  case Kind::Schedule: return "schedule";
  case Kind::Batch: return "batch";
  case Kind::Epochs: return "epochs";
  case Kind::Steps: return "steps";
  case Kind::Accumulate: return "accumulate";
  case Kind::ClipNorm: return "clip norm";
  case Kind::Average: return "average";
  case Kind::StopEarly: return "stop early";
  case Kind::KeepBest: return "keep best";
  case Kind::SampleBy: return "sample by";
  case Kind::Precision: return "precision";
  case Kind::BudgetMemory: return "budget memory";
  }
  return "";
}

static std::optional<DType> elementNamed(const std::string &name) { return name == "tokens" ? DType::I32 : dtypeNamed(name); }

bool isElementType(const std::string &name) { return elementNamed(name).has_value(); }

bool isTensorType(const ast::Type &type) { return type.hasDims || isElementType(type.name); }

DType dtypeOf(const ast::Type &type) { return elementNamed(type.name).value_or(DType::F32); }

void collectDims(const ast::Type &type, std::set<std::string> &names) {
  for (const ast::ExprPtr &dim : type.dims)
    if (dim->kind == ast::Expr::Kind::Name)
      names.insert(dim->text);
}

}  // namespace tl
