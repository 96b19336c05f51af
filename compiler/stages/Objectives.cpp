// Sums of objectives: which terms there are, how often each counts, and what they come to.
#include "compiler/stages/Objectives.h"
#include "compiler/stages/Nodes.h"
#include <algorithm>
#include <cmath>

namespace tl {

namespace {

using Kind = ast::Expr::Kind;

class TermReader {
public:
  explicit TermReader(const Declared &declared) : declared(declared) {}

  std::vector<ObjectiveTerm> terms;

  /// `sign` and what has been met on the way down are those of the whole expression.
  void read(const ast::Expr &expr, ObjectiveTerm around) {
    const std::string &op = expr.text;
    if (expr.kind == Kind::On && asks(expr)) {
      if (around.data) {
        declared.report(Diag::ObjectiveData, expr.span, "this is on `" + around.data->text + "` already, and each term is measured on one data").help = "write `on` once behind each term";
        terms.emplace_back();
        return;
      }
      around.data = expr.operands[1].get();
      around.batch = expr.operands.size() > 2 ? expr.operands[2].get() : nullptr;
      read(*expr.operands[0], around);
    } else if (expr.kind == Kind::Unary && op == "-" && asks(expr)) {
      around.isNegative = !around.isNegative;
      read(*expr.operands[0], around);
    } else if (expr.kind == Kind::Binary && (op == "+" || op == "-") && asks(expr)) {
      read(*expr.operands[0], around);
      around.isNegative = around.isNegative != (op == "-");
      read(*expr.operands[1], around);
    } else if (expr.kind == Kind::Binary && op == "*" && asks(expr) && !(asks(*expr.operands[0]) && asks(*expr.operands[1]))) {
      bool isLeft = asks(*expr.operands[0]);
      around.factors.push_back(expr.operands[isLeft ? 1 : 0].get());
      read(*expr.operands[isLeft ? 0 : 1], around);
    } else if (expr.kind == Kind::Binary && op == "/" && asks(*expr.operands[0]) && !asks(*expr.operands[1])) {
      around.divisors.push_back(expr.operands[1].get());
      read(*expr.operands[0], around);
    } else {
      leaf(expr, around);
    }
  }

private:
  /// Whether an objective stands in it, as a term.
  bool asks(const ast::Expr &expr) const {
    if (expr.kind == Kind::On)
      return asks(*expr.operands[0]);
    if (expr.kind == Kind::Unary || expr.kind == Kind::Binary)
      return std::any_of(expr.operands.begin(), expr.operands.end(), [&](const ast::ExprPtr &operand) { return asks(*operand); });
    const ast::Expr &name = expr.kind == Kind::Call ? *expr.operands[0] : expr;
    const ast::Definition *known = name.kind == Kind::Name ? declared.library.definition(name.text, name.span.file) : nullptr;
    bool isMeant = !known && expr.kind == Kind::Call && !declared.library.builtins->count(name.text); // and spelt otherwise
    return isMeant || (known && known->kind == ast::Definition::Kind::Objective);
  }

  void leaf(const ast::Expr &expr, ObjectiveTerm &around) {
    if (bool isSum = expr.kind == Kind::Unary || expr.kind == Kind::Binary; isSum && asks(expr)) {
      declared.report(Diag::ObjectiveSum, expr.span, "objectives are added up, and multiplied or divided by numbers; `" + expr.text + "` of them is no sum")
          .help = "objective a(x) + 0.3 * b(y)";
      terms.emplace_back();
      return;
    }
    if (!terms.empty() && (expr.kind == Kind::Number || (expr.kind == Kind::Name && declared.library.params.count(expr.text)))) {
      declared.report(Diag::ObjectiveSum, expr.span, "a number beside objectives moves no weight").help = "leave it out, or multiply an objective by it";
      terms.emplace_back();
      return;
    }
    around.call = &expr;
    if (std::optional<Callee> callee = declared.calleeOf(expr, "objective")) {
      around.objective = declared.lookup(callee->name, ast::Definition::Kind::Objective, callee->span);
      around.name = callee->name;
    }
    terms.push_back(around);
  }

  const Declared &declared;
};

using Pairs = std::set<std::pair<NodeId, NodeId>>;

/// Whether two nodes are the same value, made twice; `known` are those of which that is so.
bool isSame(const Function &function, NodeId a, NodeId b, Pairs &known) {
  if (a == b || known.contains({a, b}))
    return true;
  const Node &one = function.nodes[size_t(a)], &other = function.nodes[size_t(b)];
  if (one.op != other.op || !(one.attributes == other.attributes) || !(one.type == other.type) || one.body != other.body || one.operands.size() != other.operands.size())
    return false;
  for (size_t i = 0; i < one.operands.size(); ++i)
    if (!isSame(function, one.operands[i], other.operands[i], known))
      return false;
  known.insert({a, b});
  return true;
}

/// value · weight, f32[].
NodeId weighted(Elaborator &elaborator, NodeId value, const TermWeight &weight, ast::Span span) {
  const TensorType scalar{DType::F32, {}};
  if (weight.number != 1)
    value = elaborator.add(Op::Mul, {value, constant(elaborator, weight.number, scalar, span)}, {}, scalar, span);
  return weight.value ? elaborator.add(Op::Mul, {value, weight.value->node}, {}, scalar, span) : value;
}

} // namespace

std::vector<ObjectiveTerm> termsOf(const Declared &declared, const ast::Rule &rule) {
  TermReader reader(declared);
  reader.read(*rule.value, {});
  std::vector<ObjectiveTerm> &terms = reader.terms;
  auto areOnOne = [](const ObjectiveTerm &a, const ObjectiveTerm &b) { return (a.data ? a.data->text : "") == (b.data ? b.data->text : ""); };
  for (ObjectiveTerm &term : terms) // two of one kind are told apart by what they are given
    if (std::count_if(terms.begin(), terms.end(), [&](const ObjectiveTerm &other) { return other.objective && other.objective == term.objective && areOnOne(term, other); }) > 1)
      term.name = measureName(term.objective->name, *declared.calleeOf(*term.call, "objective")->arguments);
  for (size_t i = 0; i < terms.size(); ++i)
    for (size_t before = 0; before < i; ++before)
      if (terms[i].objective && terms[i].name == terms[before].name && areOnOne(terms[i], terms[before])) {
        declared.report(Diag::ObjectiveSum, terms[i].call->span, "`" + terms[i].name + "` is added up twice").help = "write it once, with a factor";
        terms[i].objective = nullptr;
        break;
      }
  return terms;
}

void nameMeasures(StagePlan &plan) {
  std::set<std::string> taken;
  for (const StepPlan &step : plan.steps)
    taken.insert(step.lossName());
  auto free = [&](const std::string &name, const std::string &around) { return taken.insert(name).second ? name : *taken.insert(around + "." + name).first; };
  for (StepPlan &step : plan.steps)
    for (ObjectiveTerm &term : step.terms)
      if (step.isSum())
        term.name = free(term.name, term.data ? term.data->text : step.lossName());
  for (StepPlan &step : plan.steps)
    for (ObjectiveTerm &term : step.terms) {
      if (!term.objective)
        continue;
      for (const ast::Statement &statement : term.objective->body.statements)
        if (statement.kind == ast::Statement::Kind::Metric)
          term.called[statement.names.front()] = free(statement.names.front(), term.data ? term.data->text : step.isSum() ? term.name
                                                                                                                          : step.lossName());
    }
}

std::optional<TermWeight> weightOf(const Declared &declared, Elaborator &elaborator, const ObjectiveTerm &term) {
  TermWeight weight{term.isNegative ? -1.0 : 1.0, {}};
  const TensorType wide{DType::F64, {}};
  std::optional<NodeId> value; // in double, until all factors are in it
  auto take = [&](const ast::Expr &expr, bool divides) {
    std::optional<Value> given = elaborator.evaluate(expr, {});
    if (!given)
      return false;
    if (const auto *number = std::get_if<Number>(&*given)) {
      weight.number = divides ? weight.number / number->value : weight.number * number->value;
      return true;
    }
    std::optional<TensorValue> scalar = elaborator.tensor(*given, DType::F64, expr.span);
    if (!scalar || !scalar->axes.empty()) {
      if (scalar)
        declared.report(Diag::ObjectiveSum, expr.span, "an objective counts as often as a number says; this is " + toString(scalar->type())).help = "objective a(x) + 0.3 * b(y)";
      return false;
    }
    NodeId one = value ? *value : constant(elaborator, 1, wide, expr.span);
    value = elaborator.add(divides ? Op::Div : Op::Mul, {one, scalar->node}, {}, wide, expr.span);
    return true;
  };
  for (const ast::Expr *factor : term.factors)
    if (!take(*factor, false))
      return std::nullopt;
  for (const ast::Expr *divisor : term.divisors)
    if (!take(*divisor, true))
      return std::nullopt;
  if (weight.number == 0 || !std::isfinite(weight.number)) {
    declared.report(Diag::ObjectiveSum, term.call->span, "`" + term.name + "` counts " + spell(Number{weight.number, false}) + " times").help = weight.number == 0 ? "leave it out" : "divide by a number other than 0";
    return std::nullopt;
  }
  if (value)
    weight.value = plain(elaborator.add(Op::Cast, {*value}, {}, {DType::F32, {}}, term.call->span), {DType::F32, {}});
  return weight;
}

/// What the total is made of: its terms, and how often each counts.
static void addTerms(Elaborator &elaborator, const std::vector<ObjectiveTerm> &terms, const std::vector<TermWeight> &weights, ast::Span span, Measured &total) {
  const TensorType scalar{DType::F32, {}};
  NodeId one = constant(elaborator, 1, scalar, span);
  total.count = plain(one, scalar);
  for (size_t i = 0; i < terms.size(); ++i)
    total.terms.push_back({terms[i].name, plain(weighted(elaborator, one, weights[i], span), scalar)});
}

Measured totalLater(Elaborator &elaborator, const std::vector<ObjectiveTerm> &terms, const std::vector<TermWeight> &weights, ast::Span span) {
  const TensorType scalar{DType::F32, {}};
  Measured total{{"loss", plain(constant(elaborator, 0, scalar, span), scalar), {}, {}, "", "lower", span}};
  addTerms(elaborator, terms, weights, span, total);
  return total;
}

Measured totalOf(Elaborator &elaborator, const Function &function, const std::vector<ObjectiveTerm> &terms,
                 const std::vector<TermWeight> &weights, const Metrics &losses, ast::Span span, bool isAddedUp) {
  const TensorType scalar{DType::F32, {}};
  const bool areOnOne = std::all_of(terms.begin(), terms.end(), [&](const ObjectiveTerm &term) { return term.on == terms.front().on; });
  Pairs known;
  // What is the same in every batch of a step can be divided by whatever the others count.
  auto isEverywhereSame = [&](const Measured &loss) { return isAddedUp && !dependsOn(function, loss.sum.node, {Op::Input, Op::Random}) && !dependsOn(function, loss.count->node, {Op::Input, Op::Random}); };
  auto counting = std::find_if_not(losses.begin(), losses.end(), isEverywhereSame);
  const Measured &first = counting == losses.end() ? losses.front() : *counting;
  auto countsAlike = [&](const Measured &loss) { return isSame(function, loss.count->node, first.count->node, known); };
  // Then their sum is one quotient, which batches of a step can add up.
  const bool areAlike = areOnOne && std::all_of(losses.begin(), losses.end(), [&](const Measured &loss) { return countsAlike(loss) || isEverywhereSame(loss); });
  Measured total{{"loss", first.sum, first.count, {}, "", "lower", span}};
  NodeId sum = -1;
  for (size_t i = 0; i < terms.size(); ++i) {
    NodeId value = losses[i].sum.node;
    if (!areAlike || !countsAlike(losses[i]))
      value = elaborator.add(Op::Div, {value, losses[i].count->node}, {}, scalar, losses[i].span);
    if (areAlike && !countsAlike(losses[i]))
      value = elaborator.add(Op::Mul, {value, first.count->node}, {}, scalar, losses[i].span);
    value = weighted(elaborator, value, weights[i], terms[i].call->span);
    sum = sum < 0 ? value : elaborator.add(Op::Add, {sum, value}, {}, scalar, span);
  }
  total.sum = plain(sum, scalar);
  if (!areAlike)
    addTerms(elaborator, terms, weights, span, total);
  return total;
}

/// What a step makes small, its terms where it has several, and what their objectives measure besides; of terms on data that is not read nothing but how
/// often each counts, in the total, which stands with the first term where it is one that `addsUp` later.
std::optional<Metrics> Measures::step(Elaborator &elaborator, const Function &function, StagePlan &plan, const StepPlan &step, Readings &readings, bool addsUp) const {
  Metrics losses, others;
  std::vector<TermWeight> weights;
  bool areAll = true;
  for (const ObjectiveTerm &term : step.terms) {
    auto reading = readings.find(term.on);
    const bool isRead = reading != readings.end();
    areAll &= isRead;
    const size_t before = declared.errorCount();
    std::optional<Metrics> measured = Metrics();
    if (isRead)
      measured = takesModel(*term.objective) || run(elaborator, plan, reading->second) ? objective(elaborator, plan, term, reading->second) : std::nullopt;
    elaborator.beside.clear();
    if (!measured && term.data && declared.errorCount() > before) // which may stand in the model
      declared.diagnostics.all().back()->notes.push_back({term.data->span, "that is asked on `" + term.data->text + "` here"});
    std::optional<TermWeight> weight = weightOf(declared, elaborator, term);
    if (!measured || !weight)
      return std::nullopt;
    weights.push_back(*weight);
    if (!isRead)
      continue;
    losses.push_back(measured->front());
    losses.back().name = step.isSum() ? term.name : step.lossName();
    for (size_t i = 1; i < measured->size(); ++i) {
      others.push_back((*measured)[i]);
      others.back().name = term.called.at(others.back().name);
    }
  }
  Metrics all;
  const ast::Span span = step.objectiveRule->value->span;
  const bool isTotal = step.isSum() && !losses.empty();
  if (isTotal && areAll)
    all.push_back(totalOf(elaborator, function, step.terms, weights, losses, span, plan.storesGradients));
  else if (isTotal && addsUp && readings.contains(step.terms.front().on) && plan.isValued(step))
    all.push_back(totalLater(elaborator, step.terms, weights, span));
  if (!all.empty())
    all.back().name = step.lossName();
  for (Metrics *each : {&losses, &others})
    all.insert(all.end(), each->begin(), each->end());
  return all;
}

}  // namespace tl
