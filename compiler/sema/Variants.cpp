// The programs of a script with other values of the dims that its searches vary.
#include "compiler/sema/Variants.h"
#include "compiler/sema/Checker.h"
#include "compiler/sema/Parts.h"
#include <algorithm>

namespace tl {

std::vector<ScriptProgram> Variants::allWith(std::unique_ptr<CheckedProgram> own) {
  Combination scripts;
  for (const VariedDim &dim : varied)
    scripts.push_back(dim.own);
  tried.push_back(std::move(scripts));
  programs.push_back(std::move(own));
  for (const Combination &values : combinations())
    if (values != tried.front() && !add(values))
      return {}; // what is wrong with one is mostly wrong with the next
  requireShared();
  requireRead();
  if (diagnostics.hasErrors())
    return {};
  std::vector<std::string> names;
  for (const Combination &values : tried)
    names.push_back(textOf(values));
  if (programs.size() > 1)
    digestTogether(programs, names);
  std::vector<ScriptProgram> all;
  for (size_t i = 0; i < programs.size(); ++i)
    all.push_back({dimsOf(tried[i]), std::move(programs[i])});
  return all;
}

/// The last dim's values change first.
std::vector<Variants::Combination> Variants::combinations() const {
  std::vector<Combination> all = {{}};
  for (const VariedDim &dim : varied) {
    std::vector<Combination> longer;
    for (const Combination &each : all)
      for (double value : dim.values) {
        longer.push_back(each);
        longer.back().push_back(value);
      }
    all = std::move(longer);
  }
  return all;
}

std::map<std::string, double> Variants::dimsOf(const Combination &values) const {
  std::map<std::string, double> dims;
  for (size_t i = 0; i < varied.size(); ++i)
    dims[varied[i].dim->name] = values[i];
  return dims;
}

/// "depth = 4, width = 8", of the values that are not the script's own.
std::string Variants::textOf(const Combination &values) const {
  std::string text;
  for (size_t i = 0; i < varied.size(); ++i)
    if (values[i] != varied[i].own)
      text += (text.empty() ? "" : ", ") + varied[i].dim->name + " = " + spell(Number{values[i], false});
  return text;
}

bool Variants::add(const Combination &values) {
  Diagnostics found(diagnostics.sources()); // the same files, as what is made of them says its places by their numbers
  std::unique_ptr<CheckedProgram> checked = Checker(options, found, dimsOf(values)).run(scriptPath);
  relay(found, "with " + textOf(values) + ": ");
  if (!checked)
    return false;
  programs.push_back(std::move(checked));
  tried.push_back(values);
  return true;
}

/// The place in the file as it was read first.
ast::Span Variants::here(ast::Span span) const {
  const SourceFiles &sources = diagnostics.sources();
  for (int file = 0; file < span.file; ++file)
    if (sources.name(file) == sources.name(span.file)) {
      span.file = file;
      break;
    }
  return span;
}

/// What has been said of the script is not said again.
void Variants::relay(const Diagnostics &found, const std::string &with) {
  for (const auto &each : found.all()) {
    ast::Span span = here(each->span);
    auto isSame = [&](const auto &known) { return known->kind == each->kind && known->span.file == span.file && known->span.line == span.line && known->span.column == span.column; };
    if (std::any_of(diagnostics.all().begin(), diagnostics.all().end(), isSame))
      continue;
    Diagnostic &told = diagnostics.report(each->kind, span, with + each->message);
    told.help = each->help;
    for (const Diagnostic::Note &note : each->notes)
      told.notes.push_back({here(note.span), note.message});
    for (const ast::Span &more : each->more)
      told.more.push_back(here(more));
  }
}

const Variants::Parts &Variants::partsOf(const Combination &values) const {
  return programs[size_t(std::find(tried.begin(), tried.end(), values) - tried.begin())]->program.parts;
}

const Variants::Parts &Variants::partsWithOwn(Combination values, size_t dim) const {
  values[dim] = varied[dim].own;
  return partsOf(values);
}

/// The stage that a part is of, as digestParts names it; "" of one that is of none.
static std::string stageOf(const std::string &part) {
  const std::string before = "stage `";
  size_t at = part.rfind(before);
  return at == std::string::npos ? "" : part.substr(at + before.size(), part.size() - at - before.size() - 1);
}

/// What is there before the trials is the same for all of them. Held to that one dim at a time, so that a message names the one that is to blame.
void Variants::requireShared() {
  const std::vector<abi::Stage> &stages = programs.front()->program.stages;
  auto indexOf = [&](const std::string &name) { return size_t(std::find_if(stages.begin(), stages.end(), [&](const abi::Stage &stage) { return stage.name == name; }) - stages.begin()); };
  for (const Combination &values : tried)
    for (size_t i = 0; i < varied.size(); ++i) {
      const Parts &there = partsWithOwn(values, i);
      for (const auto &[part, digest] : partsOf(values)) {
        std::string stage = stageOf(part);
        bool isShared = stage.empty() || indexOf(stage) < varied[i].stage;
        if (auto known = there.find(part); isShared && (known == there.end() || known->second != digest))
          return reportShared(varied[i], part);
      }
    }
}

void Variants::reportShared(const VariedDim &dim, const std::string &part) {
  const std::string name = "`" + dim.dim->name + "`", search = "`tune " + script.stages[dim.stage].name + "`", stage = stageOf(part);
  auto [why, help] = !stage.empty()                ? std::pair("stage `" + stage + "` depends on " + name + ", and is trained once, before the trials of " + search, "vary " + name + " in `tune " + stage + "`")
                     : part.starts_with("`data ")  ? std::pair(part + " depends on " + name + ", and is read once for all trials of " + search, "compile the script once for each value of " + name)
                     : part.starts_with("`param ") ? std::pair(part + " depends on " + name + ", and all trials of " + search + " have one", std::string("declare it by numbers"))
                                                   : std::pair(part + " depends on " + name + ", and there is one for all its trials", std::string("write it by numbers"));
  Diagnostic &told = diagnostics.report(Diag::VaryName, dim.varied->span, why);
  told.help = help;
  for (const ast::Stage &each : script.stages)
    if (each.name == stage)
      told.notes.push_back({each.span, "stage `" + stage + "` is declared here"});
  for (const ast::Data &each : script.datas)
    if (part == "`data " + each.name + "`")
      told.notes.push_back({each.span, part + " is declared here"});
  for (const ast::Param &each : script.params)
    if (part == "`param " + each.name + "`")
      told.notes.push_back({each.span, part + " is declared here"});
}

/// Of each dim some value is to make another stage than the script's own.
void Variants::requireRead() {
  for (size_t i = 0; i < varied.size(); ++i) {
    const std::string &searched = script.stages[varied[i].stage].name;
    bool isRead = false;
    for (const Combination &values : tried) {
      const Parts &there = partsWithOwn(values, i);
      for (const auto &[part, digest] : partsOf(values))
        if (auto known = there.find(part); stageOf(part) == searched)
          isRead = isRead || known == there.end() || known->second != digest;
    }
    if (!isRead)
      diagnostics.report(Diag::VaryUnread, varied[i].varied->span, "no value of `" + varied[i].dim->name + "` would change stage `" + searched + "`, which does not depend on it")
          .notes.push_back({varied[i].dim->span, "`" + varied[i].dim->name + "` is declared here"});
  }
}

} // namespace tl
