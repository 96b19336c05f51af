// Searches for what to set. The words for methods are one table here; what they mean is in runtime/tune.
#include "compiler/sema/Tunes.h"
#include "compiler/sema/StageDescription.h"
#include "runtime/abi/StartFunction.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <cmath>

namespace tl {

namespace {

/// A word behind `by`, and what may stand in its brackets.
struct Method {
  const char *name, *proposals, *halving;
  int64_t workers; // 0: no trial depends on another
  bool hasStart;
};
// clang-format off
constexpr Method methods[] = {
    {"random",       "random",       "",          0, false},
    {"quasi_random", "quasi_random", "",          0, false},
    {"grid",         "grid",         "",          0, false},
    {"tpe",          "tpe",          "",          4, true},
    {"asha",         "tpe",          "asha",      4, true},
    {"hyperband",    "tpe",          "hyperband", 4, true},
};
// clang-format on
constexpr int64_t usualEta = 3, usualLeast = 1, usualStart = 10;
constexpr int64_t mostPrograms = 32;

std::string methodNames() {
  std::string names;
  for (const Method &method : methods)
    names += std::string(names.empty() ? "`" : ", `") + method.name + "`";
  return names;
}

std::string text(double value) { return spell(Number{value, false}); }

} // namespace

void Tunes::check(const std::vector<ast::Tune> &tunes) {
  for (const ast::Tune &tune : tunes) {
    auto first = std::find_if(tunes.begin(), tunes.end(), [&](const ast::Tune &other) { return other.stage == tune.stage; });
    if (&*first != &tune)
      declared.report(Diag::TuneForm, tune.span, "stage `" + tune.stage + "` is tuned twice").notes.push_back({first->span, "`tune " + tune.stage + "` stands here first"});
    else
      check(tune);
  }
  checkCombinations();
}

void Tunes::check(const ast::Tune &tune) {
  const size_t before = declared.errorCount();
  const StagePlan *plan = stages.trainedStage(tune.stage, tune.span);
  checkOnce(tune);
  if (!plan)
    return;
  abi::Search search;
  search.stage = tune.stage;
  search.place = declared.place(tune.span);
  for (size_t i = 0; i < tune.varied.size(); ++i) {
    const ast::Varied &varied = tune.varied[i];
    auto first = std::find_if(tune.varied.begin(), tune.varied.end(), [&](const ast::Varied &other) { return other.name == varied.name; });
    if (&*first != &varied)
      declared.report(Diag::VaryName, varied.span, "`" + varied.name + "` is varied twice").notes.push_back({first->span, "`" + varied.name + "` stands here first"});
    else if (std::optional<abi::Setting> made = setting(varied, *plan))
      search.settings.push_back(std::move(*made));
  }
  takeGoal(tune, *plan, search);
  if (!tune.methods.empty())
    takeMethod(tune.methods.front(), search);
  if (search.proposals == "grid")
    for (size_t i = 0; i < tune.varied.size(); ++i)
      if (tune.varied[i].low)
        declared.report(Diag::VaryBounds, tune.varied[i].span, "`grid` tries every value, and `" + tune.varied[i].name + "` has all between two bounds")
            .help = "say which: " + tune.varied[i].name + " in {…}; or search by random(), quasi_random() or tpe()";
  if (declared.errorCount() == before)
    takeTrials(tune, search);
  if (declared.errorCount() == before)
    checkRungs(tune, *plan, search);
  if (declared.errorCount() == before)
    draft.program.searches.push_back(std::move(search));
}

/// Each line stands once; all of them but `trials` always.
void Tunes::checkOnce(const ast::Tune &tune) const {
  auto once = [&](const char *key, size_t count, auto spanOf, const char *help) {
    if (count == 0 && help)
      declared.report(Diag::TuneForm, tune.span, "`tune " + tune.stage + "` has no `" + key + "`").help = help;
    if (count > 1)
      declared.report(Diag::TuneForm, spanOf(1), "`" + std::string(key) + "` is given twice").notes.push_back({spanOf(0), "`" + std::string(key) + "` stands here first"});
  };
  once("vary", std::min<size_t>(tune.varied.size(), 1), [&](size_t) { return tune.span; }, "say what is tried: vary lr in log [1e-5, 1e-2]");
  once("minimise", tune.goals.size(), [&](size_t i) { return tune.goals[i].span; }, "say what decides: minimise val.loss");
  once("by", tune.methods.size(), [&](size_t i) { return tune.methods[i].span; }, "say how it searches: by tpe(), or by asha(eta = 3)");
  once("trials", tune.trials.size(), [&](size_t i) { return tune.trials[i].span; }, nullptr);
}

// ---- what is varied

const abi::Param *Tunes::paramOf(const ast::Varied &varied) const {
  std::vector<std::string> known;
  for (const abi::Param &param : draft.program.params) {
    if (param.name == varied.name)
      return &param;
    known.push_back(param.name);
  }
  if (declared.library.params.count(varied.name))
    return nullptr; // which has been told
  for (const auto &[name, dim] : dims.all)
    known.push_back(name);
  std::string near = nearest(varied.name, known);
  Diagnostic &told = declared.report(Diag::VaryName, varied.span, "`" + varied.name + "` is neither a param nor a dim, so no trial could set it" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
  told.help = near.empty() ? "declare it, and use it in the stage: param " + varied.name + " = …" : "";
  return nullptr;
}

/// Whether any function of the stage, or its length, depends on a param.
bool Tunes::isRead(const std::string &param, const StagePlan &plan) const {
  const abi::Stage &stage = draft.program.stages[size_t(plan.index)];
  std::set<std::string> own = {stage.initFunction, abi::startFunctionOf(stage.name), stage.evaluateFunction};
  for (const abi::Phase &phase : stage.phases) {
    if (phase.epochsParam == param)
      return true;
    own.insert({phase.stepFunction, phase.updateFunction});
  }
  for (const abi::Data &data : draft.program.data)
    for (const abi::Fit &fit : data.fits)
      if (data.name == stage.data)
        own.insert(fit.function);
  for (const abi::Beside &beside : stage.beside) {
    own.insert(beside.evaluateFunction);
    for (const abi::Fit &fit : beside.fits)
      own.insert(fit.function);
  }
  for (const Function &function : draft.functions)
    if (own.count(function.name))
      for (const Node &node : function.nodes)
        if (node.op == Op::Scalar && node.attributes.name == param)
          return true;
  return false;
}

/// The value that the script, or who checks one of its variants, says. Of what is computed there is none to replace.
std::optional<double> Tunes::ownValue(const ast::Varied &varied, const ast::Dim &dim) const {
  const ast::Expr &value = *dim.value;
  bool isLiteral = value.kind == ast::Expr::Kind::Number || (value.kind == ast::Expr::Kind::Unary && value.operands[0]->kind == ast::Expr::Kind::Number);
  if (!isLiteral) {
    Diagnostic &told = declared.report(Diag::VaryName, varied.span, "dim `" + varied.name + "` is computed, so no trial could set it");
    told.notes.push_back({dim.span, "`" + varied.name + "` is declared here"});
    told.help = "declare it as a number, or vary what it is computed from";
    return std::nullopt;
  }
  const auto *number = std::get_if<Number>(&declared.library.constants.at(varied.name));
  return number ? std::optional(number->value) : std::nullopt;
}

std::optional<abi::Setting> Tunes::settingOfDim(const ast::Varied &varied, const ast::Dim &dim, const StagePlan &plan) {
  auto before = std::find_if(variedHere.begin(), variedHere.end(), [&](const VariedDim &other) { return other.dim == &dim; });
  if (before != variedHere.end()) {
    declared.report(Diag::VaryName, varied.span, "dim `" + varied.name + "` is varied by two searches, and the second would undo what the first has found").notes.push_back({before->varied->span, "`" + varied.name + "` stands here first"});
    return std::nullopt;
  }
  if (varied.low) {
    declared.report(Diag::VaryBounds, varied.span, "`" + varied.name + "` is a dim, and each of its values is a program of its own, so they are listed").help = "say which: " + varied.name + " in {…}";
    return std::nullopt;
  }
  std::optional<double> own = ownValue(varied, dim);
  abi::Setting made;
  made.name = varied.name;
  made.place = declared.place(varied.span);
  if (!own || !takeChoices(varied, nullptr, made))
    return std::nullopt;
  if (std::find(made.values.begin(), made.values.end(), *own) == made.values.end()) {
    Diagnostic &told = declared.report(Diag::VaryName, varied.span, "dim `" + varied.name + "` is " + text(*own) + " in the script, which is none of the values that are tried");
    told.notes.push_back({dim.span, "`" + varied.name + "` is declared here"});
    told.help = "write dim " + varied.name + " = " + text(made.values.front()) + ", or list " + text(*own) + " too";
    return std::nullopt;
  }
  variedHere.push_back({&varied, &dim, size_t(plan.index), *own, made.values});
  return made;
}

/// Each is compiled.
void Tunes::checkCombinations() const {
  int64_t programs = 1;
  for (const VariedDim &each : variedHere) {
    programs *= std::ssize(each.values);
    if (programs > mostPrograms) {
      declared.report(Diag::VaryBounds, each.varied->span, "the dims that are varied have " + std::to_string(programs) + " combinations of values or more, each of which is a program; " + std::to_string(mostPrograms) + " are the most").help = "list fewer values";
      return;
    }
  }
}

std::optional<abi::Setting> Tunes::setting(const ast::Varied &varied, const StagePlan &plan) {
  if (auto dim = dims.all.find(varied.name); dim != dims.all.end())
    return settingOfDim(varied, *dim->second, plan);
  const abi::Param *param = paramOf(varied);
  if (!param)
    return std::nullopt;
  abi::Setting made;
  made.name = param->name;
  made.place = declared.place(varied.span);
  if (!varied.scale.empty() && varied.scale != "log") {
    declared.report(Diag::VaryBounds, varied.scaleSpan, "expected `log` before `[`, found `" + varied.scale + "`").help = "write " + varied.name + " in log […] for what is alike by its ratio, such as a rate, else " + varied.name + " in […]";
    return std::nullopt;
  }
  if (!(varied.low ? takeBounds(varied, *param, made) : takeChoices(varied, param, made)))
    return std::nullopt;
  if (plan.isSound && !isRead(varied.name, plan)) {
    declared.report(Diag::VaryUnread, varied.span, "no value of `" + varied.name + "` would change stage `" + plan.ast->name + "`, which does not read it")
        .notes.push_back({declared.library.params.at(varied.name)->span, "`" + varied.name + "` is declared here"});
    return std::nullopt;
  }
  return made;
}

/// Whether a param can have a value.
bool Tunes::isTaken(double value, ast::Span span, const ast::Varied &varied, const abi::Param &param) const {
  if (param.type == "int" && value != std::floor(value)) {
    declared.report(Diag::VaryBounds, span, "param `" + varied.name + "` is an int, this is " + text(value)).help = "write a whole number";
    return false;
  }
  if (param.type == "bool" && value != 0 && value != 1) {
    declared.report(Diag::VaryBounds, span, "param `" + varied.name + "` is a bool, this is " + text(value)).help = "write " + varied.name + " in {true, false}";
    return false;
  }
  if (!param.bounded || (value >= param.low && value <= param.high))
    return true;
  declared.report(Diag::VaryBounds, span, text(value) + " lies outside the range [" + text(param.low) + ", " + text(param.high) + "] of param `" + varied.name + "`")
      .notes.push_back({declared.library.params.at(varied.name)->span, "`" + varied.name + "` is declared here"});
  return false;
}

bool Tunes::takeBounds(const ast::Varied &varied, const abi::Param &param, abi::Setting &into) const {
  if (param.type == "bool") {
    declared.report(Diag::VaryBounds, varied.span, "param `" + varied.name + "` is a bool, which has nothing between two bounds").help = "write " + varied.name + " in {true, false}";
    return false;
  }
  std::string what = "a bound of `" + varied.name + "`";
  std::optional<double> low = declared.number(*varied.low, what), high = declared.number(*varied.high, what);
  if (!low || !high || !isTaken(*low, varied.low->span, varied, param) || !isTaken(*high, varied.high->span, varied, param))
    return false;
  into.isLog = !varied.scale.empty();
  std::string shown = "[" + text(*low) + ", " + text(*high) + "]";
  if (*low >= *high) {
    declared.report(Diag::VaryBounds, varied.low->span, *low == *high ? "`" + varied.name + "` in " + shown + " has one value, so that it is not varied" : "the bounds " + shown + " of `" + varied.name + "` are the wrong way round")
        .help = *low == *high ? "leave it out, and set it where the param is declared" : "write " + varied.name + " in " + (into.isLog ? "log " : "") + "[" + text(*high) + ", " + text(*low) + "]";
    return false;
  }
  if (into.isLog && *low <= 0) {
    declared.report(Diag::VaryBounds, varied.low->span, "`log` goes by ratios, and there is none to " + text(*low)).help = "write a bound above 0, such as " + text(*high / 1000) + ", or " + varied.name + " in " + shown + " without `log`";
    return false;
  }
  into.low = *low;
  into.high = *high;
  return true;
}

/// `param`: null of a dim.
std::optional<double> Tunes::choiceOf(const ast::Expr &choice, const ast::Varied &varied, const abi::Param *param) const {
  bool isTruth = choice.kind == ast::Expr::Kind::Bool;
  if (isTruth && (!param || param->type != "bool")) {
    declared.report(Diag::VaryBounds, choice.span, (param ? "param `" : "dim `") + varied.name + "` is " + (!param ? "a number" : param->type == "int" ? "an int"
                                                                                                                                                       : "a real") +
                                                       ", and this is a bool");
    return std::nullopt;
  }
  std::optional<double> value = isTruth ? choice.number : declared.number(choice, "a value of `" + varied.name + "`");
  return value && (!param || isTaken(*value, choice.span, varied, *param)) ? value : std::nullopt;
}

bool Tunes::takeChoices(const ast::Varied &varied, const abi::Param *param, abi::Setting &into) const {
  for (const ast::ExprPtr &choice : varied.choices) {
    std::optional<double> value = choiceOf(*choice, varied, param);
    if (!value)
      return false;
    if (std::find(into.values.begin(), into.values.end(), *value) != into.values.end()) {
      declared.report(Diag::VaryBounds, choice->span, "`" + varied.name + "` has the value " + text(*value) + " twice").help = "leave one of them out";
      return false;
    }
    into.values.push_back(*value);
  }
  if (into.values.size() > 1)
    return true;
  declared.report(Diag::VaryBounds, varied.span, "`" + varied.name + "` has one value, so that it is not varied").help = "leave it out, and set it where it is declared";
  return false;
}

// ---- what decides, and how it goes on

void Tunes::takeGoal(const ast::Tune &tune, const StagePlan &plan, abi::Search &into) const {
  if (tune.goals.empty())
    return;
  const ast::Tune::Goal &goal = tune.goals.front();
  std::string key = goal.isGreatest ? "maximise" : "minimise", shown = goal.watched.split + "." + goal.watched.metric;
  if (goal.watched.split == "test") { // also where the stage has mistakes of its own
    declared.report(Diag::SplitMisuse, goal.watched.span, "`tune` reads the `test` split of `" + plan.ast->data + "`; only `train` and `val` may be read before `test`")
        .help = plan.data && plan.data->split("val") ? "write `val." + goal.watched.metric + "`" : "split off a `val` part: split train 0.9, val 0.1 by hash";
    return;
  }
  if (!plan.isSound)
    return;
  const size_t before = declared.errorCount();
  into.goal = StageDescription::watch(declared, plan, key, goal.span, goal.watched);
  if (declared.errorCount() == before && into.goal.higher != goal.isGreatest)
    declared.report(Diag::TuneForm, goal.span, "of `" + shown + "`, " + (into.goal.higher ? "higher" : "lower") + " is better, and `" + key + "` looks for the worst")
        .help = "write " + std::string(into.goal.higher ? "maximise " : "minimise ") + shown;
}

void Tunes::takeMethod(const ast::Tune::Key &key, abi::Search &into) const {
  std::optional<Callee> callee = declared.calleeOf(*key.value, "way to search");
  if (!callee)
    return;
  const Method *method = nullptr;
  std::vector<std::string> known;
  for (const Method &each : methods) {
    known.emplace_back(each.name);
    if (callee->name == each.name)
      method = &each;
  }
  if (!method) {
    std::string near = nearest(callee->name, known);
    declared.report(Diag::TuneForm, callee->span, "there is no way to search `" + callee->name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?")).help = "there are " + methodNames();
    return;
  }
  into.proposals = method->proposals;
  into.halving = method->halving;
  into.workers = method->workers;
  into.start = method->hasStart ? usualStart : 0;
  into.eta = into.halving.empty() ? 0 : usualEta;
  into.least = into.halving.empty() ? 0 : usualLeast;
  for (const ast::Argument &argument : *callee->arguments) {
    ast::Span at = argument.name.empty() ? argument.value->span : argument.nameSpan;
    bool isHalving = !into.halving.empty(), isName = argument.value->kind == ast::Expr::Kind::Name;
    if (isHalving && argument.name == "proposals" && isName && (argument.value->text == "tpe" || argument.value->text == "random" || argument.value->text == "quasi_random")) {
      into.proposals = argument.value->text;
      continue;
    }
    int64_t *number = isHalving && argument.name == "eta"                 ? &into.eta
                      : isHalving && argument.name == "least"             ? &into.least
                      : method->hasStart && argument.name == "start"      ? &into.start
                      : method->workers > 0 && argument.name == "workers" ? &into.workers
                                                                          : nullptr;
    if (!number) {
      declared.report(Diag::TuneForm, at, argument.name == "proposals" && isHalving ? "what `" + std::string(method->name) + "` tries is proposed by `tpe`, `random` or `quasi_random`" : argument.name.empty() ? "what stands in the brackets of `" + std::string(method->name) + "` has a name"
                                                                                                                                                                                                                : "`" + std::string(method->name) + "` has no `" + argument.name + "`")
          .help = isHalving          ? "write by " + std::string(method->name) + "(eta = 3, least = 1, workers = 4, start = 10, proposals = tpe), or a part of it"
                  : method->hasStart ? "write by " + std::string(method->name) + "(start = 10, workers = 4), or a part of it"
                                     : "write by " + std::string(method->name) + "()";
      continue;
    }
    std::optional<int64_t> value = declared.integer(*argument.value, "`" + argument.name + "`");
    int64_t least = number == &into.eta ? 2 : 1, most = number == &into.workers ? 1024 : 1'000'000;
    if (value && (*value < least || *value > most))
      declared.report(Diag::TuneForm, argument.value->span, "`" + argument.name + "` is " + std::to_string(*value) + "; it is from " + std::to_string(least) + " to " + std::to_string(most));
    else if (value)
      *number = *value;
  }
}

void Tunes::takeTrials(const ast::Tune &tune, abi::Search &into) const {
  constexpr int64_t most = 100'000;
  int64_t all = 1;
  for (const abi::Setting &setting : into.settings)
    all = std::min(all * std::max<int64_t>(1, std::ssize(setting.values)), most + 1);
  bool isGrid = into.proposals == "grid";
  if (tune.trials.empty()) {
    if (!isGrid)
      declared.report(Diag::TuneForm, tune.span, "`tune " + tune.stage + "` has no `trials`").help = "say how many settings are tried: trials 40";
    else if (all > most)
      declared.report(Diag::TuneForm, tune.span, "`grid` would try more than " + withCommas(most) + " settings").help = "vary less, or search by tpe()";
    into.trials = all;
    return;
  }
  const ast::Expr &given = *tune.trials.front().value;
  std::optional<int64_t> trials = declared.integer(given, "`trials`");
  if (!trials)
    return;
  if (*trials < 1 || *trials > most)
    declared.report(Diag::TuneForm, given.span, "`trials` is " + std::to_string(*trials) + "; a search has from 1 to " + withCommas(most));
  else if (isGrid && *trials != all)
    declared.report(Diag::TuneForm, given.span, "`grid` tries each of " + withCommas(all) + " settings, `trials` says " + std::to_string(*trials)).help = "leave `trials` out";
  into.trials = *trials;
}

/// Who stops trials early needs epochs to do it after, the same ones for all trials.
void Tunes::checkRungs(const ast::Tune &tune, const StagePlan &plan, const abi::Search &search) const {
  if (search.halving.empty() || !plan.isSound)
    return;
  int64_t epochs = 0;
  bool isKnown = true;
  for (const abi::Phase &phase : draft.program.stages[size_t(plan.index)].phases) {
    for (const ast::Varied &varied : tune.varied)
      if (varied.name == phase.epochsParam)
        declared.report(Diag::TuneForm, varied.span, "`" + search.halving + "` compares trials after equally many epochs, and `" + varied.name + "` is how long a phase is").help = "leave it out, or search by tpe()";
    isKnown = isKnown && phase.epochs > 0 && phase.epochsParam.empty();
    epochs += phase.turn == 0 ? phase.epochs : 0;
  }
  if (isKnown && search.least * search.eta > epochs)
    declared.report(Diag::TuneForm, tune.methods.front().span,
                    "`" + search.halving + "` looks first after " + counted(search.least, "epoch") + " and then after " + std::to_string(search.least * search.eta) + ", and stage `" + tune.stage + "` has " + counted(epochs, "epoch"))
        .help = "train it for longer, or search by tpe()";
}

}  // namespace tl
