// Candidates for arguments, found by their signatures alone.
#include "compiler/layertest/Candidates.h"
#include "compiler/syntax/AstWalk.h"
#include "compiler/syntax/AstWords.h"
#include "compiler/syntax/Parser.h"
#include "runtime/data/Tokens.h"
#include <sstream>

namespace tl::layertest {

using Kind = ast::Definition::Kind;

int tensorsOf(const ast::Definition &definition) {
  auto isAnyShape = [](const ast::Type &type) {
    return dtypeOf(type) == DType::F32 && type.dims.size() == 1 && type.dims[0]->kind == ast::Expr::Kind::Ellipsis;
  };
  if (definition.kind != Kind::Fn || definition.results.size() != 1 || !isAnyShape(definition.results[0]))
    return 0;
  int count = 0;
  for (const ast::Formal &formal : definition.formals) {
    if (formal.type && isAnyShape(*formal.type))
      ++count;
    else if (!formal.value)
      return 0;
  }
  return count;
}

/// `NAME(…)` in an indented line of a doc comment.
static std::string callIn(const std::string &doc, const std::string &name) {
  std::istringstream lines(doc);
  for (std::string line; std::getline(lines, line);) {
    size_t at = line.starts_with("   ") ? line.find(name + "(") : std::string::npos;
    bool isWhole = at != std::string::npos && at > 0 && !isalnum(line[at - 1]) && line[at - 1] != '_';
    int depth = 0;
    for (size_t end = at; isWhole && end < line.size(); ++end) {
      depth += (line[end] == '(') - (line[end] == ')');
      if (depth == 0 && line[end] == ')')
        return line.substr(at, end + 1 - at);
    }
  }
  return "";
}

Example exampleOf(const Declarations &declarations, const ast::Definition &definition, SourceFiles &sources) {
  Example example;
  std::string call = callIn(definition.doc, definition.name);
  if (call.empty())
    return example;
  Diagnostics diagnostics(sources);
  int file = sources.add("the example of " + definition.name, "fn example() { " + call + " }\n");
  example.file = std::make_unique<ast::File>(parse(file, diagnostics));
  if (diagnostics.hasErrors() || example.file->definitions.empty() ||
      example.file->definitions[0].body.statements.empty())
    return example;
  const ast::Expr &expr = *example.file->definitions[0].body.statements[0].value;
  Function scratch;
  Elaborator elaborator(declarations.library(), diagnostics, scratch);
  size_t next = 0;
  for (const ast::Argument &argument : expr.arguments) {
    std::string name = argument.name;
    if (name.empty() && next < definition.formals.size())
      name = definition.formals[next++].name;
    // A name of the place the example stands in, such as a field of the data, tells nothing here.
    if (auto value = elaborator.evaluate(*argument.value, {}, &name))
      if (!std::holds_alternative<Poison>(*value))
        example.arguments[name] = {sources.text(file).substr(size_t(argument.value->span.column) - 1,
                                                             size_t(argument.value->span.length)),
                                   *value};
  }
  return example;
}

std::vector<Candidate> candidatesFor(const Declarations &declarations, const ast::Definition &definition) {
  std::vector<Candidate> numbers = {{"0.25", Number{0.25, false}}, {"3", Number{3, true}}, {"2", Number{2, true}}};
  std::vector<Candidate> found;
  if (definition.kind == Kind::Fn || definition.kind == Kind::Objective)
    found.push_back({"a tensor", {}, true});
  found.insert(found.end(), numbers.begin(), numbers.end());
  for (int tensors : {1, 2})
    for (const auto &[name, other] : declarations.library().definitions)
      if (other != &definition && tensorsOf(*other) == tensors) {
        auto closure = std::make_shared<Closure>();
        closure->definition = other;
        found.push_back({name, closure});
      }
  found.push_back({"a split", SplitName{"", "train"}});
  return found;
}

/// Whether a value is a layer with the weights of a file, or a call of a function that makes one.
static bool makesLayer(const Library &library, const ast::Expr *value, int depth = 0) {
  using Kind = ast::Expr::Kind;
  auto last = [](const ast::Block &body) { return body.statements.empty() ? nullptr : body.statements.back().value.get(); };
  if (!value || depth > 16)
    return false;
  if (value->kind == Kind::If)
    return makesLayer(library, last(*value->thenBlock), depth + 1);
  if (value->kind != Kind::Call)
    return value->kind == Kind::From && depth > 0;
  const auto &known = library.definitions;
  auto called = known.find(value->operands[0]->text);
  return called != known.end() && called->second->kind == ast::Definition::Kind::Fn && makesLayer(library, last(called->second->body), depth + 1);
}

bool needsPublished(const Declarations &declarations, const ast::Definition &definition) {
  const Library &library = declarations.library();
  bool reads = false;
  for (const ast::Statement &statement : definition.body.statements)
    eachExpr(*statement.value, [&](const ast::Expr &expr) { reads = reads || (expr.kind == ast::Expr::Kind::Name && (expr.text == "huggingface" || expr.text == "has_tensor")); });
  if (definition.kind == ast::Definition::Kind::Fn && !definition.body.statements.empty())
    return reads || makesLayer(library, definition.body.statements.back().value.get(), 1);
  return std::any_of(definition.subLayers.begin(), definition.subLayers.end(), [&](const ast::SubLayer &part) { return makesLayer(library, part.value.get()); });
}

abi::Data corpusOfExamples() {
  abi::Data data{.name = "corpus"};
  abi::Field text{"text", "i32", {5}, 0, {}, "words"};
  for (int64_t i = 0; i < data::specialCount; ++i)
    text.special[data::specialNames[i]] = i;
  for (int64_t i = 0; i < 16; ++i) {
    text.vocabulary.push_back("word" + std::to_string(i));
    text.counts.push_back(i < data::specialCount ? 0 : 17 - i);
  }
  data.fields.push_back(std::move(text));
  return data;
}

} // namespace tl::layertest
