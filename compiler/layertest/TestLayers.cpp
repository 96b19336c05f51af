// One declaration after the other: tried, differenced, compared with its gradient; then all gradients compiled at once.
#include "compiler/layertest/TestLayers.h"
#include "compiler/codegen/LowerToLlvm.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/layertest/Candidates.h"
#include "compiler/layertest/Differences.h"
#include "compiler/layertest/Jit.h"
#include "compiler/layertest/Kinks.h"
#include "compiler/layertest/TrialModule.h"
#include "compiler/passes/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>
#include <malloc.h>

namespace tl::layertest {
namespace {
using namespace mlir;

constexpr double tolerance = 1e-7;         // of Σ |terms| of a slope, both in double
constexpr uint64_t noisyRuns = 8;
constexpr double mostNoises = 16;          // a compiled element may be off by, as many as no chance of the runs explains
constexpr double leastNormal = 0x1p-126;   // below it programs take numbers for 0

struct Declared {
  const ast::Definition *definition;
  std::string kind;
  int instances = 0;
  int64_t slopes = 0, slopesAtKinks = 0;
  std::string nothing;               // why there is nothing to check
  std::vector<std::string> problems; // each a clause with its instance
  std::set<std::string> stops;       // places of stop_gradient that keep a slope back
};

struct MeasuredAtKink {
  std::vector<Field> fields;
  Direction direction;
  Sides sides;
};

/// A gradient that waits to be compiled.
struct Waiting {
  size_t declared;
  std::string label;
  Trial trial;
  reference::Named wanted, noise; // in double, and what rounding to f32 changes
};

class Tester {
public:
  Tester(const Declarations &declarations, SourceFiles &sources)
      : declarations(declarations), sources(sources), context(MLIRContext::Threading::DISABLED) {
    DialectRegistry registry;
    registry.insert<ir::TlDialect, func::FuncDialect>();
    registerKernelDialects(registry);
    registerLlvmDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    compiled = ModuleOp::create(UnknownLoc::get(&context));
  }

  void test(const ast::Definition &definition, const std::string &kind) {
    all.push_back({&definition, kind, 0, 0, 0, "", {}, {}});
    if (needsPublished(declarations, definition)) {
      all.back().nothing = "its weights are those of a published model; the layer they are for is checked by itself";
      return;
    }
    std::set<std::string> seen;
    std::vector<Choice> choices = {{}, {.isTraining = false}};
    if (hasEllipsis(definition))
      choices.push_back({.axes = 2});
    for (const std::string &toggle : togglesOf(definition))
      choices.push_back({.toggled = toggle});
    for (const Choice &choice : choices) {
      Trial trial = attempt(declarations, definition, choice, sources);
      if (!trial.problem.empty()) {
        all.back().problems.push_back("no arguments were found for it: " + trial.problem +
                                      "; show some in an example of its doc comment");
        return;
      }
      all.back().nothing = trial.nothing;
      if (!trial.nothing.empty())
        return;
      // Nothing new where what was chosen makes no difference.
      if (seen.insert(tl::print(trial.function)).second && !check(std::move(trial), choice))
        return;
    }
  }

  void compile() {
    std::vector<std::string> names;
    for (size_t i = 0; i < waiting.size(); ++i)
      names.push_back("g" + std::to_string(i));
    if (names.empty())
      return;
    PassManager pm(&context);
    pm.addPass(createDifferentiate());
    if (failed(pm.run(*compiled)))
      llvm::report_fatal_error("differentiation fails");
    for (size_t i = 0; i < waiting.size(); ++i)
      measureNoise(waiting[i], compiled->lookupSymbol<func::FuncOp>(names[i]));
    Jit jit(*compiled, names);
    if (!jit.error().empty())
      llvm::report_fatal_error(llvm::StringRef(jit.error()));
    for (size_t i = 0; i < waiting.size(); ++i)
      compare(waiting[i], jit.run(i, waiting[i].trial.fields), jit.arenas(i).outputs);
  }

  bool print() const {
    int passed = 0, failed = 0;
    for (const Declared &one : all) {
      std::string name = one.kind + " " + one.definition->name;
      llvm::outs() << (one.problems.empty() ? "passed  " : "FAILED  ") << name;
      if (!one.problems.empty()) {
        ++failed;
        llvm::outs() << "  " << sources.place(one.definition->span) << "\n";
        for (const std::string &problem : one.problems)
          llvm::outs() << "        " << problem << "\n";
        continue;
      }
      ++passed;
      if (one.instances == 0)
        llvm::outs() << ": nothing to differentiate, " << one.nothing;
      else
        llvm::outs() << ": " << one.slopes << " slopes in " << one.instances << (one.instances == 1 ? " instance" : " instances");
      if (one.slopesAtKinks)
        llvm::outs() << ", " << one.slopesAtKinks << " where parts have kinks";
      for (const std::string &place : one.stops)
        llvm::outs() << "; the slope through `stop_gradient` at " << place << " is kept back";
      llvm::outs() << "\n";
    }
    llvm::outs() << passed << " passed, " << failed << " failed\n";
    return failed == 0;
  }

private:
  /// False where further instances would tell nothing new.
  bool check(Trial trial, const Choice &choice) {
    Declared &one = all.back();
    OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
    std::string name = "g" + std::to_string(waiting.size());
    std::vector<double> weights = addFunctions(*module, "value", name, trial, sources, DType::F64);
    if (weights.empty()) {
      one.nothing = "its result depends on no real number it is given";
      return false;
    }
    std::string label = one.definition->name + "(" + trial.label + ")" +
                        (choice.isTraining ? "" : ", not training") + (choice.axes > 1 ? ", two axes" : "");
    Interpreted value(module->lookupSymbol<func::FuncOp>("value"));
    if (!value.run(trial.fields).at("y").data.isFinite().all()) {
      if (choice.isPositive) {
        one.problems.push_back(label + ": its value is NaN or infinite for numbers between 0 and 1");
        return false;
      }
      Choice again = choice;
      again.isPositive = true;
      return check(attempt(declarations, *one.definition, again, sources), again);
    }
    ++one.instances;
    value.holdStopped(true);
    std::vector<std::pair<Direction, Slope>> slopes;
    for (size_t i = 0; i < trial.fields.size(); ++i)
      if (trial.fields[i].isVariable)
        for (Direction &direction : directionsOf(trial.fields[i], i, 1))
          slopes.emplace_back(direction, slopeAlong(value, trial.fields, direction, weights));
    noteStopped(*module, value, trial, weights, slopes);
    std::vector<MeasuredAtKink> atKinks = measureAtKinks(module->lookupSymbol<func::FuncOp>("value"), value, trial, weights);
    makeExplicit(*module); // which leaves nothing of `value`
    auto gradient = module->lookupSymbol<func::FuncOp>(name);
    reference::Named found = Interpreted(gradient).run(trial.fields);
    std::string worst;
    double worstError = 0;
    for (auto &[direction, slope] : slopes) {
      if (!slope.isSmooth)
        continue;
      ++one.slopes;
      double got = along(found, trial, direction), allowed = std::max(tolerance * slope.terms, slope.error);
      double error = std::abs(got - slope.value) / std::max(allowed, 1e-300);
      if (error <= 1 || std::abs(got - slope.value) <= allowed + mostNoises * noiseAlong(gradient, trial, direction))
        continue;
      if (worst.empty() || error > worstError || (std::isnan(error) && !std::isnan(worstError))) {
        worstError = error;
        worst = label + ": the gradient of " + described(trial, direction) + " is " + number(got) +
                ", the slope measured there " + number(slope.value) + remedy(got);
      }
    }
    if (worst.empty())
      worst = wrongAtKinks(atKinks, gradient, trial, label);
    if (!worst.empty())
      one.problems.push_back(worst);
    else
      keep(name, label, std::move(trial), found);
    return worst.empty();
  }

  void makeExplicit(ModuleOp module) {
    PassManager pm(&context);
    pm.addPass(createDifferentiate());
    if (failed(pm.run(module)))
      llvm::report_fatal_error("differentiation fails");
  }

  /// The sides of points where parts have kinks, as far as a gradient can be held against them: the whole has one slope there,
  /// or it is a function of single numbers, of which any slope between those of the sides will do.
  std::vector<MeasuredAtKink> measureAtKinks(func::FuncOp function, Interpreted &value, const Trial &trial, const std::vector<double> &weights) {
    std::vector<MeasuredAtKink> measured;
    bool isElementwise = tensorsOf(*all.back().definition) > 0;
    for (const KinkPoint &point : kinkPointsOf(function, trial.fields)) {
      value.holdStopped(false);
      if (!value.run(point.fields).at("y").data.isFinite().all())
        continue;
      value.holdStopped(true);
      for (size_t field : point.changed)
        for (const Direction &direction : directionsOf(point.fields[field], field, 1)) {
          Sides sides = sidesAlong(value, point.fields, direction, weights);
          if (sides.areTold() && (sides.agree() || (isElementwise && direction.moves.size() == 1)))
            measured.push_back({point.fields, direction, sides});
        }
    }
    return measured;
  }

  std::string wrongAtKinks(const std::vector<MeasuredAtKink> &measured, func::FuncOp gradient, const Trial &trial, const std::string &label) {
    Interpreted interpreted(gradient);
    Trial there = trial;
    for (const auto &[fields, direction, sides] : measured) {
      ++all.back().slopesAtKinks;
      there.fields = fields;
      double got = along(interpreted.run(fields), there, direction), allowed = sides.allowance();
      auto [low, high] = std::minmax(sides.below.value, sides.above.value);
      auto isBetween = [&] { return got >= low - allowed && got <= high + allowed; };
      if (!isBetween())
        allowed += mostNoises * noiseAlong(gradient, there, direction);
      if (!isBetween())
        return label + ": the gradient of " + described(there, direction) + " is " + number(got) + ", the slope measured there " +
               (sides.agree() ? number(sides.above.value) : number(low) + " on one side and " + number(high) + " on the other") +
               ": a part such as `abs`, `max` or `select` has a kink there and takes a slope that is not that of the whole; "
               "`softplus` of std.nn shows a way round";
    }
    return "";
  }

  static size_t numberOf(const Trial &trial, size_t field) {
    size_t number = 0;
    for (size_t i = 0; i < field; ++i)
      number += trial.fields[i].isVariable;
    return number;
  }

  static double along(const reference::Named &found, const Trial &trial, const Direction &direction) {
    const reference::Tensor &gradient = found.at("g" + std::to_string(numberOf(trial, direction.field)));
    double sum = 0;
    for (auto [i, move] : direction.moves)
      sum += gradient.data[Eigen::Index(i)] * move;
    return sum;
  }

  /// Where a slope that is not held differs, `stop_gradient` keeps it back: said, not a failure.
  void noteStopped(ModuleOp module, Interpreted &value, const Trial &trial, const std::vector<double> &weights,
                   const std::vector<std::pair<Direction, Slope>> &slopes) {
    std::vector<ir::StopGradientOp> stops;
    module.walk([&](ir::StopGradientOp stop) {
      if (stop->getParentOfType<func::FuncOp>().getName() == "value")
        stops.push_back(stop);
    });
    if (stops.empty())
      return;
    value.holdStopped(false);
    for (auto &[direction, slope] : slopes) {
      Slope whole = slopeAlong(value, trial.fields, direction, weights);
      if (whole.isSmooth && slope.isSmooth &&
          std::abs(whole.value - slope.value) > 1e-6 * (whole.terms + slope.terms) + whole.error + slope.error)
        for (ir::StopGradientOp stop : stops)
          if (auto place = llvm::dyn_cast<FileLineColLoc>(stop.getLoc()))
            all.back().stops.insert(place.getFilename().str() + ":" + std::to_string(place.getLine()));
    }
  }

  std::string described(const Trial &trial, const Direction &direction) const {
    const Field &field = trial.fields[direction.field];
    llvm::StringRef name = field.name;
    std::string text = "`" + (name.consume_front("input ") ? name : llvm::StringRef(field.name)).str() + "` (" +
                       toString(field.type) + ")";
    return direction.moves.size() > 1 ? text + " along a line"
                                      : text + " at element " + std::to_string(direction.moves[0].first) + " = " +
                                            number(field.data[direction.moves[0].first]);
  }

  static std::string number(double value) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.9g", value);
    return buffer;
  }

  static std::string remedy(double got) {
    return std::isnan(got) ? ": where `select` drops a value, its gradient is computed all the same; keep the dropped "
                             "side finite"
                           : ": please report this, with the file, as a fault of the compiler";
  }

  void keep(const std::string &name, const std::string &label, Trial trial, reference::Named found) {
    addFunctions(*compiled, "value of " + name, name, trial, sources, DType::F32);
    compiled->lookupSymbol("value of " + name)->erase();
    waiting.push_back({all.size() - 1, label, std::move(trial), std::move(found), {}});
  }

  /// The outputs of some runs, each with other rounding errors.
  static void disturbed(func::FuncOp function, const Trial &trial, llvm::function_ref<void(const reference::Named &)> visit) {
    for (uint64_t run = 0; run < noisyRuns; ++run) {
      Interpreted gradient(function);
      gradient.disturb(run);
      visit(gradient.run(trial.fields));
    }
  }

  /// How much rounding changes each element: the root of the mean square.
  static void measureNoise(Waiting &one, func::FuncOp function) {
    for (const auto &[name, wanted] : one.wanted)
      one.noise[name] = reference::Tensor(wanted.shape);
    disturbed(function, one.trial, [&](const reference::Named &outputs) {
      for (const auto &[name, output] : outputs)
        one.noise[name].data += (output.data - one.wanted.at(name).data).square() / double(noisyRuns);
    });
    for (auto &[name, noise] : one.noise)
      noise.data = noise.data.sqrt().eval();
  }

  /// The same for a gradient along a direction.
  static double noiseAlong(func::FuncOp function, const Trial &trial, const Direction &direction) {
    double here = along(Interpreted(function).run(trial.fields), trial, direction), sum = 0;
    disturbed(function, trial, [&](const reference::Named &outputs) { sum += std::pow(along(outputs, trial, direction) - here, 2); });
    return std::sqrt(sum / double(noisyRuns));
  }

  void compare(const Waiting &one, const std::vector<char> &output, const std::map<std::string, int64_t> &offsets) {
    for (size_t n = 0; n < one.wanted.size(); ++n) {
      std::string name = "g" + std::to_string(n);
      const reference::Tensor &wanted = one.wanted.at(name), &noise = one.noise.at(name);
      int64_t offset = offsets.at(name);
      for (Eigen::Index i = 0; i < wanted.data.size(); ++i) {
        double got = numberAt(DType::F32, output.data() + offset, i);
        double error = std::abs(got - wanted.data[i]);
        if (error <= mostNoises * noise.data[i] + leastNormal || std::isnan(noise.data[i]))
          continue;
        all[one.declared].problems.push_back(
            one.label + ": compiled, element " + std::to_string(i) +
            " of gradient " + std::to_string(n) + " is " + number(got) + ", interpreted " +
            number(wanted.data[i]) + ", of which rounding explains " + number(noise.data[i]) +
            ": please report this, with the file, as a fault of the compiler");
        return;
      }
    }
  }

  const Declarations &declarations;
  SourceFiles &sources;
  MLIRContext context;
  OwningOpRef<ModuleOp> compiled;
  std::vector<Declared> all;
  std::vector<Waiting> waiting;
};

} // namespace

bool testLayers(const TestOptions &options, Diagnostics &diagnostics) {
  // Tensors come and go by the thousand: asking the system for each takes a fifth of the time.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  Declarations declarations(options.files, options.checking, diagnostics);
  if (diagnostics.hasErrors())
    return false;
  abi::Data corpus = corpusOfExamples();
  declarations.know(corpus);
  Tester tester(declarations, diagnostics.sources());
  using Kind = ast::Definition::Kind;
  static const std::map<Kind, std::string> kinds = {
      {Kind::Layer, "layer"}, {Kind::Model, "model"}, {Kind::Adapter, "adapter"}, {Kind::Fn, "fn"}, {Kind::Objective, "objective"}};
  std::set<std::string> asked(options.files.begin(), options.files.end());
  for (const ast::File &file : declarations.files())
    if (asked.contains(diagnostics.sources().name(file.file)))
      for (const ast::Definition &definition : file.definitions)
        if (auto kind = kinds.find(definition.kind); kind != kinds.end())
          tester.test(definition, kind->second);
  tester.compile();
  return tester.print();
}

} // namespace tl::layertest
