// `X from checkpoint`: what is on both sides. LoadAccount says what of it is loaded, new or ignored.
#include "compiler/weights/LoadAccount.h"
#include "compiler/values/KeptRows.h"
#include "compiler/values/Record.h"
#include "compiler/weights/Weights.h"
#include "runtime/weights/WeightFile.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <cmath>
#include <utility>

namespace tl {

namespace {

/// `ae.best.enc.net[0]` as its steps; nullopt for anything else.
std::optional<std::vector<PathPart>> flatten(const ast::Expr &expr) {
  using Kind = ast::Expr::Kind;
  if (expr.kind == Kind::Name)
    return std::vector<PathPart>{{expr.text, -1}};
  if (expr.kind != Kind::Member && expr.kind != Kind::Index)
    return std::nullopt;
  std::optional<std::vector<PathPart>> path = flatten(*expr.operands[0]);
  if (!path)
    return std::nullopt;
  if (expr.kind == Kind::Member) {
    path->push_back({expr.text, -1});
    return path;
  }
  for (const ast::IndexItem &item : expr.items) {
    bool isNumber = item.kind == ast::IndexItem::Kind::At && item.start && item.start->kind == Kind::Number;
    if (!isNumber || item.start->number < 0)
      return std::nullopt;
    path->push_back({"", int64_t(item.start->number)});
  }
  return path;
}

/// `ae.best` of `ae.best.enc.net[0]`, `ae.tuned.best` of what begins so.
ast::Span checkpointSpan(const ast::Expr &source, bool isTuned) {
  std::vector<const ast::Expr *> parts = {&source};
  while (parts.back()->kind != ast::Expr::Kind::Name)
    parts.push_back(parts.back()->operands[0].get());
  const ast::Expr *which = parts[parts.size() - (isTuned ? 3 : 2)];
  ast::Span span = parts.back()->span;
  if (which->span.line == span.line)
    span.length = which->span.column + which->span.length - span.column;
  return span;
}

}  // namespace

/// Whether a checkpoint or a file stands in it, which numbers may be multiplied with.
static bool namesWeights(const ast::Expr &expr) {
  using Kind = ast::Expr::Kind;
  if (expr.kind == Kind::Unary || expr.kind == Kind::Binary)
    return std::any_of(expr.operands.begin(), expr.operands.end(), [](const ast::ExprPtr &operand) { return namesWeights(*operand); });
  return expr.kind == Kind::String || expr.kind == Kind::Member || expr.kind == Kind::Index;
}

/// `(a.best + b.best) / 2` as what is added up, and how often each; false after an error.
bool Loads::addShares(const ast::Expr &expr, double factor, std::vector<Share> &into) const {
  using Kind = ast::Expr::Kind;
  const bool isSum = expr.kind == Kind::Binary && (expr.text == "+" || expr.text == "-");
  if (expr.kind == Kind::Unary && expr.text == "-")
    return addShares(*expr.operands[0], -factor, into);
  if (isSum)
    return addShares(*expr.operands[0], factor, into) && addShares(*expr.operands[1], expr.text == "-" ? -factor : factor, into);
  if (expr.kind != Kind::Binary) {
    into.push_back({&expr, factor});
    return true;
  }
  const bool isLeft = namesWeights(*expr.operands[0]), isRight = namesWeights(*expr.operands[1]);
  if (isLeft == isRight || (expr.text != "*" && (expr.text != "/" || isRight))) {
    declared.report(Diag::LoadMix, expr.span, "weights are added up, and multiplied or divided by numbers; `" + expr.text + "` of them is no sum").help = "(a.best + b.best) / 2, or 0.7 * a.best + 0.3 * b.best";
    return false;
  }
  std::optional<double> number = declared.number(*expr.operands[isLeft ? 1 : 0], "how often weights count");
  return number && addShares(*expr.operands[isLeft ? 0 : 1], expr.text == "/" ? factor / *number : factor * *number, into);
}

/// What is mixed is made of numbers that can be, and of nothing that starts anew.
void Loads::checkMix(const StageWeights &stage, const ast::Expr &source, const abi::Load &load) const {
  for (const abi::LoadedTensor &tensor : load.tensors) {
    const TreeEntry *mine = stage.tree.find(tensor.path);
    bool startsAnew = std::any_of(tensor.steps.begin(), tensor.steps.end(), [](const abi::LoadStep &step) { return step.op == "new" || step.op == "rows"; });
    if (startsAnew || (mine && !isReal(mine->type.dtype))) {
      declared.report(Diag::LoadMix, source.span, "`" + tensor.path + "` " + (startsAnew ? "is loaded in part, and starts anew in part" : "holds whole numbers") + ", so that it is no sum of checkpoints").help =
          "load it from one of them, in a layer of its own, or start it anew: { new: … }";
      return;
    }
  }
}

std::string Loads::Made::source() const {
  std::string text;
  for (const abi::Load &load : loads)
    text += (text.empty() ? "" : " + ") + sourceOf(load);
  return text;
}

/// Whether nothing of it is as it would be without this load.
static bool isWhole(const abi::LoadedTensor &tensor) {
  return std::none_of(tensor.steps.begin(), tensor.steps.end(), [](const abi::LoadStep &step) { return step.op == "new"; });
}

void Loads::resolve(StageWeights &stage, abi::Stage &into) const {
  std::vector<Made> all; // of a layer before what holds it: what that leaves to start as it would is then there
  std::set<const Instance *> seen;
  loadInside(stage, *stage.instance, seen, all);
  std::map<std::string, size_t> lastOf; // by path, the last that loads all of a weight
  for (size_t i = 0; i < all.size(); ++i)
    for (const abi::LoadedTensor &tensor : all[i].loads.front().tensors)
      if (isWhole(tensor))
        lastOf[tensor.path] = i;
  std::set<std::string> loaded;
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t share = 0; share < all[i].loads.size(); ++share) {
      abi::Load &load = all[i].loads[share];
      std::vector<abi::LoadedTensor> own;
      std::map<size_t, std::vector<abi::LoadedTensor>> instead; // by the place in `all` of what loads them
      for (abi::LoadedTensor &tensor : std::exchange(load.tensors, {})) {
        auto last = lastOf.find(tensor.path);
        bool isOwn = last == lastOf.end() || last->second <= i;
        if (isOwn)
          loaded.insert(tensor.path);
        (isOwn ? own : instead[last->second]).push_back(std::move(tensor));
      }
      for (auto &[by, tensors] : instead) {
        abi::Overridden &made = into.overridden.emplace_back(load, all[by].source());
        made.load.tensors = std::move(tensors);
      }
      if (own.empty() && !instead.empty())
        continue;
      load.tensors = std::move(own);
      into.loads.push_back(std::move(load));
      stage.loadSpans.push_back(all[i].spans[share]);
    }
  for (abi::Load &load : into.loads) // what one leaves to start anew, another may load
    std::erase_if(load.fresh, [&](const std::string &path) { return loaded.contains(path); });
}

void Loads::loadInside(const StageWeights &stage, const Instance &instance, std::set<const Instance *> &seen, std::vector<Made> &into) const {
  if (!seen.insert(&instance).second)
    return;
  for (const std::shared_ptr<Instance> &child : instance.children)
    loadInside(stage, *child, seen, into);
  if (Made made = instance.from ? loadsOf(stage, instance) : Made(); !made.loads.empty())
    into.push_back(std::move(made));
}

Loads::Made Loads::loadsOf(const StageWeights &stage, const Instance &instance) const {
  Made made;
  std::vector<Share> shares;
  if (instance.published)
    shares.push_back({instance.from->operands[1].get(), 1});
  else if (!addShares(*instance.from->operands[1], 1, shares))
    return made;
  for (const Share &share : shares)
    if (std::optional<abi::Load> one = load(stage, instance, *share.source)) {
      one->factor = share.factor;
      one->isAdded = &share != &shares.front();
      if (!one->isAdded && (shares.size() > 1 || share.factor != 1))
        checkMix(stage, *share.source, *one); // of the others it would be said again
      made.loads.push_back(std::move(*one));
      made.spans.push_back(share.source->span);
    }
  return made;
}

/// The items of a list of texts; else nothing.
static std::vector<std::string> textsOf(const Value &value) {
  std::vector<std::string> texts;
  if (const auto *list = std::get_if<std::shared_ptr<List>>(&value))
    for (const Value &item : (*list)->items)
      if (const std::string *text = std::get_if<std::string>(&item))
        texts.push_back(*text);
  return texts;
}

/// Whole numbers and texts, or two texts: as it is read, and as it is published again. nullopt after an error.
std::optional<RemapArguments> Loads::remapArguments(const ast::Definition &remap, const Callee &callee, const Values &names) const {
  Function scratch;
  std::optional<Values> values =
      Elaborator(declared.library, declared.diagnostics, scratch).bindArguments(remap, *callee.arguments, names, {}, callee.span);
  if (!values)
    return std::nullopt;
  RemapArguments made;
  for (const auto &[name, value] : *values) {
    const Number *number = std::get_if<Number>(&value);
    if (const std::string *text = std::get_if<std::string>(&value)) {
      made.texts[name] = made.published[name] = *text;
    } else if (const auto pair = textsOf(value); pair.size() == 2) {
      made.texts[name] = pair[0];
      made.published[name] = pair[1];
    } else if (number && number->value == std::floor(number->value) && std::abs(number->value) < 1e9) {
      made.numbers[name] = int64_t(number->value);
    } else {
      declared.report(Diag::ValueKind, callee.span,
                      "`" + name + "` of the remap `" + remap.name + "` is " + describe(value) + "; it must be a whole number, a text, or a list of two: as it is read, and as it is published again");
      return std::nullopt;
    }
  }
  return made;
}

std::shared_ptr<const weights::WeightFile> WeightFiles::open(const std::string &path) {
  std::shared_ptr<const weights::WeightFile> &file = opened[path];
  if (!file)
    file = std::make_shared<const weights::WeightFile>(path);
  return file;
}

/// What a file has; false after an error.
bool Loads::openFile(const std::string &name, const ast::Expr &source, Origin &origin, abi::Load &load) const try {
  load.file = origin.name = origin.checkpoint = name;
  std::shared_ptr<const weights::WeightFile> opened = files.open(data::findFile(name, declared.library.scriptFolder));
  const weights::WeightFile &file = *opened;
  origin.vectors = file.words() ? opened : nullptr;
  load.openBytes = file.words() ? file.words()->bytes() : 0;
  load.digest = file.digest();
  for (const weights::TensorInfo *tensor : file.tensors()) {
    std::string path = joinPath(splitPath(tensor->name));
    if (auto known = origin.byPath.find(path); known != origin.byPath.end()) {
      declared.report(Diag::LoadFile, source.span,
                      "`" + name + "` has the tensors `" + origin.tensors[known->second].name + "` and `" + tensor->name +
                          "`, which are one path here");
      return false;
    }
    origin.tree.addLeaf(tensor->name, {DType::F32, tensor->shape});
    origin.add({tensor->name, tensor->name, tensor->dtype, tensor->shape, nullptr, file.vocabularyOf(tensor->name)});
  }
  return true;
} catch (const Error &error) {
  declared.report(Diag::LoadFile, source.span, error.message);
  return false;
}

/// What a stage before this one has trained; false after an error.
bool Loads::openStage(const ast::Expr &source, Origin &origin, abi::Load &load) const {
  std::optional<std::vector<PathPart>> path = flatten(source);
  bool isTuned = path && path->size() > 2 && (*path)[1].name == "tuned";
  size_t which = isTuned ? 2 : 1;
  if (!path || path->size() <= which || (*path)[1].index >= 0 || (*path)[which].index >= 0) {
    declared.report(Diag::LoadSource, source.span, "weights come from a checkpoint or a file")
        .help = "write STAGE.best.PATH, STAGE.last.PATH or \"file.safetensors\"";
    return false;
  }
  ast::Checkpoint checkpoint{checkpointSpan(source, isTuned), (*path)[0].name, (*path)[which].name, isTuned};
  const StageWeights *other = trained(checkpoint, load.which);
  if (!other || !other->instance)
    return false;
  load.stage = checkpoint.stage;
  origin.checkpoint = checkpoint.stage + (isTuned ? ".tuned." : ".") + checkpoint.which;
  std::vector<PathPart> prefix(path->begin() + std::ptrdiff_t(which) + 1, path->end());
  std::string inside = joinPath(prefix);
  origin.name = origin.checkpoint + (inside.empty() ? "" : "." + inside);
  origin.tree = other->tree.under(prefix);
  for (const TreeEntry &entry : origin.tree.entries)
    if (entry.isLeaf)
      origin.add({entry.path, entry.leaf->path, nameOf(isKeptInBytes(entry.type) ? DType::F32 : entry.type.dtype), entry.type.shape, entry.leaf, // as checkpoints hold it
                  other->vocabularyOf(entry.leaf->path)});
  if (!origin.tree.entries.empty())
    return true;
  std::vector<std::string> known = other->tree.nodePaths();
  std::string near = nearest(inside, known);
  declared.report(Diag::LoadSource, source.span,
                  "`" + origin.checkpoint + "` has no `" + inside + "`" +
                      (near.empty() ? "" : "; did you mean `" + near + "` " + other->tree.sizeText(near) + "?"))
      .notes.push_back({other->ast->span, "stage `" + checkpoint.stage + "` " + (other->ast->trains() ? "trains" : "loads") + " `" + other->ast->model + "`"});
  return false;
}

std::optional<abi::Load> Loads::load(const StageWeights &stage, const Instance &instance, const ast::Expr &source) const {
  const ast::Expr &from = *instance.from;
  abi::Load load;
  load.place = declared.place(instance.published ? instance.published->of->given : from.span);
  load.layer = instance.path;
  Origin origin;
  if (instance.published) {
    std::string file = weightsOf(*instance.published->of);
    if (file.empty())
      declared.report(Diag::ConfigFile, instance.published->of->given,
                      "`" + instance.published->of->path + "` has no weights: there is none of " + weightFileList());
    if (file.empty() || !openFile(file, source, origin, load))
      return std::nullopt;
    load.config = instance.published->of->config.dump();
    load.files = declared.library.publishedFiles[instance.published->of->path];
  } else if (!(source.kind == ast::Expr::Kind::String ? openFile(source.text, source, origin, load) : openStage(source, origin, load))) {
    return std::nullopt;
  }
  ParameterTree here = stage.tree.under(splitPath(instance.path));
  auto integerOf = [&](const ast::Expr &expr, const std::map<std::string, int64_t> &names) {
    Values bound;
    for (const auto &[name, value] : names)
      bound[name] = Number{double(value), true};
    return declared.integer(expr, "a number of a rule for weights", bound);
  };
  auto fieldOf = [&](const std::string &vocabulary, std::string &name) { return vocabularies.fieldOf(vocabulary, name); };
  ast::Span span = instance.published ? instance.published->of->given : source.span;
  LoadAccount account(origin, here, instance.path, span, integerOf, fieldOf, declared.diagnostics, instance.published != nullptr);
  if (from.operands.size() == 3) {
    std::optional<Callee> callee = declared.calleeOf(*from.operands[2], "remap");
    const ast::Definition *remap = callee ? declared.lookup(callee->name, ast::Definition::Kind::Remap, callee->span) : nullptr;
    auto arguments = remap ? remapArguments(*remap, *callee, instance.fromNames) : std::nullopt;
    if (!arguments)
      return std::nullopt;
    account.addRules(remap->weightRules, *arguments, false);
  }
  account.addRules(from.weightRules, {}, true);
  account.settle(load);
  return load;
}

}  // namespace tl
