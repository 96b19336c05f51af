// The door into `check`: what the script is made of, what each name means, and the order of the work.
#include "compiler/sema/Checker.h"
#include "compiler/sema/Folds.h"
#include "compiler/sema/Parts.h"
#include "compiler/sema/Variants.h"
#include "compiler/syntax/AstWalk.h"
#include "compiler/syntax/Habits.h"
#include "runtime/abi/Requirement.h"
#include <algorithm>
#include <cmath>
#include <filesystem>

namespace tl {

std::unique_ptr<const CheckedProgram> check(const std::string &scriptPath, const CheckOptions &options,
                                            Diagnostics &diagnostics) {
  std::vector<ScriptProgram> programs = checkPrograms(scriptPath, options, diagnostics);
  return programs.empty() ? nullptr : std::move(programs.front().checked);
}

std::vector<ScriptProgram> checkPrograms(const std::string &scriptPath, const CheckOptions &options, Diagnostics &diagnostics) {
  Checker checker(options, diagnostics);
  std::unique_ptr<CheckedProgram> own = checker.run(scriptPath);
  return own ? Variants(scriptPath, options, checker.script(), checker.variedDims(), diagnostics).allWith(std::move(own)) : std::vector<ScriptProgram>();
}

std::unique_ptr<CheckedProgram> Checker::run(const std::string &scriptPath) {
  library.onRequirement = [this](const abi::Requirement &requirement) { addRequirement(requirement); };
  bool isRead = files.read(scriptPath) && canGoOn();
  if (files.all.empty())
    return nullptr;
  const size_t readingErrors = diagnostics.all().size();
  describeSources();
  files.readReached();
  declareAll();
  if (!isRead)
    return nullptr;  // Without a module, most of what follows would be guesses.
  checkAll();
  if (readingErrors > 0)
    diagnostics.takeBack(readingErrors, [&](const Diagnostic &each) { return followsFromReading(each); });
  if (diagnostics.hasErrors())
    return nullptr;
  std::unique_ptr<CheckedProgram> checked(new CheckedProgram());
  checked->program = std::move(draft.program);
  checked->functions = std::move(draft.functions);
  checked->stageOf = std::move(draft.stageOf);
  checked->phaseTable = std::move(stages.phaseTable);
  checked->budgets = std::move(stages.budgets);
  digestParts(*checked);
  return checked;
}

/// What could be read is looked at, too, where all that went wrong is that something could not.
bool Checker::canGoOn() const {
  constexpr int firstOfNames = 100; // codes below are those of reading
  return std::all_of(diagnostics.all().begin(), diagnostics.all().end(),
                     [](const auto &each) { return int(each->kind) < firstOfNames; }) &&
         std::none_of(files.all.begin(), files.all.end(), [](const ast::File &file) { return file.broken.isAll; });
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
  for (const ast::File &file : files.all) {
    for (auto [first, last] : file.broken.lines)
      if (diagnostic.span.file == file.file && diagnostic.span.line >= first && diagnostic.span.line <= last)
        return true;
    if (std::any_of(file.broken.names.begin(), file.broken.names.end(), speaksOf))
      return true;
  }
  return false;
}

void Checker::checkAll() {
  const ast::File &script = files.script();
  evaluateNames();
  BatchFields fields(*this);
  for (DataPlan &plan : data.plans) {
    fields.plan(plan);
    data.checkAugments(plan);
  }
  draft.program.stages.reserve(script.stages.size());
  for (const ast::Stage &stage : script.stages)
    stages.check(stage);
  for (DataPlan &plan : data.plans)
    for (StagePlan &stage : stages.plans)
      if (stage.data == &plan && plan.isSound) {
        plan.facts->fits = fields.buildFits(plan, stage.index, "", draft);
        break;
      }
  for (StagePlan &stage : stages.plans) // of its own, as what is fitted lies at other places in each stage
    for (size_t i = 0; i < draft.program.stages[size_t(stage.index)].beside.size(); ++i) {
      const DataPlan &data = *stage.beside[i].data;
      draft.program.stages[size_t(stage.index)].beside[i].fits = fields.buildFits(data, stage.index, stage.ast->name + ".", draft);
    }
  tunes.check(script.tunes);
  Folds(*this, data, stages, draft).check(script.folds);
  TestsAndDeploys uses(*this, files, data, stages, draft);
  for (const ast::Test &test : script.tests)
    uses.checkTest(test);
  stages.checkLoadedUses();
  for (const ast::Deploy &deploy : script.deploys)
    uses.checkDeploy(deploy);
  checkNames();
  if (!diagnostics.hasErrors())
    warnOfUnused();
}

/// Dims may name facts of the data, so sources are read first; fields may name dims, so they are evaluated after.
void Checker::evaluateNames() {
  for (const auto &[name, value] : given)
    if (auto dim = dims.all.find(name); dim != dims.all.end()) {
      library.constants[name] = Number{value, value == std::floor(value)};
      library.places[name] = dim->second->span;
    }
  data.checkAll();
  dims.evaluateAll();
  for (const ast::File &file : files.all)
    for (const ast::Param &param : file.params)
      checkParam(*this, param, draft.program);
}

/// What the program checks before it begins, or, where the number of steps is in question, before a stage does.
void Checker::addRequirement(const abi::Requirement &requirement) {
  bool isOfSteps = false;
  for (const std::string &scalar : abi::scalarsOf(requirement))
    isOfSteps = isOfSteps || !library.params.count(scalar);
  if (isOfSteps && !stages.openPhase)
    return; // a look ahead: the step that is built later asks again
  std::vector<abi::Requirement> &into = isOfSteps ? stages.openPhase->requirements : draft.program.requirements;
  for (const abi::Requirement &known : into)
    if (known.place == requirement.place && known.text == requirement.text)
      return;
  into.push_back(requirement);
}

void Checker::describeSources() {
  abi::Program &program = draft.program;
  program.scalars = {{"phase.step", "step"}, {"phase.steps", "phase"}, {"stage.step", "step"}, {"stage.steps", "stage"}};  // params go before them
  program.name = std::filesystem::path(files.paths.front()).stem().string();
  program.source = files.paths.front();
  program.sourceText = diagnostics.sources().text(files.script().file);
}

/// The names of the standard library come last: what the script or a module of its own calls by one of them is meant there.
void Checker::declareAll() {
  for (const ast::File &file : files.all)
    if (!library.isStandard(file.file))
      declareOwn(file);
  declareStandard(files.all);
  library.readRest = [this] { declareStandard(rest = files.readRest()); };
  checkTypes();
}

void Checker::declareStandard(const std::deque<ast::File> &of) {
  for (const ast::File &file : of) {
    if (!library.isStandard(file.file))
      continue;
    for (const ast::Definition &definition : file.definitions) {
      library.standard[definition.name] = &definition;
      auto own = names.find(definition.name);
      if (own != names.end() && !library.isStandard(own->second.second.file))
        continue;
      if (declare(definition.name, withArticle(nameOf(definition.kind)), definition.span))
        library.definitions[definition.name] = &definition;
    }
  }
}

void Checker::declareOwn(const ast::File &file) {
  bool isScript = &file == &files.script();
  for (const ast::Definition &definition : file.definitions) {
    if (library.standardFolder.count(file.file))
      library.standard[definition.name] = &definition;
    if (declare(definition.name, withArticle(nameOf(definition.kind)), definition.span))
      library.definitions[definition.name] = &definition;
  }
  for (const ast::Dim &dim : file.dims)
    if (declare(dim.name, "a dim", dim.span))
      dims.all[dim.name] = &dim;
  for (const ast::Param &param : file.params)
    if (declare(param.name, "a param", param.span))
      library.params[param.name] = &param;
  auto onlyInScript = [&](const std::string &what, ast::Span span) {
    report(Diag::OnlyInScript, span, "a file that is used declares " + what + ": only the script itself may")
        .help = "move it to `" + files.paths.front() + "`";
  };
  for (const ast::Data &data : file.datas)
    isScript ? void(declare(data.name, "data", data.span)) : onlyInScript("`data " + data.name + "`", data.span);
  for (const ast::Stage &stage : file.stages)
    isScript ? void(declare(stage.name, "a stage", stage.span))
             : onlyInScript("the stage `" + stage.name + "`", stage.span);
  if (!isScript && !file.tunes.empty())
    onlyInScript("a `tune`", file.tunes.front().span);
  if (!isScript && !file.folds.empty())
    onlyInScript("`folds`", file.folds.front().span);
  if (!isScript && !file.tests.empty())
    onlyInScript("a `test`", file.tests.front().span);
  if (!isScript && !file.deploys.empty())
    onlyInScript("a `deploy`", file.deploys.front().span);
}

/// Every type that is written, used or not: a misspelt one would be taken for another.
void Checker::checkTypes() {
  for (const ast::File &file : files.all)
    for (const ast::Definition &definition : file.definitions)
      eachType(definition, [&](const ast::Type &type) {
        bool isNumber = type.name == "real" || type.name == "int" || type.name == "bool";
        bool isStored = std::any_of(definition.slots.begin(), definition.slots.end(), [&](const ast::Slot &slot) { return slot.type && &*slot.type == &type; });
        if (isNarrow(dtypeOf(type)) && !isStored)
          report(Diag::TypeStored, type.span, "weights and buffers are kept in `" + type.name + "`; values, computed from them, are f32")
              .help = "write `f32` here: what is declared `" + type.name + "` is read as f32";
        if (isElementType(type.name) || (isNumber && !type.hasDims))
          return;
        std::string instead = habit(Habit::Type, type.name);
        report(Diag::TypeUnknown, type.span,
               isNumber ? "`" + type.name + "` is one number, known when the script is compiled or starts, and has no axes"
                        : "`" + type.name + "` is no type")
            .help = !instead.empty() ? instead : "tensors are f32[…], i32[…], u8[…] or tokens[…], weights bf16[…] or f16[…] as well; single numbers real, int or bool";
      });
}

}  // namespace tl
