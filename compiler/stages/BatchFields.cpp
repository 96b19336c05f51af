// The fields of a batch: raw inputs, the data declaration's pipeline over them, and what is fitted for it.
#include "compiler/stages/BatchFields.h"
#include "compiler/stages/Holes.h"
#include "compiler/stages/Nodes.h"
#include "compiler/syntax/AstWalk.h"
#include "runtime/abi/DrawnInputs.h"
#include <algorithm>

namespace tl {

constexpr int64_t fitBatch = 128;  // records per call of a fit function; any size gives the same sums

/// Runs what the data declares, step by step, on the fields of one batch.
class FieldPipeline {
public:
  using FitAnswer = BatchFields::FitAnswer;
  FieldPipeline(const Declared &declared, Elaborator &elaborator, const DataPlan &plan, int64_t batch)
      : declared(declared), elaborator(elaborator), plan(plan), batch(batch) {
    for (const abi::Split &split : plan.facts->splits)
      names[split.name] = SplitName{plan.ast->name, split.name};
  }

  Values names; // of splits and fields

  void addRaw(bool training);
  bool bind(const FitAnswer &answer);
  bool augment(const ast::AugmentRule &rule);

private:
  std::optional<TensorValue> fit(const Elaborator::Fitted &asked, const SplitName &split, ast::Span span, const FitAnswer &answer);
  std::optional<TensorValue> bound(const ast::Statement &statement);
  std::optional<Value> stepOf(const ast::Expr &step);
  void reportMissing(const ast::AugmentRule &rule, const std::string &name) const;

  const Declared &declared;
  Elaborator &elaborator;
  const DataPlan &plan;
  int64_t batch;
  std::string current;                 // the field that is bound
  const ast::Expr *writing = nullptr;  // what it is bound to
  using Asked = std::pair<NodeId, std::vector<int64_t>>;  // a tensor and the axes that become one value
  std::map<std::string, std::vector<Asked>> fitted;       // per field, in order of first use
};

/// `training`: what is drawn anew in each epoch is an input of its own.
void FieldPipeline::addRaw(bool training) {
  std::map<std::string, NodeId> lengths; // of tokens, by the field that counts them
  for (const abi::Field &field : plan.facts->fields) {
    if (!field.lengthOf.empty())
      continue;
    std::vector<Axis> axes = {{batch, "b", {batch, 1}}};
    for (int64_t size : field.shape)
      axes.push_back({size, ""});
    const abi::Field *text = field.beside.empty() ? &field : plan.field(field.beside), *counts = abi::lengthsOf(plan.facts->fields, *text);
    if (counts && !lengths.count(counts->name))
      lengths[counts->name] = elaborator.input(counts->name, DType::I32, {axes[0]}, plan.ast->span).node;
    if (counts)
      axes[1].tokens = {lengths.at(counts->name)};
    else if (!field.tokens.empty())
      axes[1].tokens = {Tokens::all};  // A window of a text is full.
    const bool isDrawn = training && plan.isDrawn(field);
    TensorValue input = elaborator.input(isDrawn ? abi::drawnInput(field.name) : field.name, dtypeNamed(field.dtype).value(), axes, plan.ast->span);
    input.range = {field.vocabulary.empty() ? plan.facts->classesOf(field) : int64_t(field.vocabulary.size()), {plan.facts, &field}};
    names[field.name] = input;
  }
}

std::optional<TensorValue> FieldPipeline::fit(const Elaborator::Fitted &asked, const SplitName &split, ast::Span span, const FitAnswer &answer) {
  if (split.split != "train") {
    // The library calls mean_of; the reader wrote the split's name.
    ast::Span named = span;
    eachExpr(*writing, [&](const ast::Expr &expr) {
      if (expr.kind == ast::Expr::Kind::Name && expr.text == split.split)
        named = expr.span;
    });
    declared.report(Diag::SplitMisuse, named,
                    "`" + current + "` is fitted on the `" + split.split + "` split of `" + split.data +
                        "`; only `train` may be fitted, or results on data never seen would not be honest")
        .help = "write `fit = train`";
    return std::nullopt;
  }
  std::vector<Asked> &known = fitted[current];
  Asked key{asked.x.node, asked.axes};
  auto at = std::find(known.begin(), known.end(), key);
  int ordinal = int(at - known.begin());
  if (at == known.end())
    known.push_back(key);
  return answer(elaborator, current, ordinal, asked);
}

std::optional<TensorValue> FieldPipeline::bound(const ast::Statement &statement) {
  std::optional<Value> value = elaborator.evaluate(*statement.value, names);
  if (!value || std::holds_alternative<Poison>(*value))
    return std::nullopt;
  const auto *tensor = std::get_if<TensorValue>(&*value);
  if (!tensor || tensor->axes.empty() || tensor->axes[0].size != batch) {
    declared.report(Diag::FieldNotBatch, statement.span,
                    "field `" + current + "` must keep the batch as its first axis; this is " + describe(*value));
    return std::nullopt;
  }
  TensorValue field = *tensor;
  field.axes[0].name = "b";
  field.axes[0].records = {batch, 1};
  return field;
}

bool FieldPipeline::bind(const FitAnswer &answer) {
  elaborator.fitHook = [&](const Elaborator::Fitted &asked, const SplitName &split, ast::Span span) { return fit(asked, split, span, answer); };
  elaborator.asRead = &plan.asRead;
  for (const ast::Statement &statement : plan.ast->fields) {
    if (isTokenStep(statement, declared.library))
      continue;  // Its readers have done it.
    current = statement.names.front();
    writing = statement.value.get();
    std::optional<TensorValue> field = bound(statement);
    if (!field)
      return false;
    names[current] = *field;
  }
  elaborator.fitHook = nullptr;
  elaborator.asRead = nullptr;
  for (const auto &[name, value] : names)
    if (const auto *field = std::get_if<TensorValue>(&value))
      elaborator.fields[field->node] = name;
  return true;
}

void FieldPipeline::reportMissing(const ast::AugmentRule &rule, const std::string &name) const {
  std::vector<std::string> known;
  for (const auto &[other, value] : names)
    if (std::holds_alternative<TensorValue>(value))
      known.push_back(other);
  std::string near = nearest(name, known);
  declared.report(Diag::FieldMissing, rule.span, "`" + plan.ast->name + "` has no field `" + name + "` to augment" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
}

/// What a step of an augmentation calls: an `augment` with its arguments, or whatever an expression makes.
std::optional<Value> FieldPipeline::stepOf(const ast::Expr &step) {
  if (step.kind != ast::Expr::Kind::Call && step.kind != ast::Expr::Kind::Name)
    return elaborator.evaluate(step, {});
  std::optional<Callee> named = declared.calleeOf(step, "augmentation");
  const ast::Definition *definition = named ? declared.lookup(named->name, ast::Definition::Kind::Augment, named->span) : nullptr;
  std::optional<Values> bound;
  if (definition)
    bound = elaborator.bindArguments(*definition, *named->arguments, {}, {}, named->span);
  if (!bound)
    return std::nullopt;
  auto closure = std::make_shared<Closure>();
  closure->definition = definition;
  closure->bound = *bound;
  closure->isBound = true;
  return closure;
}

bool FieldPipeline::augment(const ast::AugmentRule &rule) {
  std::string name = rule.field.empty() ? plainField(plan) : rule.field;
  auto field = names.find(name);
  if (field == names.end() || !std::holds_alternative<TensorValue>(field->second)) {
    reportMissing(rule, name);
    return false;
  }
  for (const ast::ExprPtr &step : rule.steps) {
    std::optional<Value> callee = stepOf(*step);
    TensorValue before = std::get<TensorValue>(field->second);
    std::optional<std::vector<Value>> results;
    if (callee)
      results = elaborator.call(*callee, {before}, {}, step->span);
    if (!results || results->size() != 1)
      return false;
    const auto *after = std::get_if<TensorValue>(&results->front());
    if (!after || !(after->type() == before.type())) {
      declared.report(Diag::AugmentShape, step->span,
                      "an augmentation must keep the field as it is: `" + name + "` is " + describe(Value(before)) +
                          ", the result is " + describe(results->front()));
      return false;
    }
    TensorValue kept = *after;
    kept.axes = before.axes;
    field->second = kept;
  }
  return true;
}

std::optional<Values> BatchFields::of(Elaborator &elaborator, const DataPlan &plan, int64_t batch, bool training,
                                      const FitAnswer &answer) const {
  FieldPipeline pipeline(declared, elaborator, plan, batch);
  pipeline.addRaw(training);
  if (!pipeline.bind(answer))
    return std::nullopt;
  for (const ast::AugmentRule &rule : plan.ast->augments)
    if (training && !pipeline.augment(rule))
      return std::nullopt;
  return pipeline.names;
}

std::optional<Values> BatchFields::of(Elaborator &elaborator, const DataPlan &plan, int64_t batch, bool training) const {
  return of(elaborator, plan, batch, training,
            [&](Elaborator &into, const std::string &field, int ordinal,
                const Elaborator::Fitted &asked) -> std::optional<TensorValue> {
              for (const FitPlan &fit : plan.fits)
                if (fit.field == field && fit.ordinal == ordinal)
                  return into.read(asked.isDeviation ? fit.deviationPath : fit.meanPath, fit.type, plan.ast->span);
              return std::nullopt;
            });
}

std::optional<Batches> BatchFields::ofStage(Elaborator &elaborator, const StagePlan &plan, size_t on, bool training) const {
  std::optional<Values> fields = of(elaborator, plan.dataOf(on), plan.batchOf(on), training);
  return fields ? std::optional<Batches>({{on, std::move(*fields)}}) : std::nullopt;
}

std::optional<Batches> BatchFields::ofStage(Elaborator &elaborator, const StagePlan &plan, bool training) const {
  Batches all;
  for (size_t on = 0; on <= plan.beside.size(); ++on) {
    elaborator.beside = plan.besideName(on);
    std::optional<Batches> one = ofStage(elaborator, plan, on, training);
    elaborator.beside.clear();
    if (!one)
      return std::nullopt;
    all.merge(*one);
  }
  return all;
}

void BatchFields::reportHoles(const DataPlan &plan, const std::string &field, const std::string &holes) const {
  ast::Span span = plan.ast->span;
  for (const ast::Statement &statement : plan.ast->fields)
    if (statement.names.front() == field)
      span = statement.value->span;
  declared.report(Diag::HolesRead, span, "what is fitted for `" + field + "` is NaN where `" + holes + "` has a hole, which `missing = keep` leaves in it").help =
      "fill the holes first: " + holes + " = filled(" + holes + ", fit = train), of std.tables";
}

void BatchFields::plan(DataPlan &plan) const {
  if (plan.facts->sources.size() != plan.ast->sources.size() || plan.facts->sources.empty())
    return;  // What could not be read has been said.
  Function scratch;
  Elaborator elaborator(declared.library, declared.diagnostics, scratch);
  elaborator.scope = plan.ast->name;
  auto record = [&](Elaborator &into, const std::string &field, int ordinal,
                    const Elaborator::Fitted &asked) -> std::optional<TensorValue> {
    if (std::string holes = holesIn(scratch, asked.x.node, *plan.facts); !holes.empty()) {
      reportHoles(plan, field, holes);
      return std::nullopt;
    }
    auto at = std::find_if(plan.fits.begin(), plan.fits.end(),
                           [&](const FitPlan &fit) { return fit.field == field && fit.ordinal == ordinal; });
    if (at == plan.fits.end())
      at = plan.fits.insert(at, FitPlan{field, ordinal, asked.type()});
    std::string path = plan.ast->name + "." + field + (ordinal ? "." + std::to_string(ordinal + 1) : "");
    std::string &place = asked.isDeviation ? at->deviationPath : at->meanPath;
    place = path + (asked.isDeviation ? ".deviation" : ".mean");
    return into.read(place, at->type, plan.ast->span);
  };
  // In training mode, so that augmentations are checked here once and for all.
  elaborator.modeOf = [](const Instance *) { return Mode{true, false}; };
  plan.isSound = of(elaborator, plan, 64, true, record).has_value();
}

std::optional<TensorValue> BatchFields::numberOf(Elaborator &elaborator, const TensorValue &field, bool &isLength, ast::Span span) {
  isLength = field.axes.size() == 2 && field.axes[1].tokens;
  if (!isLength && field.axes.size() != 1)
    return std::nullopt;
  const TensorType type{DType::F32, {field.axes[0].size}};
  const NodeId number = isLength ? field.axes[1].tokens.lengths : field.node;
  const bool isFloat = !isLength && field.dtype == DType::F32;
  return plain(isFloat ? number : elaborator.add(Op::Cast, {number}, {}, type, span), type);
}

void BatchFields::buildNumber(const StagePlan &plan, abi::Sample &sample, Draft &draft) const {
  Function function;
  function.name = plan.ast->name + ".number." + sample.field;
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.data->ast->name;
  const ast::Span span = plan.data->ast->span;
  const std::optional<Values> fields = of(elaborator, *plan.data, fitBatch, false);
  elaborator.output("value", numberOf(elaborator, std::get<TensorValue>(fields->at(sample.field)), sample.isLength, span).value(), span);
  sample.function = draft.add(std::move(function), plan.index);
}

std::vector<abi::Fit> BatchFields::buildFits(const DataPlan &plan, int stage, const std::string &prefix, Draft &draft) const {
  std::vector<abi::Fit> all;
  for (size_t i = 0; i < plan.fits.size(); ++i) {
    const FitPlan &fit = plan.fits[i];
    Function function;
    function.name = prefix + plan.ast->name + ".fit." + std::to_string(i);
    Elaborator elaborator(declared.library, declared.diagnostics, function);
    elaborator.scope = plan.ast->name;
    elaborator.maskBatch = true;
    std::optional<Elaborator::Fitted> fitted;
    auto answer = [&](Elaborator &into, const std::string &field, int ordinal,
                      const Elaborator::Fitted &asked) -> std::optional<TensorValue> {
      if (field == fit.field && ordinal == fit.ordinal)
        fitted = asked;
      for (const FitPlan &other : plan.fits)
        if (other.field == field && other.ordinal == ordinal)
          return into.read(asked.isDeviation ? other.deviationPath : other.meanPath, other.type, plan.ast->span);
      return std::nullopt;
    };
    if (!of(elaborator, plan, fitBatch, false, answer) || !fitted)
      continue;
    std::optional<Elaborator::Moments> moments = elaborator.moments(*fitted, plan.ast->span);
    if (!moments)
      continue;
    for (const auto &[name, value] : {std::pair("origin", moments->origin), {"sum", moments->sum}, {"squares", moments->squares}, {"count", moments->count}})
      elaborator.output(name, value, plan.ast->span);
    all.push_back({plan.ast->name + "." + fit.field + (fit.ordinal ? "." + std::to_string(fit.ordinal + 1) : ""),
                   "train", draft.add(std::move(function), stage), fit.meanPath, fit.deviationPath,
                   fit.type.shape});
  }
  return all;
}

}  // namespace tl
