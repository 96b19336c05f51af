// What a step does to the parameters: rates and schedules, gradients and their norm, the optimizer.
#include "compiler/stages/Updates.h"
#include "compiler/stages/Nodes.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <numeric>

namespace tl {

std::optional<Values> Updates::arguments(Elaborator &elaborator, const StagePlan &plan, const OptimizerPlan &optimizer,
                                         const std::string &path) const {
  std::optional<Callee> callee = declared.calleeOf(*optimizer.rule->value, "optimizer");
  if (!callee)
    return std::nullopt;
  std::optional<Values> values =
      elaborator.bindArguments(*optimizer.definition, *callee->arguments, {}, {}, callee->span);
  if (!values)
    return std::nullopt;
  size_t entry = 0;
  while (entry < plan.tree.entries.size() && plan.tree.entries[entry].path != path)
    ++entry;
  for (size_t i = 0; i < optimizer.onlyFor.size(); ++i) {
    if (optimizer.onlyFor[i].empty() || optimizer.onlyFor[i][entry])
      continue;
    const ast::Argument &argument = (*callee->arguments)[i];
    std::string name = argument.name.empty() ? optimizer.definition->formals[i].name : argument.name;
    (*values)[name] = Number{0, false};
  }
  return values;
}

/// The number of steps of a phase that says it itself.
static std::optional<double> stepsOf(const PhasePlan &phase) {
  const ast::Rule *length = phase.length;
  bool isKnown = length && length->kind == ast::Rule::Kind::Steps && length->value->kind == ast::Expr::Kind::Number;
  return isKnown ? std::optional<double>(length->value->number) : std::nullopt;
}

std::optional<Value> Updates::scheduleFactor(Elaborator &elaborator, const StagePlan &plan, const PhasePlan &phase) const {
  const ast::Rule &rule = *phase.schedule;
  std::optional<Callee> callee = declared.calleeOf(*rule.value, "schedule");
  const ast::Definition *schedule =
      callee ? declared.lookup(callee->name, ast::Definition::Kind::Schedule, callee->span) : nullptr;
  std::optional<Values> bound;
  if (schedule)
    bound = elaborator.bindArguments(*schedule, *callee->arguments, {}, {}, callee->span);
  if (!bound)
    return std::nullopt;
  auto closure = std::make_shared<Closure>();
  closure->definition = schedule;
  closure->bound = *bound;
  closure->isBound = true;
  std::string scope = rule.text == "across phases" ? "stage" : "phase";
  std::optional<double> steps = stepsOf(phase);
  if (scope == "stage")
    steps = std::accumulate(plan.phases.begin(), plan.phases.end(), std::optional<double>(0), [](auto sum, auto &each) {
      auto own = each.step == 0 ? stepsOf(each) : 0; // those that take turns share theirs
      return sum && own ? std::optional<double>(*sum + *own) : std::nullopt;
    });
  if (steps)
    elaborator.knownScalars[scope + ".steps"] = *steps;
  std::optional<std::vector<Value>> factor = elaborator.call(
      closure, {elaborator.scalar(scope + ".step", rule.span), elaborator.scalar(scope + ".steps", rule.span)}, {},
      callee->span);
  if (!factor || factor->size() != 1)
    return std::nullopt;
  return factor->front();
}

/// `clip norm` takes a number above 0; of a param that is asked as declarations ask it.
void Updates::checkClip(Elaborator &elaborator, const ast::Rule &clip) const {
  const std::string message = "`clip norm` must be above 0, or nothing would move";
  std::optional<Value> limit = elaborator.evaluate(*clip.value, {});
  if (!limit || std::holds_alternative<Poison>(*limit))
    return;
  if (const auto *number = std::get_if<Number>(&*limit)) {
    if (number->value <= 0)
      declared.report(Diag::ClipNorm, clip.value->span, message);
    return;
  }
  auto expr = [&](ast::Expr::Kind kind, std::string text) {
    auto made = std::make_unique<ast::Expr>();
    made->kind = kind;
    made->text = std::move(text);
    made->span = clip.value->span;
    return made;
  };
  ast::Statement required;
  required.kind = ast::Statement::Kind::Require;
  required.span = required.messageSpan = clip.value->span;
  required.text = "norm > 0";
  required.message = message;
  required.value = expr(ast::Expr::Kind::Binary, ">");
  required.value->operands.push_back(expr(ast::Expr::Kind::Name, "norm"));
  required.value->operands.push_back(expr(ast::Expr::Kind::Number, ""));
  elaborator.require(required, {{"norm", *limit}});
}

/// A rate far above the optimizer's is likelier a factor that lacks its `x`.
void Updates::checkRate(Elaborator &elaborator, const Value &rate, const ast::Rule &rule) const {
  constexpr double far = 10;
  auto known = [&](const Value &value) -> std::optional<double> {
    if (const auto *number = std::get_if<Number>(&value))
      return number->value;
    const auto *param = std::get_if<ParamName>(&value);
    return param ? declared.number(*declared.library.params.at(param->name)->value, "a default") : std::nullopt;
  };
  std::optional<Value> written = rule.isFactor ? std::nullopt : elaborator.evaluate(*rule.value, {});
  std::optional<double> own = written ? known(*written) : std::nullopt, usual = own ? known(rate) : std::nullopt;
  if (!usual || *usual <= 0 || *own < far * *usual)
    return;
  auto text = [](double number) { return spell(Number{number, false}); };
  const std::string selected = rule.selector->text, times = text(*own / *usual);
  declared.report(Diag::RateHigh, rule.value->span,
                  "`" + selected + "` trains at a rate of " + text(*own) + ", " + times + " times the optimizer's " + text(*usual))
      .help = "`lr " + text(*own) + "x for " + selected + "` makes it " + text(*own) + " times the optimizer's; where it is meant to be so high, `lr " +
              times + "x for " + selected + "` says it";
}

/// What the stage gives its optimizers and schedules, so that a mistake in it does not wait for the steps to be built.
void Updates::check(const StagePlan &plan) const {
  Function scratch;
  Elaborator elaborator(declared.library, declared.diagnostics, scratch);
  std::vector<std::optional<Values>> givenTo;
  for (const OptimizerPlan &optimizer : plan.optimizers)
    givenTo.push_back(optimizer.definition ? arguments(elaborator, plan, optimizer, "") : std::nullopt);
  for (const PhasePlan &phase : plan.phases) {
    size_t moves = plan.stepOf(phase).optimizer;
    const std::optional<Values> given = moves < givenTo.size() ? givenTo[moves] : std::nullopt;
    if (phase.clip)
      checkClip(elaborator, *phase.clip);
    for (const ast::Rule *rule : phase.rules)
      if (rule->kind == ast::Rule::Kind::Rate && given && given->count("lr"))
        if (std::optional<Value> rate = rateOf(elaborator, given->at("lr"), rule, 1, std::nullopt, rule->span)) {
          Values own = *given;
          own["lr"] = *rate;
          elaborator.require(*plan.optimizerOf(phase).definition, own, rule->value->span);
          checkRate(elaborator, given->at("lr"), *rule);
        }
    elaborator.knownScalars.clear();
    if (phase.schedule)
      scheduleFactor(elaborator, plan, phase);
  }
}

/// a · b in double: of numbers at compile time, else as a node.
static std::optional<Value> product(Elaborator &elaborator, const Value &a, const Value &b, ast::Span span) {
  const auto *x = std::get_if<Number>(&a), *y = std::get_if<Number>(&b);
  if (x && y)
    return Number{x->value * y->value, false};
  std::optional<TensorValue> left = elaborator.tensor(a, DType::F64, span), right = elaborator.tensor(b, DType::F64, span);
  if (!left || !right)
    return std::nullopt;
  TensorType type{DType::F64, {}};
  return plain(elaborator.add(Op::Mul, {left->node, right->node}, {}, type, span), type);
}

std::optional<Value> Updates::rateOf(Elaborator &elaborator, const Value &rate, const ast::Rule *rule,
                                     int power, const std::optional<Value> &schedule, ast::Span span) const {
  std::optional<Value> result = rate;
  if (rule) {
    std::optional<Value> own = elaborator.evaluate(*rule->value, {});
    if (!own)
      return std::nullopt;
    if (!rule->isFactor)
      result = own;
    for (int i = 0; rule->isFactor && result && i < power; ++i)
      result = product(elaborator, *result, *own, rule->span);
  }
  return result && schedule ? product(elaborator, *result, *schedule, span) : result;
}

/// f64[], over the gradients of all trained parameters together. Squares are taken and added up in double: those of 1e20 and of
/// 1e-30 are no numbers of f32.
static NodeId normOf(Elaborator &elaborator, const Gradients &gradients, ast::Span span) {
  TensorType scalar{DType::F64, {}};
  NodeId total = -1;
  for (const auto &[path, gradient] : gradients) {
    TensorType type{DType::F64, elaborator.typeOf(gradient).shape};
    NodeId wide = elaborator.add(Op::Cast, {gradient}, {}, type, span);
    NodeId square = elaborator.add(Op::Mul, {wide, wide}, {}, type, span);
    Attributes all;
    for (size_t axis = 0; axis < type.shape.size(); ++axis)
      all.axes.push_back(int64_t(axis));
    NodeId sum = type.shape.empty() ? square : elaborator.add(Op::ReduceSum, {square}, all, scalar, span);
    total = total < 0 ? sum : elaborator.add(Op::Add, {total, sum}, {}, scalar, span);
  }
  return elaborator.add(Op::Sqrt, {total}, {}, scalar, span);
}

void Updates::clipGradients(Elaborator &elaborator, const ast::Rule &clip, NodeId norm, Gradients &gradients) const {
  // scale = c / max(norm, c)
  TensorType scalar{DType::F64, {}};
  std::optional<Value> limit = elaborator.evaluate(*clip.value, {});
  std::optional<TensorValue> c = limit ? elaborator.tensor(*limit, scalar.dtype, clip.value->span) : std::nullopt;
  if (!c)
    return;
  NodeId most = elaborator.add(Op::Max, {norm, c->node}, {}, scalar, clip.span);
  NodeId ratio = elaborator.add(Op::Div, {c->node, most}, {}, scalar, clip.span);
  NodeId scale = elaborator.add(Op::Cast, {ratio}, {}, {DType::F32, {}}, clip.span);
  for (auto &[path, gradient] : gradients) {
    TensorType type = elaborator.typeOf(gradient);
    NodeId spread = type.shape.empty() ? scale : elaborator.add(Op::Broadcast, {scale}, {}, type, clip.span);
    gradient = elaborator.add(Op::Mul, {gradient, spread}, {}, type, clip.span);
  }
}

Gradients gradientsOf(Elaborator &elaborator, const Function &function, const PhasePlan &phase, NodeId loss,
                      ast::Span span) {
  Gradients reads, gradients;
  for (const Node &node : function.nodes)
    if (node.op == Op::Read && phase.trained.contains(node.attributes.name))
      reads[node.attributes.name] = elaborator.read(node.attributes.name, node.type, node.span).node;
  for (const auto &[path, read] : reads)
    gradients[path] = elaborator.add(Op::Gradient, {loss, read}, {}, elaborator.typeOf(read), span);
  return gradients;
}

/// What a person reads of a step in its log: the rate, without rules for some parameters, and the norm of the gradients.
void Updates::output(Elaborator &elaborator, const StagePlan &plan, const OptimizerPlan &optimizer, const std::string &trained, const std::optional<Value> &schedule,
                     std::optional<NodeId> norm) const {
  const ast::Span span = optimizer.rule->span;
  TensorType type{DType::F32, {}};
  if (norm)
    elaborator.output("gradient_norm", plain(elaborator.add(Op::Cast, {*norm}, {}, type, span), type), span, true);
  std::optional<Values> given = arguments(elaborator, plan, optimizer, trained);
  if (!given || !given->count("lr"))
    return;
  std::optional<Value> rate = rateOf(elaborator, (*given)["lr"], nullptr, 1, schedule, span);
  std::optional<TensorValue> value = rate ? elaborator.tensor(*rate, type.dtype, span) : std::nullopt;
  if (value && value->axes.empty())
    elaborator.output("learning_rate", *value, span, true);
}

/// `after`, and in the rows that a phase freezes `before`.
static NodeId keepRows(Elaborator &elaborator, const std::vector<FrozenRows> &rows, NodeId before, NodeId after) {
  TensorType type = elaborator.typeOf(after), places{DType::I32, type.shape}, truths{DType::I1, type.shape};
  for (const auto &[begin, end, rule] : rows) {
    const ast::Span span = rule->span;
    Attributes first;
    first.axis = 0;
    NodeId place = elaborator.add(Op::Iota, {}, first, places, span);
    auto isBefore = [&](int64_t row) { return elaborator.add(Op::Lt, {place, constant(elaborator, double(row), places, span)}, {}, truths, span); };
    NodeId untilEnd = elaborator.add(Op::Select, {isBefore(end), before, after}, {}, type, span);
    after = elaborator.add(Op::Select, {isBefore(begin), after, untilEnd}, {}, type, span);
  }
  return after;
}

void Updates::apply(Elaborator &elaborator, const StagePlan &plan, const PhasePlan &phase, Gradients gradients) const {
  const OptimizerPlan &optimizer = plan.optimizerOf(phase);
  const ast::Span span = optimizer.rule->span;
  for (size_t i = 0; i < plan.tree.entries.size(); ++i)
    if (auto gradient = gradients.find(plan.tree.entries[i].path); gradient != gradients.end() && !phase.treatments[i].rows.empty())
      gradient->second = keepRows(elaborator, phase.treatments[i].rows, constant(elaborator, 0, elaborator.typeOf(gradient->second), span), gradient->second);
  TensorType wide{DType::F64, {}};
  std::optional<NodeId> norm;
  if (!gradients.empty())
    norm = normOf(elaborator, gradients, phase.clip ? phase.clip->span : span);
  if (phase.clip && norm)
    clipGradients(elaborator, *phase.clip, *norm, gradients);

  std::optional<Value> schedule = phase.schedule ? scheduleFactor(elaborator, plan, phase) : std::nullopt;
  if (phase.schedule && !schedule)
    return;
  output(elaborator, plan, optimizer, *phase.trained.begin(), schedule, norm);
  bool hasRate = std::any_of(optimizer.definition->formals.begin(), optimizer.definition->formals.end(),
                             [](const ast::Formal &formal) { return formal.name == "lr"; });
  std::map<std::string, TensorValue> counts;
  for (size_t i = 0; i < plan.tree.entries.size(); ++i) {
    const TreeEntry &entry = plan.tree.entries[i];
    auto gradient = gradients.find(entry.path);
    if (!entry.isWeight || gradient == gradients.end())
      continue;
    std::optional<Values> arguments = this->arguments(elaborator, plan, optimizer, entry.path);
    if (!arguments)
      return;
    const ast::Rule *rule = phase.treatments[i].rate;
    if (!hasRate && (rule || phase.schedule)) {
      declared.report(Diag::RateMissing, rule ? rule->span : phase.schedule->span,
                      "optimizer `" + optimizer.definition->name + "` has no argument `lr` for this to act on")
          .notes.push_back({optimizer.definition->span, "`" + optimizer.definition->name + "` is declared here"});
      return;
    }
    if (hasRate) {
      std::optional<Value> rate = rateOf(elaborator, (*arguments)["lr"], rule, phase.treatments[i].power, schedule, span);
      if (!rate)
        return;
      (*arguments)["lr"] = *rate;
    }
    Value count = Number{1, true};
    if (auto counter = optimizer.counter.find(entry.path); counter != optimizer.counter.end()) {
      auto known = counts.find(counter->second);
      if (known == counts.end()) {
        TensorValue before = elaborator.read(counter->second, wide, span);
        NodeId after = elaborator.add(Op::Add, {before.node, constant(elaborator, 1, wide, span)}, {}, wide, span);
        known = counts.emplace(counter->second, plain(after, wide)).first;
      }
      count = known->second;
    }
    std::map<std::string, TensorValue> states;
    for (const Elaborator::State &state : optimizer.slots.at(entry.path))
      states[state.name] = elaborator.read(optimizer.slotPath(entry.path, state.name), state.type, span);
    TensorValue before = elaborator.read(entry.path, entry.type, span);
    std::optional<Elaborator::Updated> updated =
        elaborator.update(*optimizer.definition, *arguments, before, plain(gradient->second, computedIn(entry.type)), count, states, span);
    if (!updated)
      return;
    if (const std::vector<FrozenRows> &rows = phase.treatments[i].rows; !rows.empty()) {
      NodeId wide = entry.type == computedIn(entry.type) ? before.node : elaborator.add(Op::Cast, {before.node}, {}, computedIn(entry.type), span);
      updated->weight.node = keepRows(elaborator, rows, wide, updated->weight.node);
      for (auto &[name, state] : updated->states)
        if (auto known = states.find(name); known != states.end() && state.type() == computedIn(entry.type))
          state.node = keepRows(elaborator, rows, known->second.node, state.node);
    }
    elaborator.write(*entry.leaf, updated->weight, span);
    for (const auto &[name, state] : updated->states)
      if (states.count(name))
        elaborator.write(optimizer.slotPath(entry.path, name), state, span);
  }
  for (const auto &[counter, count] : counts)
    elaborator.write(counter, count, span);
}

void Updates::average(Elaborator &elaborator, Function &function, const StagePlan &plan, const PhasePlan &phase) const {
  if (!plan.average)
    return;
  const ast::Span span = plan.average->value->span;
  std::map<std::string, TensorValue> live; // what the step made of each that it trains
  for (Node &node : function.nodes) {
    std::string &name = node.attributes.name;
    if ((node.op != Op::Read && node.op != Op::Write) || !plan.isAveraged(name))
      continue;
    if (node.op == Op::Write)
      live.emplace(name, plain(node.operands[0], node.type));
    name = livePath(name);
  }
  std::optional<Value> rule = live.empty() ? std::nullopt : elaborator.evaluate(*plan.average->value, {});
  if (!rule)
    return;
  TensorType wide{DType::F64, {}};
  TensorValue before = elaborator.scalar("stage.step", span);
  TensorValue count = plain(elaborator.add(Op::Add, {before.node, constant(elaborator, 1, wide, span)}, {}, wide, span), wide);
  for (const auto &[path, weight] : live) {
    TensorType kept = weight.type(), computed = computedIn(kept);
    auto computable = [&](NodeId node) { return plain(kept == computed ? node : elaborator.add(Op::Cast, {node}, {}, computed, span), computed); };
    Attributes attributes;
    attributes.name = path; // a node of its own: reads by this name became those of the live weight
    const TensorValue average = computable(elaborator.add(Op::Read, {}, attributes, kept, span)), now = computable(weight.node);
    std::optional<std::vector<Value>> mean = elaborator.call(*rule, {average, now, count}, {}, span);
    if (!mean)
      return;
    std::optional<TensorValue> value = mean->size() == 1 ? elaborator.tensor(mean->front(), computed.dtype, span) : std::nullopt;
    if (!value || value->type() != computed) {
      declared.report(Diag::AverageForm, span, "`average` takes a function of an average, a weight and the number of steps, which gives the next average; of `" + path + "` it gives " + (value ? toString(value->type()) : counted(int64_t(mean->size()), "value")))
          .help = "average ema(0.999)";
      return;
    }
    if (value->node == average.node || value->node == now.node) {
      const bool isStill = value->node == average.node;
      declared.report(Diag::AverageForm, span, isStill ? "this `average` gives the average as it was, so that it never moves from what the weights start as" : "this `average` gives the weight itself, so that nothing is averaged").help = "average ema(0.999), or of one's own: average fn(a, w, t) { a + (w - a) / t }";
      return;
    }
    value->node = keepRows(elaborator, phase.treatments[size_t(plan.tree.find(path) - plan.tree.entries.data())].rows, average.node, value->node);
    elaborator.write(path, kept == computed ? *value : plain(elaborator.add(Op::Cast, {value->node}, {}, kept, span), kept), span);
  }
}

}  // namespace tl
