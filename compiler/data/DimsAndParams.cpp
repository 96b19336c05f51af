// Dims, which are numbers once the data is known, and params, which are flags of the program.
#include "compiler/data/DimsAndParams.h"
#include "compiler/syntax/AstWalk.h"
#include <algorithm>
#include <cmath>
#include <string_view>

namespace tl {

void Dims::evaluateAll() {
  for (const auto &[name, dim] : all) {
    std::vector<std::string> path;
    evaluate(*dim, path);
  }
}

bool Dims::evaluate(const ast::Dim &dim, std::vector<std::string> &path) {
  if (declared.library.constants.count(dim.name))
    return true;
  if (bad.count(dim.name))
    return false;
  for (size_t i = 0; i < path.size(); ++i)
    if (path[i] == dim.name) {
      std::string cycle;
      for (size_t j = i; j < path.size(); ++j) {
        cycle += "`" + path[j] + "` → ";
        bad.insert(path[j]);
      }
      declared.report(Diag::DimCycle, dim.span, "dim `" + dim.name + "` is defined by itself: " + cycle + "`" + dim.name + "`");
      return false;
    }
  path.push_back(dim.name);
  bool isSound = true;
  eachExpr(*dim.value, [&](const ast::Expr &expr) {
    if (expr.kind != ast::Expr::Kind::Name)
      return;
    if (auto known = all.find(expr.text); known != all.end())
      isSound = evaluate(*known->second, path) && isSound;
    if (auto data = declared.library.data.find(expr.text); data != declared.library.data.end() && data->second->fields.empty())
      isSound = false;  // Its source could not be read, and that has been said.
  });
  path.pop_back();
  if (isSound && !bad.count(dim.name)) {
    Function scratch;
    std::optional<Value> value = Elaborator(declared.library, declared.diagnostics, scratch).evaluate(*dim.value, {});
    if (value && (std::holds_alternative<Number>(*value) || std::holds_alternative<std::shared_ptr<Record>>(*value))) {
      declared.library.constants[dim.name] = *value;
      declared.library.places[dim.name] = dim.span;
      return true;
    }
    if (value && !std::holds_alternative<Poison>(*value))
      declared.report(Diag::DimNotNumber, dim.value->span,
                      "dim `" + dim.name + "` must be a number known when the script is compiled; this is " + describe(*value));
  }
  bad.insert(dim.name);
  declared.library.constants[dim.name] = Poison();  // So that its uses are not reported again.
  return false;
}

void Dims::evaluateIn(const ast::Expr &expr) {
  eachExpr(expr, [&](const ast::Expr &part) {
    if (auto dim = all.find(part.text); part.kind == ast::Expr::Kind::Name && dim != all.end()) {
      std::vector<std::string> path;
      evaluate(*dim->second, path);
    }
  });
}

/// The flags of every program, as runtime/program/CommandLine.cpp has them; tests/sema/program-names.test compares.
// clang-format off
static constexpr std::string_view programFlags[] = {
    "seed",    "out",   "resume", "max-steps", "limit-batches", "smoke", "log-every", "checkpoint-every",
    "dry-run", "profile", "data", "threads",   "json",          "phases", "describe", "version",
    "help",    "run",   "which",  "seconds",   "rounds",        "tokens", "cache-budget", "merged", "adapter", "data-budget", "huggingface", "vectors", "table", "by", "dtype", "stop", "to"};
// clang-format on

void checkParam(const Declared &declared, const ast::Param &param, abi::Program &program) {
  std::string flag = param.name;
  std::replace(flag.begin(), flag.end(), '_', '-');
  if (std::find(std::begin(programFlags), std::end(programFlags), flag) != std::end(programFlags))
    declared.report(Diag::ParamFlag, param.span, "param `" + param.name + "` would hide the program's own flag `--" + flag + "`")
        .help = "give it another name";
  abi::Param described;
  described.name = param.name;
  described.doc = param.doc;
  described.place = declared.place(param.span);
  Function scratch;
  Elaborator elaborator(declared.library, declared.diagnostics, scratch);
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
    declared.report(Diag::ParamValue, expr->span,
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
    described.type = !param.type.empty() ? param.type
                     : value->isInteger  ? "int"
                                         : "real";
  if (described.type != "real" && described.type != "int" && described.type != "bool") {
    declared.report(Diag::ParamValue, param.span, "param `" + param.name + "` has the type `" + described.type + "`")
        .help = "a param is `real`, `int` or `bool`";
    return;
  }
  if (param.type == "bool" && value->value != 0 && value->value != 1)
    declared.report(Diag::ParamValue, param.value->span, "param `" + param.name + "` is a bool, its default is " + text(value->value));
  if (described.type == "int" && value->value != std::floor(value->value))
    declared.report(Diag::ParamValue, param.value->span,
                    "param `" + param.name + "` is an int, its default is " + text(value->value));
  described.value = value->value;
  if (low && high) {
    described.bounded = true;
    described.low = low->value;
    described.high = high->value;
    std::string range = "[" + text(low->value) + ", " + text(high->value) + "]";
    if (low->value > high->value)
      declared.report(Diag::ParamRange, param.span, "the range " + range + " of param `" + param.name + "` is empty");
    else if (value->value < low->value || value->value > high->value)
      declared.report(Diag::ParamRange, param.value->span,
                      "the default " + text(value->value) + " of param `" + param.name + "` lies outside its range " + range);
  }
  program.params.push_back(described);
  program.scalars.insert(program.scalars.begin() + int64_t(program.params.size()) - 1, {param.name, ""});
}

}  // namespace tl
