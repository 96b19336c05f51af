// The order of the rooms, read from top to bottom in `buildCorridor`.
#include "compiler/driver/Corridor.h"
#include "compiler/codegen/LowerToLlvm.h"
#include "compiler/codegen/ObjectFile.h"
#include "compiler/driver/Installation.h"
#include "compiler/driver/Walk.h"
#include "compiler/emit/Describe.h"
#include "compiler/emit/EmitTl.h"
#include "compiler/explain/Explain.h"
#include "compiler/explain/Memory.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/kernels/DescribeKernels.h"
#include "compiler/kernels/Kernels.h"
#include "compiler/passes/FreezeGain.h"
#include "compiler/passes/Passes.h"
#include "compiler/sema/Programs.h"
#include "compiler/support/ScriptFile.h"
#include "compiler/syntax/Parser.h"
#include "runtime/io/Units.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <deque>

namespace tl {

Without withoutNamed(const std::string &names) {
  // clang-format off
  static const std::pair<const char *, bool Without::*> optimizations[] = {
      {"share", &Without::share}, {"simplify", &Without::simplify}, {"prune", &Without::prune},
      {"cache", &Without::cache}, {"weigh", &Without::weigh},       {"rows", &Without::rows},
      {"winograd", &Without::winograd}, {"tiles", &Without::tiles}, {"normalize", &Without::normalize}, {"fuse", &Without::fuse}, {"reuse", &Without::reuse}};
  // clang-format on
  Without without;
  for (llvm::StringRef name : llvm::split(names, ",")) {
    auto known = llvm::find_if(optimizations, [&](auto &entry) { return name == entry.first; });
    if (known == std::end(optimizations))
      throw Error(
          exitUsage,
          "`" + name.str() +
              "` is no optimization; `--without` takes share, simplify, prune, cache, weigh, rows, winograd, tiles, normalize, fuse and reuse");
    without.*known->second = true;
  }
  return without;
}

static bool freezesAnything(const abi::Program &program) {
  return llvm::any_of(program.stages, [](const abi::Stage &stage) {
    return llvm::any_of(stage.phases, [](const abi::Phase &phase) { return !phase.frozen.empty(); });
  });
}

/// The first room alone, for its two ways to look at it.
static std::optional<Outcome> read(const CorridorOptions &options, Diagnostics &diagnostics) {
  std::string why;
  std::optional<std::string> text = readScriptFile(options.script, why);
  int file = diagnostics.sources().add(scriptName(options.script), text.value_or(""));
  if (!text) {
    diagnostics.report(Diag::ScriptMissing, {file, 1, 1, 1}, "cannot read the script `" + options.script + "`: " + why);
    return std::nullopt;
  }
  if (options.until == Room::Tokens)
    return Outcome{printTokens(file, diagnostics), ""};
  ast::File tree = parse(file, diagnostics);
  if (diagnostics.hasErrors())
    return std::nullopt;
  return Outcome{printAst(tree), ""};
}

/// A mistake of a person's that check cannot know of: what a stage needs is known when memory is planned.
static void checkBudgets(const CheckedProgram &checked, const abi::Program &program, Diagnostics &diagnostics) {
  for (size_t i = 0; i < program.stages.size(); ++i) {
    const abi::Stage &stage = program.stages[i];
    const CheckedProgram::Budget &budget = checked.budgets[i];
    int64_t needed = budget.bytes > 0 ? stageBytes(program, stage, {}) : 0;
    if (needed <= budget.bytes)
      continue;
    bool isClose = bytesText(needed) == bytesText(budget.bytes);
    auto amount = [&](int64_t bytes) { return isClose ? counted(bytes, "byte") : bytesText(bytes); };
    diagnostics.report(Diag::BudgetExceeded, budget.span, "stage `" + stage.name + "` needs " + amount(needed) + " of memory, whatever is computed again, and its budget is " + amount(budget.bytes))
        .help = "variables take " + bytesText(stage.variablesBytes) + " of it; the rest is less with a smaller `batch`, which `accumulate` makes up for";
  }
}

/// The rooms behind check, for one of the programs of the script. `objects`: where its object files are put, where the walk goes to its end.
static Outcome walkFrom(const CheckedProgram &checked, const VariantPlace &place, const CorridorOptions &options, const TargetCpu &cpu, Diagnostics &diagnostics, Stopwatch &stopwatch,
                        std::vector<std::string> &objects) {
  abi::Program program = checked.program; // the descriptor, which the rooms from here on fill in
  program.compiler = versionText();
  program.cpu = cpu.name;
  program.cpuFeatures = cpu.required;

  // emit: one function of `tl` for each function of the program.
  Walk walk(options.script, stopwatch);
  walk.start("tl", [&](mlir::MLIRContext &context) { return emit(context, checked, diagnostics.sources()); });
  if (options.until == Room::Tl)
    return Outcome{walk.text(), ""};

  std::map<std::string, StepArithmetic> arithmetic;
  if (options.until >= Room::Kernels && freezesAnything(program)) {
    arithmetic = weighFreezing(walk.module());
    stopwatch.lap("weigh");
  }

  // round: the factors of products, where a stage asks for fewer digits. Their derivatives follow.
  // differentiate: every gradient explicit. The rules repeat what the forward pass computed, hence the algebra after.
  const Without &without = options.without;
  walk.room("gradient", [&](mlir::OpPassManager &pm) {
    pm.addPass(createRoundProducts());
    pm.addPass(createDifferentiate());
    if (!without.simplify)
      pm.addPass(createSimplify());
  });
  if (options.until == Room::Gradient)
    return Outcome{walk.text(), ""};

  // prune: nothing computed for what is frozen.
  if (!without.prune)
    walk.room("pruned", [](mlir::OpPassManager &pm) { pm.addPass(createPruneFrozen()); });
  if (options.until == Room::Pruned)
    return Outcome{walk.text(), ""};

  // cache: what a record has throughout a phase is parted from the step, and what only a log shows.
  walk.room("cached", [&](mlir::OpPassManager &pm) {
    if (!without.cache)
      pm.addPass(createCacheFeatures({without.weigh}));
    pm.addPass(createPartLogged());
  });
  if (options.until == Room::Cached)
    return Outcome{walk.text(), ""};

  std::map<std::string, int64_t> flops = walk.flops();

  // rows: tables of which a step names few rows are updated in those alone.
  if (!without.rows)
    walk.room("rows", [](mlir::OpPassManager &pm) { pm.addPass(createSparseRows()); });
  if (options.until == Room::Rows)
    return Outcome{walk.text(), ""};

  Target target = cpu.target;
  if (without.tiles && target.multipliesTiles) // In vectors pairs are slower than f32 there.
    target.multipliesTiles = target.multipliesPairs = false;
  target.set(walk.module());
  // kernels: ops grouped, tensors placed, loops over vectors.
  walk.room("fused", [&](mlir::OpPassManager &pm) { addFusePasses(pm, {without.normalize}, {without.fuse}, !without.winograd); });
  for (auto [function, more] : walk.flopsOfTiles())
    flops[function] += more;
  if (options.until == Room::Fused)
    return Outcome{walk.text(), ""};
  walk.room("planned", [&](mlir::OpPassManager &pm) {
    pm.addPass(createRecompute());
    pm.addPass(createPlanMemory({without.reuse}));
  });
  describe(walk.module(), program);
  for (abi::Function &function : program.functions)
    function.workBytes = walk.workBytesOf(function.name);
  checkBudgets(checked, program, diagnostics);
  if (options.until == Room::Planned || diagnostics.hasErrors())
    return Outcome{walk.text(), "", std::move(program)};
  std::map<std::string, std::map<std::string, int64_t>> again = computedAgain(walk.module());
  describeKernels(walk.module(), program);
  walk.room("kernels", [](mlir::OpPassManager &pm) { pm.addPass(createEmitKernels()); });
  std::map<std::string, FunctionCost> costs;
  for (abi::Function &function : program.functions) {
    Plan plan = walk.planOf(function.name);
    function.parallel = plan.isParallel;
    function.stackBytes = plan.stackBytes;
    for (const auto &[line, more] : again[function.name])
      flops[function.name] += more;
    const StepArithmetic &weight = arithmetic[function.name];
    costs[function.name] = {function.workBytes, function.stackBytes, flops[function.name], plan.frozenOnPath, plan.tables, plan.tilesOfFour, plan.tilesOfTwo,
                            weight.forward, weight.backward, weight.backwardOfAll, plan.budget, plan.workBytesKept, again[function.name]};
  }
  for (abi::Stage &stage : program.stages)
    for (abi::Phase &phase : stage.phases) {
      phase.featuresFlops = phase.featuresFunction.empty() ? 0 : costs[phase.featuresFunction].flops;
      phase.stepFlops = costs[phase.stepFunction].flops;
      if (abi::Evaluation &evaluation = phase.evaluation; !evaluation.function.empty()) {
        evaluation.featuresFlops = costs[evaluation.featuresFunction].flops;
        evaluation.flops = costs[evaluation.function].flops;
      }
    }
  program.explain = explain(program, checked.phaseTable, costs);
  if (options.until == Room::Kernels)
    return Outcome{walk.text(), program.explain, std::move(program)};

  // finish: LLVM, machine code, the program.
  walk.room("llvm", [&](mlir::OpPassManager &pm) { addLlvmPasses(pm, options.hasLines); }, /*isShared=*/true);
  std::vector<std::string> functions;
  for (const abi::Function &function : program.functions)
    functions.push_back(function.name);
  std::string descriptor = nlohmann::json(program).dump();
  Output kind = options.until == Room::Llvm ? Output::LlvmIr : Output::Object;
  unsigned mostParts = options.until == Room::Program ? 8 : 1;
  std::vector<std::string> code =
      walk.orInternalError("object", compileModule(walk.module(), cpu, descriptor, functions, kind, mostParts, place));
  stopwatch.lap("object");
  if (options.until != Room::Program)
    return Outcome{std::move(code.front()), program.explain};
  std::move(code.begin(), code.end(), std::back_inserter(objects));
  return Outcome{"", program.explain, std::move(program)};
}

/// One program from the object files of all.
static void linkAll(const CorridorOptions &options, const abi::Program &program, const std::vector<std::string> &objects) {
  std::deque<TemporaryFile> files;
  std::vector<std::string> paths;
  for (const std::string &bytes : objects)
    paths.push_back(files.emplace_back("tl", "o", bytes).path());
  std::vector<llvm::StringRef> doors;
  const bool readsData = options.artefact->readsData;
  if (readsData && std::any_of(program.data.begin(), program.data.end(), [](const abi::Data &data) { return data.tokenizer != nullptr; }))
    doors.push_back("tlPublishedEncoder");
  auto readsPictures = [](const abi::Source &source) { return source.reader == "images"; };
  if (readsData && std::any_of(program.data.begin(), program.data.end(), [&](const abi::Data &data) { return std::any_of(data.sources.begin(), data.sources.end(), readsPictures); }))
    doors.push_back("tlPictures");
  if (llvm::Error error = link(*options.artefact, paths, doors, options.linkDirectory, options.output, options.hasLines))
    throw badData(llvm::toString(std::move(error)));
}

/// Each takes as long as a script without a search for dims.
static void sayHowMany(const std::vector<ScriptProgram> &programs) {
  if (programs.size() == 1)
    return;
  std::vector<std::string> names;
  for (const auto &[name, value] : programs.front().dims)
    names.push_back(name);
  llvm::errs() << "building " << programs.size() << " programs, one for each " << (names.size() > 1 ? "combination of values of " : "value of ") << llvm::join(names, ", ") << "\n";
}

std::optional<Outcome> buildCorridor(const CorridorOptions &options, Diagnostics &diagnostics) {
  Stopwatch stopwatch(options.isTimed);
  if (options.until <= Room::Ast)
    return read(options, diagnostics);

  // read, check: every mistake of a person's ends here.
  std::vector<ScriptProgram> programs = checkPrograms(options.script, options.checking, diagnostics);
  stopwatch.lap("check");
  if (programs.empty())
    return std::nullopt;
  const CheckedProgram &own = *programs.front().checked;
  if (options.until == Room::Checked)
    return Outcome{print(own), ""};
  TargetCpu cpu = orUsage(findTargetCpu(options.cpu));
  std::vector<std::string> objects;
  auto withoutErrors = [&](Outcome outcome) { return diagnostics.hasErrors() ? std::nullopt : std::optional(std::move(outcome)); };
  if (options.until != Room::Program)
    return withoutErrors(walkFrom(own, {}, options, cpu, diagnostics, stopwatch, objects));
  sayHowMany(programs);
  VariantPlace place = {0, {}};
  for (const ScriptProgram &each : programs)
    place.dims.push_back(nlohmann::json(each.dims).dump());
  Outcome outcome;
  for (; place.number < programs.size(); ++place.number) {
    Outcome walked = walkFrom(*programs[place.number].checked, place, options, cpu, diagnostics, stopwatch, objects);
    if (diagnostics.hasErrors())
      return std::nullopt;
    if (place.number == 0)
      outcome = std::move(walked);
  }
  linkAll(options, outcome.program, objects);
  stopwatch.lap("link");
  return outcome;
}

} // namespace tl
