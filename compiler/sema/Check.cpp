// The door into `check`: what the script is made of, what each name means, and the order of the work.
#include "compiler/sema/Checker.h"
#include "compiler/sema/AstWalk.h"
#include "compiler/sema/Interpreter.h"
#include "compiler/sema/LibraryIndex.h"
#include "compiler/sema/Parts.h"
#include "compiler/sema/UnboundNames.h"
#include "compiler/syntax/Habits.h"
#include "runtime/abi/Requirement.h"
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <llvm/ADT/StringRef.h>

namespace tl {

std::unique_ptr<CheckedProgram> check(const std::string &scriptPath, const CheckOptions &options,
                                      Diagnostics &diagnostics) {
  return Checker(options, diagnostics).run(scriptPath);
}

std::unique_ptr<CheckedProgram> Checker::run(const std::string &scriptPath) {
  out.reset(new CheckedProgram());
  library.onRequirement = [this](const abi::Requirement &requirement) { addRequirement(requirement); };
  bool isRead = readScript(scriptPath) && canGoOn();
  if (files.empty())
    return nullptr;
  const size_t readingErrors = diagnostics.all().size();
  describeSources();
  declareAll();
  if (!isRead)
    return nullptr;  // Without a module, most of what follows would be guesses.
  checkAll();
  if (readingErrors > 0)
    diagnostics.takeBack(readingErrors, [&](const Diagnostic &each) { return followsFromReading(each); });
  if (diagnostics.hasErrors())
    return nullptr;
  digestParts(*out);
  return std::move(out);
}

/// What could be read is looked at, too, where all that went wrong is that something could not.
bool Checker::canGoOn() const {
  constexpr int firstOfNames = 100; // codes below are those of reading
  return std::all_of(diagnostics.all().begin(), diagnostics.all().end(),
                     [](const auto &each) { return int(each->kind) < firstOfNames; }) &&
         std::none_of(files.begin(), files.end(), [](const ast::File &file) { return file.broken.isAll; });
}

/// It stands in a declaration that was left out, or speaks of one, or something seems unused that a declaration left out may use.
bool Checker::followsFromReading(const Diagnostic &diagnostic) const {
  if (std::string(severityOf(diagnostic.kind)) == "warning")
    return true;
  auto speaksOf = [&](const std::string &name) {
    for (const std::string *text : {&diagnostic.message, &diagnostic.help})
      for (const char *end : {"`", ".", " ", "("})
        if (text->find("`" + name + end) != std::string::npos)
          return true;
    return false;
  };
  for (const ast::File &file : files) {
    for (auto [first, last] : file.broken.lines)
      if (diagnostic.span.file == file.file && diagnostic.span.line >= first && diagnostic.span.line <= last)
        return true;
    if (std::any_of(file.broken.names.begin(), file.broken.names.end(), speaksOf))
      return true;
  }
  return false;
}

void Checker::checkAll() {
  const ast::File &script = files.front();
  evaluateNames();
  for (DataPlan &plan : datas) {
    planFields(plan);
    checkAugments(plan);
  }
  out->program.stages.reserve(script.stages.size());
  for (const ast::Stage &stage : script.stages)
    checkStage(stage, stages.emplace_back());
  for (DataPlan &plan : datas)
    for (StagePlan &stage : stages)
      if (stage.data == &plan && plan.isSound) {
        buildFits(plan, stage.index);
        break;
      }
  for (const ast::Test &test : script.tests)
    checkTest(test);
  for (const ast::Deploy &deploy : script.deploys)
    checkDeploy(deploy);
  checkNames();
  if (!diagnostics.hasErrors())
    warnOfUnused();
}

/// Dims may name facts of the data, so sources are read first; fields may name dims, so they are evaluated after.
void Checker::evaluateNames() {
  const ast::File &script = files.front();
  out->program.data.reserve(script.datas.size());  // library.data points into it
  std::vector<std::string> open;
  for (const ast::Data &data : script.datas)
    checkDataInOrder(data, open);
  evaluateDims();
  for (const ast::File &file : files)
    for (const ast::Param &param : file.params)
      checkParam(param);
}

/// What the program checks before it begins, or, where the number of steps is in question, before a stage does.
void Checker::addRequirement(const abi::Requirement &requirement) {
  bool isOfSteps = false;
  for (const std::string &scalar : abi::scalarsOf(requirement))
    isOfSteps = isOfSteps || !library.params.count(scalar);
  if (isOfSteps && !openPhase)
    return; // a look ahead: the step that is built later asks again
  std::vector<abi::Requirement> &into = isOfSteps ? openPhase->requirements : out->program.requirements;
  for (const abi::Requirement &known : into)
    if (known.place == requirement.place && known.text == requirement.text)
      return;
  into.push_back(requirement);
}

std::string Checker::place(const ast::Span &span) {
  std::string text = diagnostics.sources().place(span);
  // Two machines that keep the library in different folders make the same program.
  if (std::string library = options.stdlibDirectory + "/"; text.starts_with(library))
    return "std/" + text.substr(library.size());
  return text;
}

void Checker::describeSources() {
  abi::Program &program = out->program;
  program.scalars = {"phase.step", "phase.steps", "stage.step", "stage.steps"};  // params go before them
  program.name = std::filesystem::path(filePaths.front()).stem().string();
  program.source = filePaths.front();
  program.sourceText = diagnostics.sources().text(files.front().file);
}

bool Checker::declare(const std::string &name, const std::string &what, ast::Span span) {
  auto [at, isNew] = names.try_emplace(name, what, span);
  if (isNew)
    return true;
  const auto &[other, where] = at->second;
  Diagnostic &diagnostic =
      report(Diag::DeclaredTwice, span, "`" + name + "` is declared twice: as " + other + " and as " + what);
  diagnostic.notes.push_back({where, "`" + name + "` is " + other + " here"});
  diagnostic.help = "give one of them another name";
  return false;
}

static const char *nameOf(ast::Definition::Kind kind) {
  using Kind = ast::Definition::Kind;
  switch (kind) {
  case Kind::Layer: return "layer";
  case Kind::Model: return "model";
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

static std::string withArticle(const std::string &noun) {
  return (std::string("aeiou").find(noun[0]) == std::string::npos ? "a " : "an ") + noun;
}

void Checker::declareAll() {
  for (const ast::File &file : files) {
    bool isScript = &file == &files.front();
    for (const ast::Definition &definition : file.definitions)
      if (declare(definition.name, withArticle(nameOf(definition.kind)), definition.span))
        library.definitions[definition.name] = &definition;
    for (const ast::Dim &dim : file.dims)
      if (declare(dim.name, "a dim", dim.span))
        dims[dim.name] = &dim;
    for (const ast::Param &param : file.params)
      if (declare(param.name, "a param", param.span))
        library.params[param.name] = &param;
    auto onlyInScript = [&](const std::string &what, ast::Span span) {
      report(Diag::OnlyInScript, span, "a file that is used declares " + what + ": only the script itself may")
          .help = "move it to `" + filePaths.front() + "`";
    };
    for (const ast::Data &data : file.datas)
      isScript ? void(declare(data.name, "data", data.span)) : onlyInScript("`data " + data.name + "`", data.span);
    for (const ast::Stage &stage : file.stages)
      isScript ? void(declare(stage.name, "a stage", stage.span))
               : onlyInScript("the stage `" + stage.name + "`", stage.span);
    if (!isScript && !file.tests.empty())
      onlyInScript("a `test`", file.tests.front().span);
    if (!isScript && !file.deploys.empty())
      onlyInScript("a `deploy`", file.deploys.front().span);
  }
  checkTypes();
}

/// Every type that is written, used or not: a misspelt one would be taken for another.
void Checker::checkTypes() {
  for (const ast::File &file : files)
    for (const ast::Definition &definition : file.definitions)
      eachType(definition, [&](const ast::Type &type) {
        bool isNumber = type.name == "real" || type.name == "int" || type.name == "bool";
        if (isElementType(type.name) || (isNumber && !type.hasDims))
          return;
        std::string instead = habit(Habit::Type, type.name);
        report(Diag::TypeUnknown, type.span,
               isNumber ? "`" + type.name + "` is one number, known when the script is compiled or starts, and has no axes"
                        : "`" + type.name + "` is no type")
            .help = !instead.empty() ? instead : "tensors are f32[…], i32[…], u8[…] or tokens[…]; single numbers real, int or bool";
      });
}

void Checker::evaluateDims() {
  for (const auto &[name, dim] : dims) {
    std::vector<std::string> path;
    evaluateDim(*dim, path);
  }
}

bool Checker::evaluateDim(const ast::Dim &dim, std::vector<std::string> &path) {
  if (library.constants.count(dim.name))
    return true;
  if (badDims.count(dim.name))
    return false;
  for (size_t i = 0; i < path.size(); ++i)
    if (path[i] == dim.name) {
      std::string cycle;
      for (size_t j = i; j < path.size(); ++j) {
        cycle += "`" + path[j] + "` → ";
        badDims.insert(path[j]);
      }
      report(Diag::DimCycle, dim.span, "dim `" + dim.name + "` is defined by itself: " + cycle + "`" + dim.name + "`");
      return false;
    }
  path.push_back(dim.name);
  bool isSound = true;
  eachExpr(*dim.value, [&](const ast::Expr &expr) {
    if (expr.kind != ast::Expr::Kind::Name)
      return;
    if (auto known = dims.find(expr.text); known != dims.end())
      isSound = evaluateDim(*known->second, path) && isSound;
    for (const DataPlan &data : datas)
      if (data.ast->name == expr.text && data.facts->fields.empty())
        isSound = false;  // Its source could not be read, and that has been said.
  });
  path.pop_back();
  if (isSound && !badDims.count(dim.name)) {
    Function scratch;
    std::optional<Value> value = Elaborator(library, diagnostics, scratch).evaluate(*dim.value, {});
    if (value && std::holds_alternative<Number>(*value)) {
      library.constants[dim.name] = *value;
      library.places[dim.name] = dim.span;
      return true;
    }
    if (value && !std::holds_alternative<Poison>(*value))
      report(Diag::DimNotNumber, dim.value->span,
             "dim `" + dim.name + "` must be a number known when the script is compiled; this is " + describe(*value));
  }
  badDims.insert(dim.name);
  library.constants[dim.name] = Poison();  // So that its uses are not reported again.
  return false;
}

/// The flags of every program, as runtime/program/CommandLine.cpp has them; tests/sema/program-names.test compares.
static const std::set<std::string> programFlags = {
    "seed",    "out",   "resume", "max-steps", "limit-batches", "smoke", "log-every", "checkpoint-every",
    "dry-run", "profile", "data", "threads",   "json",          "phases", "describe", "version",
    "help",    "run",   "which",  "seconds",   "rounds",        "tokens", "cache-budget"};

void Checker::checkParam(const ast::Param &param) {
  std::string flag = param.name;
  std::replace(flag.begin(), flag.end(), '_', '-');
  if (programFlags.count(flag))
    report(Diag::ParamFlag, param.span, "param `" + param.name + "` would hide the program's own flag `--" + flag + "`")
        .help = "give it another name";
  abi::Param described;
  described.name = param.name;
  described.doc = param.doc;
  described.place = place(param.span);
  Function scratch;
  Elaborator elaborator(library, diagnostics, scratch);
  auto evaluate = [&](const ast::ExprPtr &expr) -> std::optional<Number> {
    std::optional<Value> value = expr ? elaborator.evaluate(*expr, {}) : std::nullopt;
    if (!value || std::holds_alternative<Poison>(*value))
      return std::nullopt;
    if (const auto *number = std::get_if<Number>(&*value))
      return *number;
    if (const auto *truth = std::get_if<bool>(&*value); truth && (param.type.empty() || param.type == "bool")) {
      described.type = "bool";
      return Number{double(*truth), true};
    }
    report(Diag::ParamValue, expr->span,
           "param `" + param.name + "` needs a number known when the script is compiled; this is " + describe(*value));
    return std::nullopt;
  };
  std::optional<Number> value = evaluate(param.value), low = evaluate(param.low), high = evaluate(param.high);
  if (!value)
    return;
  auto text = [](double number) {
    char buffer[32];
    snprintf(buffer, sizeof buffer, "%g", number);
    return std::string(buffer);
  };
  if (described.type.empty())
    described.type = !param.type.empty() ? param.type : value->isInteger ? "int" : "real";
  if (described.type != "real" && described.type != "int" && described.type != "bool") {
    report(Diag::ParamValue, param.span, "param `" + param.name + "` has the type `" + described.type + "`")
        .help = "a param is `real`, `int` or `bool`";
    return;
  }
  if (param.type == "bool" && value->value != 0 && value->value != 1)
    report(Diag::ParamValue, param.value->span, "param `" + param.name + "` is a bool, its default is " + text(value->value));
  if (described.type == "int" && value->value != std::floor(value->value))
    report(Diag::ParamValue, param.value->span,
           "param `" + param.name + "` is an int, its default is " + text(value->value));
  described.value = value->value;
  if (low && high) {
    described.bounded = true;
    described.low = low->value;
    described.high = high->value;
    std::string range = "[" + text(low->value) + ", " + text(high->value) + "]";
    if (low->value > high->value)
      report(Diag::ParamRange, param.span, "the range " + range + " of param `" + param.name + "` is empty");
    else if (value->value < low->value || value->value > high->value)
      report(Diag::ParamRange, param.value->span,
             "the default " + text(value->value) + " of param `" + param.name + "` lies outside its range " + range);
  }
  out->program.params.push_back(described);
  out->program.scalars.insert(out->program.scalars.begin() + int64_t(out->program.params.size()) - 1, param.name);
}

void Checker::warnOfUnused() {
  std::set<std::string> scalars = usedParams, written;
  for (const Function &function : out->functions)
    for (const Node &node : function.nodes)
      if (node.op == Op::Scalar)
        scalars.insert(node.attributes.name);
  for (const ast::Param &param : files.front().params)
    if (!scalars.count(param.name))
      report(Diag::ParamUnused, param.span, "param `" + param.name + "` has no effect: nothing depends on it")
          .help = "use it, or remove it";
  eachExpr(files.front(), [&](const ast::Expr &expr) {
    if (expr.kind == ast::Expr::Kind::Name)
      written.insert(expr.text);
  });
  for (const ast::Dim &dim : files.front().dims)
    if (!written.count(dim.name))
      report(Diag::DimUnused, dim.span, "dim `" + dim.name + "` is used nowhere").help = "use it, or remove it";
  for (const DataPlan &plan : datas)
    if (!plan.isUsed)
      report(Diag::DataUnused, plan.ast->span, "data `" + plan.ast->name + "` is read by no stage");
  warnOfUnreadTests();
  warnOfUnusedDefinitions();
}

/// Names in definitions that no stage ran, or not to the end: of a mistake in another line they would stay unseen.
void Checker::checkNames() {
  std::set<std::pair<int, int>> told;
  int script = files.front().file;
  for (const auto &diagnostic : diagnostics.all())
    if (diagnostic->span.file == script) {
      told.emplace(diagnostic->span.line, diagnostic->span.column);
      for (const ast::Span &other : diagnostic->more)
        told.emplace(other.line, other.column);
    }
  for (const ast::Definition &definition : files.front().definitions)
    for (const UnboundName &unbound : unboundNames(definition, library)) {
      if (!told.emplace(unbound.span.line, unbound.span.column).second)
        continue;
      std::vector<std::string> candidates = unbound.candidates;
      for (const auto &[name, what] : names)
        candidates.push_back(name);
      Missing what = missing(unbound.name, nearest(unbound.name, candidates), library.stdlib);
      if (Diagnostic *first = diagnostics.reportFirst(
              Diag::NameUnknown, unbound.span, "`" + unbound.name + "` is not declared" + what.suggestion,
              what.module.empty() ? unbound.name : "use " + what.module))
        first->help = what.help;
    }
}

/// What no stage uses is never elaborated, so its other mistakes would stay unseen.
void Checker::warnOfUnusedDefinitions() {
  const ast::File &script = files.front();
  std::vector<std::string> open;
  std::set<std::string> used;
  for (const ast::File &file : files)
    for (const std::string &name : namesOutsideDefinitions(file))
      open.push_back(name);
  while (!open.empty()) {
    std::string name = open.back();
    open.pop_back();
    auto definition = library.definitions.find(name);
    if (definition != library.definitions.end() && used.insert(name).second)
      for (const std::string &inner : namesIn(*definition->second))
        open.push_back(inner);
  }
  if (script.stages.empty()) {
    if (!script.definitions.empty())
      report(Diag::DefinitionUnused, script.definitions.front().span,
             "no stage trains anything here, so only the names in the bodies of definitions are checked")
          .help = "check a script that uses this file";
    return;
  }
  for (const ast::Definition &definition : script.definitions)
    if (!used.count(definition.name))
      report(Diag::DefinitionUnused, definition.span,
             std::string(nameOf(definition.kind)) + " `" + definition.name + "` is used by no stage, so only the names in its body are checked")
          .help = "use it, or remove it";
}

std::optional<Callee> Checker::calleeOf(const ast::Expr &expr, const std::string &what) {
  static const std::vector<ast::Argument> none;
  if (expr.kind == ast::Expr::Kind::Name)
    return Callee{expr.text, expr.span, &none};
  if (expr.kind == ast::Expr::Kind::Call && expr.operands[0]->kind == ast::Expr::Kind::Name)
    return Callee{expr.operands[0]->text, expr.operands[0]->span, &expr.arguments};
  const ast::Expr *root = &expr;
  while (!root->operands.empty() && (root->kind == ast::Expr::Kind::Call || root->kind == ast::Expr::Kind::Member))
    root = root->operands[0].get();
  std::string instead = root->kind == ast::Expr::Kind::Name ? habitOfName(root->text) : "";
  report(Diag::NameExpected, instead.empty() ? expr.span : root->span,
         "expected the name of " + withArticle(what) + " here, with its arguments")
      .help = instead;
  return std::nullopt;
}

const ast::Definition *Checker::lookup(const std::string &name, ast::Definition::Kind kind, ast::Span span) {
  auto found = library.definitions.find(name);
  if (found != library.definitions.end() && found->second->kind == kind)
    return found->second;
  std::vector<std::string> candidates;
  for (const auto &[other, definition] : library.definitions)
    if (definition->kind == kind)
      candidates.push_back(other);
  std::string wanted = nameOf(kind), near = nearest(name, candidates);
  auto declared = names.find(name);
  std::string suggestion = near.empty() ? "" : "; did you mean `" + near + "`?";
  if (declared != names.end()) {
    report(Diag::WrongKind, span,
           "`" + name + "` is " + declared->second.first + ", not " + withArticle(wanted) + suggestion)
        .notes.push_back({declared->second.second, "`" + name + "` is declared here"});
    return nullptr;
  }
  Missing what = missing(name, near, library.stdlib);
  std::string message = "there is no " + wanted + " `" + name + "`" + what.suggestion;
  if (!what.module.empty()) {
    // As of any other name of that module: to use it is one remedy.
    if (Diagnostic *first = diagnostics.reportFirst(Diag::NameUnknown, span, "`" + name + "` is not declared", "use " + what.module))
      first->help = what.help;
    return nullptr;
  }
  Diagnostic &diagnostic = report(Diag::DefinitionMissing, span, message);
  diagnostic.help = what.help;
  if (!near.empty() || !what.help.empty())
    return nullptr;
  std::string known;
  for (size_t i = 0; i < candidates.size() && i < 12; ++i)
    known += (i ? ", `" : "`") + candidates[i] + "`";
  diagnostic.help = known.empty() ? "no " + wanted + " is declared; is a `use` missing?" : "there is " + known;
  return nullptr;
}

std::optional<double> Checker::number(const ast::Expr &expr, const std::string &what, const Values &names) {
  Function scratch;
  std::optional<Value> value = Elaborator(library, diagnostics, scratch).evaluate(expr, names);
  if (!value || std::holds_alternative<Poison>(*value))
    return std::nullopt;
  if (const auto *found = std::get_if<Number>(&*value))
    return found->value;
  report(Diag::NotANumber, expr.span,
         what + " must be a number known when the script is compiled; this is " + describe(*value));
  return std::nullopt;
}

std::optional<int64_t> Checker::integer(const ast::Expr &expr, const std::string &what, const Values &names) {
  std::optional<double> value = number(expr, what, names);
  if (!value)
    return std::nullopt;
  if (*value == std::floor(*value) && std::abs(*value) < 9e15)
    return int64_t(*value);
  char shown[32];
  snprintf(shown, sizeof shown, "%g", *value);
  report(Diag::NotANumber, expr.span, what + " must be a whole number; this is " + shown);
  return std::nullopt;
}

}  // namespace tl
