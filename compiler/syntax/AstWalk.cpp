// Visits every expression or type of a tree, whatever construct it stands in.
#include "compiler/syntax/AstWalk.h"

namespace tl {

namespace {

class Walk {
public:
  explicit Walk(const ExprVisitor *visit, const TypeVisitor *visitType = nullptr) : visit(visit), visitType(visitType) {}

  void of(const ast::Expr &expr) {
    if (visit)
      (*visit)(expr);
    for (const auto &operand : expr.operands)
      of(operand);
    of(expr.arguments);
    for (const auto &item : expr.items)
      of(item);
    of(expr.weightRules);
    if (expr.thenBlock)
      of(*expr.thenBlock);
    if (expr.elseBlock)
      of(*expr.elseBlock);
  }
  void of(const ast::ExprPtr &expr) {
    if (expr)
      of(*expr);
  }
  void of(const ast::IndexItem &item) {
    of(item.start);
    of(item.stop);
  }
  void of(const std::vector<ast::Argument> &arguments) {
    for (const auto &argument : arguments) {
      of(argument.value);
      if (argument.only)
        of(*argument.only);
      if (argument.except)
        of(*argument.except);
    }
  }
  void of(const ast::Selector &selector) {
    for (const auto &part : selector.parts)
      for (const auto &item : part.index)
        of(item);
    for (const auto &operand : selector.operands)
      of(operand);
  }
  void of(const std::vector<ast::WeightRule> &rules) {
    for (const auto &rule : rules) {
      for (const auto &selector : rule.selectors)
        of(selector);
      of(rule.target);
      of(rule.value);
    }
  }
  void of(const ast::Block &block) {
    for (const auto &statement : block.statements)
      of(statement.value);
  }
  void of(const std::optional<ast::Type> &type) {
    if (type)
      of(*type);
  }
  void of(const ast::Type &type) {
    if (visitType)
      (*visitType)(type);
    for (const auto &dim : type.dims)
      of(dim);
  }
  void of(const std::vector<ast::Formal> &formals) {
    for (const auto &formal : formals) {
      of(formal.type);
      of(formal.value);
    }
  }
  void of(const ast::Definition &definition) {
    of(definition.formals);
    for (const auto &slot : definition.slots) {
      of(slot.type);
      of(slot.init);
      of(slot.when);
    }
    for (const auto &requirement : definition.requirements)
      of(requirement.value);
    for (const auto &layer : definition.subLayers)
      of(layer.value);
    for (const auto &function : definition.functions) {
      of(function.formals);
      for (const auto &type : function.results)
        of(type);
      of(function.body);
    }
    for (const auto &type : definition.results)
      of(type);
    of(definition.body);
    of(definition.weightRules);
  }
  void of(const std::vector<ast::Rule> &rules) {
    for (const auto &rule : rules) {
      of(rule.value);
      of(rule.from);
      if (rule.selector)
        of(*rule.selector);
      if (rule.watched)
        of(rule.watched->arguments);
    }
  }
  void of(const ast::File &file) {
    ofAllBut(file);
    for (const auto &definition : file.definitions)
      of(definition);
  }
  /// Without the definitions.
  void ofAllBut(const ast::File &file) {
    for (const auto &dim : file.dims)
      of(dim.value);
    for (const auto &param : file.params) {
      of(param.value);
      of(param.low);
      of(param.high);
    }
    for (const auto &data : file.datas) {
      for (const auto &source : data.sources) {
        of(source.arguments);
        of(source.where.value);
      }
      for (const auto &field : data.fields)
        of(field.value);
      for (const auto &split : data.splits)
        for (const auto &part : split.parts) {
          of(part.fraction);
          of(part.where.value);
        }
      for (const auto &rule : data.augments)
        for (const auto &step : rule.steps)
          of(step);
    }
    for (const auto &stage : file.stages) {
      of(stage.rules);
      for (const auto &phase : stage.phases)
        of(phase.rules);
    }
    for (const auto &tune : file.tunes) {
      for (const auto &varied : tune.varied) {
        of(varied.low);
        of(varied.high);
        for (const auto &choice : varied.choices)
          of(choice);
      }
      for (const auto *keys : {&tune.trials, &tune.methods})
        for (const auto &key : *keys)
          of(key.value);
      for (const auto &goal : tune.goals)
        of(goal.watched.arguments);
    }
    for (const auto &folds : file.folds) {
      for (const auto &parts : folds.parts)
        of(parts.value);
      for (const auto &report : folds.reports)
        of(report.arguments);
    }
    for (const auto &test : file.tests) {
      for (const auto &report : test.reports)
        of(report.arguments);
      for (const auto &interval : test.intervals) {
        of(interval.share);
        of(interval.draws);
      }
    }
    for (const auto &deploy : file.deploys)
      for (const auto &entry : deploy.entries) {
        of(entry.by);
        of(entry.next);
        of(entry.batch);
      }
  }

private:
  const ExprVisitor *visit;
  const TypeVisitor *visitType;
};

}  // namespace

void eachExpr(const ast::Expr &expr, const ExprVisitor &visit) { Walk(&visit).of(expr); }
void eachExpr(const ast::Block &block, const ExprVisitor &visit) { Walk(&visit).of(block); }
void eachExpr(const ast::File &file, const ExprVisitor &visit) { Walk(&visit).of(file); }
void eachType(const ast::Definition &definition, const TypeVisitor &visit) { Walk(nullptr, &visit).of(definition); }

static ExprVisitor collect(std::set<std::string> &names) {
  return [&names](const ast::Expr &expr) {
    if (expr.kind == ast::Expr::Kind::Name)
      names.insert(expr.text);
  };
}

std::set<std::string> namesIn(const ast::Definition &definition) {
  std::set<std::string> names;
  ExprVisitor visit = collect(names);
  Walk(&visit).of(definition);
  for (const auto &statement : definition.body.statements)
    if (statement.kind == ast::Statement::Kind::Metric)
      names.insert(statement.names.front());  // a metric of that name gives its direction
  return names;
}

std::set<std::string> namesOutsideDefinitions(const ast::File &file) {
  std::set<std::string> names;
  ExprVisitor visit = collect(names);
  Walk(&visit).ofAllBut(file);
  auto watched = [&](const std::vector<ast::Rule> &rules) {
    for (const auto &rule : rules)
      if (rule.watched)
        names.insert(rule.watched->metric);
  };
  for (const auto &stage : file.stages) {
    names.insert(stage.model);
    watched(stage.rules);
    for (const auto &phase : stage.phases)
      watched(phase.rules);
  }
  for (const auto &tune : file.tunes)
    for (const auto &goal : tune.goals)
      names.insert(goal.watched.metric);
  for (const auto &folds : file.folds)
    for (const auto &report : folds.reports)
      names.insert(report.metric);
  for (const auto &test : file.tests)
    for (const auto &report : test.reports)
      names.insert(report.name);
  for (const auto &deploy : file.deploys)
    for (const auto &entry : deploy.entries)
      if (!entry.by) // else they are names of its own
        names.insert(entry.outputs.begin(), entry.outputs.end());
  return names;
}

}  // namespace tl
