// One case: the derivative rules, interpreted in double, against differences of the function itself.
#include "tests/ir/gradients/Gradients.h"
#include "compiler/layertest/Differences.h"
#include "tests/ir/gradients/OpCases.h"
#include "tests/ir/gradients/Ties.h"
#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace tl::test {
using namespace mlir;
using layertest::Direction;
using layertest::Field;
using layertest::Interpreted;
using layertest::Slope;

constexpr double tolerance = 1e-7;

void Tally::add(const Tally &other) {
  for (auto &[name, count] : other.counts)
    counts[name] += count;
  failures.insert(failures.end(), other.failures.begin(), other.failures.end());
}

GradientCase nthCase(MLIRContext &context, uint64_t seed, int64_t n) {
  GradientCase one;
  one.seed = (seed * 0x9e3779b97f4a7c15u) ^ (uint64_t(n) * 0xbf58476d1ce4e5b9u);
  std::vector<std::string> ops = differentiableOps(context), ties = opsWithTies();
  size_t turn = size_t(n) / 10;
  one.kind = n % 10 < 3    ? Kind::Composition
             : n % 10 == 3 ? Kind::Tie
                           : Kind::Use;
  if (one.kind == Kind::Tie)
    one.op = ties[turn % ties.size()];
  if (one.kind == Kind::Use)
    one.op = ops[(turn * 6 + size_t(n % 10 - 4)) % ops.size()];
  return one;
}

std::string text(const char *format, ...) {
  char buffer[256];
  va_list values;
  va_start(values, format);
  std::vsnprintf(buffer, sizeof buffer, format, values);
  va_end(values);
  return buffer;
}

namespace {

struct Check {
  GradientCase one;
  Tally &tally;
  func::FuncOp gradient = {};
  const char *form = "";

  void fail(const std::string &what) {
    ++tally.counts["mismatches"];
    std::string ir;
    llvm::raw_string_ostream stream(ir);
    if (gradient)
      gradient.print(stream);
    tally.failures.push_back(one.name() + ", " + form + ": " + what + "\n" + ir);
  }

  void againstDocuments(const reference::Named &found) {
    std::vector<std::vector<double>> wanted = documentedSlopes(one);
    for (size_t n = 0; n < wanted.size(); ++n)
      for (size_t i = 0; i < wanted[n].size(); ++i) {
        ++tally.counts["slopes at kinks"];
        double got = found.at("g" + std::to_string(n)).data[Eigen::Index(i)];
        if (!(std::abs(got - wanted[n][i]) <= 1e-15 * std::abs(wanted[n][i]))) // one rounding
          return fail(text("argument %zu, element %zu: the rule gives %.17g, documented is %.17g", n, i, got,
                           wanted[n][i]));
      }
  }

  void againstSlope(const reference::Named &found, size_t n, const Direction &direction, const Slope &slope) {
    double got = 0;
    for (auto [i, move] : direction.moves)
      got += found.at("g" + std::to_string(n)).data[Eigen::Index(i)] * move;
    double allowed = std::max(tolerance * slope.terms, slope.error);
    if (!(std::abs(got - slope.value) <= allowed))
      fail(text("argument %zu, %s %zu: the rule gives %.17g, the difference %.17g within %.3g", n,
                direction.moves.size() > 1 ? "direction from element" : "element", direction.moves[0].first, got,
                slope.value, allowed));
  }
};

} // namespace

void checkRule(MLIRContext &context, GradientCase one, Tally &tally) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  Check check{one, tally};
  ++tally.counts["gradient cases"];
  if (!addFunction(*module, "f", check.one, DType::F64, false))
    return check.fail("has a derivative, but no case can be drawn: add it to the table of OpCases.cpp");
  if (!addFunction(*module, "g", check.one, DType::F64, true))
    return check.fail("cannot be drawn twice");
  Interpreted value(module->lookupSymbol<func::FuncOp>("f"));
  std::vector<std::pair<Direction, Slope>> slopes;
  std::vector<Field> &fields = check.one.fields;
  if (one.kind != Kind::Tie)
    for (size_t field = 0; field < fields.size(); ++field)
      for (const Direction &direction : fields[field].isVariable ? layertest::directionsOf(fields[field], field, one.seed)
                                                                 : std::vector<Direction>{}) {
        Slope slope = slopeAlong(value, fields, direction, check.one.weights);
        if (!slope.isSmooth) {
          ++tally.counts["directions across kinks"];
          continue;
        }
        // Where f hardly moves, doubles tell no more than that the slope is as small as rounding.
        bool isTold = slope.error <= tolerance * slope.terms;
        ++tally.counts[isTold ? "slopes" : "slopes as small as rounding"];
        if (!isTold && slope.error > (slope.terms == 0 ? 1e-7 : 1e-10) * slope.size)
          check.fail(text("argument %zu, element %zu: no step tells its slope: %.17g, off by up to %.3g", field,
                          direction.moves[0].first, slope.value, slope.error));
        slopes.emplace_back(direction, slope);
      }
  for (bool isSimplified : {false, true}) {
    check.form = isSimplified ? "simplified" : "as differentiated";
    if (!makeExplicit(*module, isSimplified))
      return check.fail("a pass fails");
    check.gradient = module->lookupSymbol<func::FuncOp>("g");
    reference::Named found = Interpreted(check.gradient).run(fields);
    if (one.kind == Kind::Tie)
      check.againstDocuments(found);
    std::map<size_t, size_t> numberOf; // of a field among the variables
    for (size_t field = 0; field < fields.size(); ++field)
      if (fields[field].isVariable)
        numberOf.emplace(field, numberOf.size());
    for (auto &[direction, slope] : slopes)
      check.againstSlope(found, numberOf.at(direction.field), direction, slope);
  }
}

} // namespace tl::test
