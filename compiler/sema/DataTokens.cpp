// Text as tokens: `text = words(text, fit = train, most = 10000)` and the vocabulary that it asks for.
#include "compiler/sema/AstWalk.h"
#include "compiler/sema/Checker.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Error.h"

namespace tl {

/// Whether a field is bound to tokens: `words` and `characters`, where the script declares nothing of that name.
bool Checker::isTokenStep(const ast::Statement &statement) const {
  const ast::Expr &value = *statement.value;
  if (value.kind != ast::Expr::Kind::Call || value.operands.front()->kind != ast::Expr::Kind::Name)
    return false;
  const std::string &name = value.operands.front()->text;
  return (name == "words" || name == "characters") && !library.definitions.count(name);
}

void Checker::evaluateDimsIn(const ast::Expr &expr) {
  eachExpr(expr, [&](const ast::Expr &part) {
    if (auto dim = dims.find(part.text); part.kind == ast::Expr::Kind::Name && dim != dims.end()) {
      std::vector<std::string> path;
      evaluateDim(*dim->second, path);
    }
  });
}

/// What the readers of text are told of their tokens; nullopt after errors.
std::optional<std::map<std::string, std::string>> Checker::tokenOptions(const ast::Statement &step) {
  const ast::Expr &call = *step.value;
  const std::string kind = call.operands.front()->text;
  std::map<std::string, std::string> options{{"tokens.kind", kind}};
  size_t before = errorCount();
  bool isFitted = false;
  auto isName = [](const ast::Expr &expr, const std::string &name) {
    return expr.kind == ast::Expr::Kind::Name && expr.text == name;
  };
  for (const ast::Argument &argument : call.arguments) {
    const ast::Expr &value = *argument.value;
    if (argument.name.empty()) {
      if (&argument != &call.arguments.front() || !isName(value, step.names.front()))
        report(Diag::TokensStep, value.span, "`" + kind + "` makes tokens of the text of its own field, `" +
                                                 step.names.front() + "`")
            .help = "write " + step.names.front() + " = " + kind + "(" + step.names.front() + ", fit = train)";
    } else if (argument.name == "fit") {
      isFitted = true;
      if (!isName(value, "train"))
        report(Diag::SplitMisuse, value.span, "the vocabulary of `" + step.names.front() + "` is fitted on `train` only, or results on data never seen would not be honest")
            .help = "write `fit = train`";
    } else if (argument.name == "most") {
      evaluateDimsIn(value);
      std::optional<int64_t> most = integer(value, "`most`");
      if (most && *most < 5)
        report(Diag::TokensStep, value.span, "a vocabulary of " + std::to_string(*most) + " entries has no place for a word: four are padding, unknown, mask and start");
      options["tokens.most"] = std::to_string(most.value_or(0));
    } else if (argument.name == "start" && value.kind == ast::Expr::Kind::Bool) {
      options["tokens.start"] = value.number != 0 ? "true" : "false";
    } else {
      report(Diag::ArgumentUnknown, argument.nameSpan, "`" + kind + "` takes `fit = train`, `most = N` and `start = true` or `false`, not this `" + argument.name + "`");
    }
  }
  if (!isFitted)
    report(Diag::TokensStep, step.span, "`" + kind + "` does not say what its vocabulary is fitted on")
        .help = "write " + step.names.front() + " = " + kind + "(" + step.names.front() + ", fit = train)";
  return errorCount() == before ? std::optional(options) : std::nullopt;
}

void Checker::fitVocabularies(DataPlan &plan) {
  abi::Data &facts = *plan.facts;
  for (const ast::Statement &statement : plan.ast->fields)
    if (isTokenStep(statement) && !facts.fields.empty())
      if (const abi::Field *field = plan.field(statement.names.front()); !field || field->tokens.empty()) {
        report(Diag::TokensStep, statement.span,
               "`" + facts.name + "` has no text `" + statement.names.front() + "` to make tokens of")
            .help = "the readers `text` and `lines` give a field `text`";
        return;
      }
  for (abi::Field &field : facts.fields) {
    if (field.tokens.empty())
      continue;
    const abi::Split *train = plan.split("train");
    if (!train) {
      report(Diag::SplitMissing, plan.ast->span,
             "the vocabulary of `" + facts.name + "." + field.name + "` is fitted on `train`, and there is no such split")
          .help = "name a source `train`, or split a part of that name off";
      return;
    }
    for (const abi::Source &source : facts.sources)
      if (source.name == train->source)
        try {
          field.vocabulary = data::fitVocabulary(source, *train, scriptFolder);
        } catch (const Error &error) {
          report(Diag::DataFacts, plan.ast->span, error.message);
        }
  }
}

}  // namespace tl
