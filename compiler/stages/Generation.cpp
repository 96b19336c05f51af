// What continues texts: the model's results at their last tokens, and the function of the script that makes the next one of each.
// The model once for whole windows of tokens, and, where it keeps what it needs (`cached`), once for one token of each text at a time.
#include "compiler/stages/Generation.h"
#include "runtime/abi/ChoiceFunction.h"
#include <algorithm>

namespace tl {

static TensorValue plain(NodeId node, DType dtype, const std::vector<int64_t> &shape) {
  TensorValue value{node, dtype, {}};
  for (int64_t size : shape)
    value.axes.push_back({size, ""});
  return value;
}

/// What the model gives for the last token of each text, of [b, t, v]: f32[b, v]. Where all are looked at, row i of the b texts ends at its lengths[i].
static TensorValue atLast(Elaborator &elaborator, const TensorValue &logits, const TensorValue *lengths, ast::Span span) {
  int64_t b = logits.axes[0].size, t = logits.axes[1].size, v = logits.axes[2].size;
  NodeId rows = elaborator.add(Op::Reshape, {logits.node}, {}, {DType::F32, {b * t, v}}, span);
  if (!lengths)
    return plain(rows, DType::F32, {b, v});
  TensorType numbers{DType::I32, {b}};
  auto constant = [&](int64_t value) {
    Attributes attributes;
    attributes.value = double(value);
    return elaborator.add(Op::Constant, {}, attributes, numbers, span);
  };
  NodeId first = elaborator.add(Op::Mul, {elaborator.add(Op::Iota, {}, {}, numbers, span), constant(t)}, {}, numbers, span);
  NodeId behind = elaborator.add(Op::Add, {first, lengths->node}, {}, numbers, span);
  NodeId last = elaborator.add(Op::Sub, {behind, constant(1)}, {}, numbers, span);
  return plain(elaborator.add(Op::Gather, {rows, last}, {}, {DType::F32, {b, v}}, span), DType::F32, {b, v});
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

/// Whether a model takes texts together that are none of each other's: looks across them, or has numbers drawn for all of them.
static bool areTogether(const Function &function, const TensorValue &logits) {
  const Records &records = logits.axes[0].records;
  return records.batch != logits.axes[0].size || records.each != 1 || records.isTurned || std::any_of(function.nodes.begin(), function.nodes.end(), [](const Node &node) { return node.op == Op::Random || (node.op == Op::Input && node.attributes.name == "valid"); });
}

std::optional<Generation::Scores> Generation::scores(const Asked &asked, const std::string &name, Window window) {
  Scores made;
  made.function.name = name;
  Elaborator elaborator(declared.library, declared.diagnostics, made.function);
  elaborator.scope = asked.plan.ast->name;
  elaborator.maskBatch = window == Window::Probe; // then it asks which rows are "valid" where it looks across them
  const ast::Span span = asked.entry.span;
  // What objectives that predict the next token give the model: all but the last.
  int64_t places = asked.field.shape[0] - 1;
  const int64_t texts = window == Window::Whole ? 1 : asked.batch;
  Axis batch{texts, "b", {texts, 1}};
  std::optional<TensorValue> lengths;
  if (window == Window::Token)
    elaborator.decoding = Elaborator::Decoding{places, elaborator.input("position", DType::I32, {}, span), 0};
  else
    lengths = elaborator.input(asked.field.name + ".length", DType::I32, {batch}, span);
  TensorValue ids = elaborator.input(asked.field.name, DType::I32, {batch, {lengths ? places : 1, ""}}, span);
  ids.axes[1].tokens = {lengths ? lengths->node : Tokens::all};
  std::optional<std::vector<Value>> results = elaborator.forward(*asked.plan.instance, {ids}, span);
  if (!results)
    return std::nullopt;
  if (!lengths && elaborator.decoding->caches == 0)
    return std::nullopt;  // The model looks at whole windows.
  const auto *logits = std::get_if<TensorValue>(&results->front());
  int64_t known = int64_t(asked.field.vocabulary.size());
  if (!logits || logits->dtype != DType::F32 || logits->axes.size() != 3 || logits->axes[0].size != texts || logits->axes[1].size != ids.axes[1].size ||
      (asked.field.tokens == "pieces" ? logits->axes[2].size < known : logits->axes[2].size != known)) {
    declared.report(Diag::GenerateModel, span,
                    "`" + asked.entry.name + "` needs a number for each token that may come next, f32[" + std::to_string(texts) + ", " +
                        std::to_string(ids.axes[1].size) + ", " + std::to_string(known) + "]; model `" + asked.plan.model->name + "` gives " + describe(results->front()));
    return std::nullopt;
  }
  made.words = logits->axes[2].size;
  made.areTogether = areTogether(made.function, *logits);
  elaborator.output("scores", atLast(elaborator, *logits, lengths ? &*lengths : nullptr, span), span);
  return made;
}

/// What makes a token of the scores of one text: a function of its own, so that its random numbers are that text's, whatever stands beside it.
std::optional<Function> Generation::choice(const Asked &asked, const std::string &name, int64_t words) {
  Function function;
  function.name = name;
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = asked.plan.ast->name;
  const ast::Expr &written = *asked.entry.next;
  std::optional<Value> next = elaborator.evaluate(written, {});
  TensorValue scores = elaborator.input("scores", DType::F32, {{1, ""}, {words, ""}}, written.span);
  TensorValue known = ofWords(elaborator, scores, asked.field, asked.entry.span);
  std::optional<std::vector<Value>> drawn = next ? draw(elaborator, *next, known, written.span) : std::nullopt;
  if (!drawn)
    return std::nullopt;
  const auto *token = std::get_if<TensorValue>(&drawn->front());
  if (!token || !(token->type() == TensorType{DType::I32, {1}})) {
    declared.report(Diag::GenerateNext, written.span,
                    "what `" + asked.entry.name + "` repeats must give the number of a token, i32[1], of f32[1, " + std::to_string(asked.field.vocabulary.size()) +
                        "]; it gives " + describe(drawn->front()))
        .help = "write `repeats sample(temperature = 0.8)`";
    return std::nullopt;
  }
  elaborator.output("token", *token, written.span);
  return function;
}

/// That what a text is continued with does not depend on those beside it. False after an error.
bool Generation::keepsApart(const Asked &asked) {
  if (asked.batch == 1)
    return true;
  size_t before = declared.errorCount();
  std::optional<Scores> probe = scores(asked, "generate.probe", Window::Probe);
  if (!probe || declared.errorCount() != before)
    return false;
  if (!probe->areTogether)
    return true;
  declared.report(Diag::GenerateBatch, asked.entry.batch->span, "model `" + asked.plan.model->name + "` looks across the texts of a batch or draws random numbers for them, so that each of " + std::to_string(asked.batch) + " would be continued otherwise than by itself")
      .help = "leave `batch` out: texts are continued one by one then";
  return false;
}

void Generation::add(const ast::Deploy::Predict &entry, StagePlan &plan, const std::string &which, int64_t batch) {
  const abi::Field *field = plan.data->field(entry.inputs.empty() ? "" : entry.inputs.front());
  if (entry.inputs.size() != 1 || !field || field->tokens.empty() || field->shape[0] < 2) {
    declared.report(Diag::DeployInput, entry.inputSpans.empty() ? entry.span : entry.inputSpans.front(),
                    "`" + entry.name + "` continues a text, so its one input is a field of tokens of data `" + plan.ast->data + "`");
    return;
  }
  const Asked asked{entry, plan, *field, batch};
  std::string name = "generate." + std::to_string(draft.program.deploys.size());
  std::optional<Scores> window = scores(asked, name + ".window", Window::Whole);
  if (!window)
    return;
  size_t before = declared.errorCount();
  std::optional<Function> chosen = choice(asked, abi::choiceFunctionOf(entry.name), window->words);
  std::optional<Scores> token = scores(asked, name + ".token", Window::Token);
  if (declared.errorCount() != before || !chosen || !keepsApart(asked))
    return;
  if (batch > 1 && !token) {
    declared.report(Diag::GenerateBatch, entry.batch->span, "model `" + plan.model->name + "` looks at whole windows, of which " + std::to_string(batch) + " side by side cost as much as one after the other")
        .help = "keep what is looked at again with `cached`, or leave `batch` out";
    return;
  }
  abi::Deploy described;
  described.name = entry.name;
  described.stage = plan.ast->name;
  described.which = which;
  described.data = plan.ast->data;
  described.place = declared.place(entry.span);
  described.inputs = {field->name};
  described.repeats = true;
  described.function = draft.add(std::move(window->function), plan.index);
  if (token)
    described.tokenFunction = draft.add(std::move(token->function), plan.index);
  draft.add(std::move(*chosen), plan.index);
  draft.program.deploys.push_back(std::move(described));
}

}  // namespace tl
