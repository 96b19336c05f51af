// What continues a text: the model's result at the last token, and the function of the script that makes the next one of it.
// Once for a whole window of tokens, and, where the model keeps what it needs (`cached`), once for one token at a time.
#include "compiler/stages/Generation.h"
#include <algorithm>

namespace tl {

static TensorValue plain(NodeId node, DType dtype, const std::vector<int64_t> &shape) {
  TensorValue value{node, dtype, {}};
  for (int64_t size : shape)
    value.axes.push_back({size, ""});
  return value;
}

/// What the model gives for the last token of [1, t, v]: f32[1, v].
static TensorValue atLast(Elaborator &elaborator, const TensorValue &logits, const TensorValue *length, ast::Span span) {
  int64_t t = logits.axes[1].size, v = logits.axes[2].size;
  NodeId rows = elaborator.add(Op::Reshape, {logits.node}, {}, {DType::F32, {t, v}}, span);
  if (!length)
    return plain(rows, DType::F32, {1, v});
  Attributes one;
  one.value = 1;
  TensorType number{DType::I32, {1}};
  NodeId last = elaborator.add(Op::Sub, {length->node, elaborator.add(Op::Constant, {}, one, number, span)}, {}, number, span);
  return plain(elaborator.add(Op::Gather, {rows, last}, {}, {DType::F32, {1, v}}, span), DType::F32, {1, v});
}

/// Whether a function of the script asks for the tokens so far: a parameter `seen`, which the script does not fill itself.
static bool asksForSeen(const Value &next) {
  auto *closure = std::get_if<std::shared_ptr<Closure>>(&next);
  if (!closure)
    return false;
  if (const ast::Expr *lambda = (*closure)->lambda)
    return lambda->names.size() == 2 && lambda->names.back() == "seen";
  const ast::Definition *definition = (*closure)->definition;
  return definition && definition->kind == ast::Definition::Kind::Fn && !(*closure)->bound.count("seen") &&
         std::any_of(definition->formals.begin(), definition->formals.end(), [](const ast::Formal &formal) { return formal.name == "seen"; });
}

/// What `next` makes of `words`: a function by its name for them, and a lambda, which takes values in order, as its second.
static std::optional<std::vector<Value>> draw(Elaborator &elaborator, const Value &next, const TensorValue &words, ast::Span span) {
  if (!asksForSeen(next))
    return elaborator.call(next, {words}, {}, span);
  TensorValue seen = elaborator.input("seen", DType::F32, words.axes, span);
  if (std::get<std::shared_ptr<Closure>>(next)->lambda)
    return elaborator.call(next, {words, seen}, {}, span);
  return elaborator.call(next, {words}, {{"seen", seen}}, span);
}

/// Padding, the unknown token and the like are nothing to say, whatever the model makes of them; nor are numbers that the vocabulary
/// does not have.
static TensorValue ofWords(Elaborator &elaborator, const TensorValue &scores, const abi::Field &field, ast::Span span) {
  TensorType type = scores.type(), number{DType::I32, type.shape};
  auto constant = [&](double value, const TensorType &of) {
    Attributes attributes;
    attributes.value = value;
    return elaborator.add(Op::Constant, {}, attributes, of, span);
  };
  Attributes last;
  last.axis = 1;
  NodeId entries = elaborator.add(Op::Iota, {}, last, number, span);
  NodeId words = scores.node;
  auto leaveOut = [&](Op comparison, int64_t with) {
    NodeId isOut = elaborator.add(comparison, {entries, constant(double(with), number)}, {}, {DType::I1, type.shape}, span);
    words = elaborator.add(Op::Select, {isOut, constant(-1e30, type), words}, {}, type, span);
  };
  auto end = field.special.find("end"); // is said, and ends the text
  std::set<int64_t> special;
  for (const auto &[name, token] : field.special)
    if (end == field.special.end() || token != end->second)
      special.insert(token);
  for (int64_t token : special)
    leaveOut(Op::Eq, token);
  if (int64_t known = int64_t(field.vocabulary.size()); known < type.shape[1])
    leaveOut(Op::Ge, known);
  return plain(words, DType::F32, type.shape);
}

std::optional<Function> Generation::generator(const ast::Deploy::Predict &entry, StagePlan &plan, const abi::Field &field,
                                              const std::string &name, bool isOneToken) {
  Function function;
  function.name = name;
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.ast->name;
  const ast::Span span = entry.span;
  // What objectives that predict the next token give the model: all but the last.
  int64_t places = field.shape[0] - 1;
  Axis batch{1, "b", {1, 1}};
  std::optional<TensorValue> length;
  if (isOneToken)
    elaborator.decoding = Elaborator::Decoding{places, elaborator.input("position", DType::I32, {}, span), 0};
  else
    length = elaborator.input(field.name + ".length", DType::I32, {batch}, span);
  TensorValue ids = elaborator.input(field.name, DType::I32, {batch, {isOneToken ? 1 : places, ""}}, span);
  ids.axes[1].tokens = {length ? length->node : Tokens::all};
  std::optional<std::vector<Value>> results = elaborator.forward(*plan.instance, {ids}, span);
  if (!results)
    return std::nullopt;
  if (isOneToken && elaborator.decoding->caches == 0)
    return std::nullopt;  // The model looks at whole windows.
  const auto *logits = std::get_if<TensorValue>(&results->front());
  int64_t known = int64_t(field.vocabulary.size());
  if (!logits || logits->dtype != DType::F32 || logits->axes.size() != 3 || logits->axes[1].size != ids.axes[1].size ||
      (field.tokens == "pieces" ? logits->axes[2].size < known : logits->axes[2].size != known)) {
    declared.report(Diag::GenerateModel, span,
                    "`" + entry.name + "` needs a number for each token that may come next, f32[1, " + std::to_string(ids.axes[1].size) +
                        ", " + std::to_string(known) + "]; model `" + plan.model->name + "` gives " + describe(results->front()));
    return std::nullopt;
  }
  TensorValue scores = atLast(elaborator, *logits, length ? &*length : nullptr, span);
  std::optional<Value> next = elaborator.evaluate(*entry.next, {});
  TensorValue words = ofWords(elaborator, scores, field, span);
  std::optional<std::vector<Value>> drawn = next ? draw(elaborator, *next, words, entry.next->span) : std::nullopt;
  if (!drawn)
    return std::nullopt;
  const auto *token = std::get_if<TensorValue>(&drawn->front());
  if (!token || !(token->type() == TensorType{DType::I32, {1}})) {
    declared.report(Diag::GenerateNext, entry.next->span,
                    "what `" + entry.name + "` repeats must give the number of a token, i32[1], of f32[1, " + std::to_string(known) +
                        "]; it gives " + describe(drawn->front()))
        .help = "write `repeats sample(temperature = 0.8)`";
    return std::nullopt;
  }
  elaborator.output("token", *token, entry.next->span);
  elaborator.output("scores", scores, span);
  return function;
}

void Generation::add(const ast::Deploy::Predict &entry, StagePlan &plan, const std::string &which) {
  const abi::Field *field = plan.data->field(entry.inputs.empty() ? "" : entry.inputs.front());
  if (entry.inputs.size() != 1 || !field || field->tokens.empty() || field->shape[0] < 2) {
    declared.report(Diag::DeployInput, entry.inputSpans.empty() ? entry.span : entry.inputSpans.front(),
                    "`" + entry.name + "` continues a text, so its one input is a field of tokens of data `" + plan.ast->data + "`");
    return;
  }
  std::string name = "generate." + std::to_string(draft.program.deploys.size());
  std::optional<Function> window = generator(entry, plan, *field, name + ".window", false);
  if (!window)
    return;
  size_t before = declared.errorCount();
  std::optional<Function> token = generator(entry, plan, *field, name + ".token", true);
  if (declared.errorCount() != before)
    return;
  abi::Deploy described;
  described.name = entry.name;
  described.stage = plan.ast->name;
  described.which = which;
  described.data = plan.ast->data;
  described.place = declared.place(entry.span);
  described.inputs = {field->name};
  described.repeats = true;
  described.function = draft.add(std::move(*window), plan.index);
  if (token)
    described.tokenFunction = draft.add(std::move(*token), plan.index);
  draft.program.deploys.push_back(std::move(described));
}

}  // namespace tl
