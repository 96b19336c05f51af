// `X from checkpoint`: every tensor of both sides is loaded, new or ignored, or this says which is not.
#include "compiler/sema/Checker.h"
#include "runtime/checkpoint/Safetensors.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Error.h"
#include <algorithm>

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

/// `ae.best` of `ae.best.enc.net[0]`.
ast::Span checkpointSpan(const ast::Expr &source) {
  const ast::Expr *which = &source, *stage = &source;
  while (stage->kind != ast::Expr::Kind::Name) {
    which = stage;
    stage = stage->operands[0].get();
  }
  ast::Span span = stage->span;
  if (which->span.line == span.line)
    span.length = which->span.column + which->span.length - span.column;
  return span;
}

/// The side that weights come from.
struct Origin {
  ParameterTree tree;         // paths relative to what is loaded
  std::vector<PathPart> prefix;
  std::string name;           // "ae.best.enc", "encoder.safetensors"
  std::string checkpoint;     // "ae.best"
  std::map<std::string, std::string> fileNames;  // a file's own spelling of each path
};

std::string listed(const std::vector<std::string> &paths) {
  std::string text;
  for (size_t i = 0; i < paths.size() && i < 4; ++i)
    text += (i ? ", `" : "`") + paths[i] + "`";
  return paths.size() > 4 ? text + " and " + std::to_string(paths.size() - 4) + " more" : text;
}

}  // namespace

void Checker::resolveWeights(StagePlan &plan) {
  std::set<const Instance *> seen;
  std::vector<const Instance *> open = {plan.instance.get()};
  while (!open.empty()) {
    const Instance *instance = open.back();
    open.pop_back();
    if (!seen.insert(instance).second)
      continue;
    if (instance->from)
      resolveLoad(plan, *instance);
    for (auto child = instance->children.rbegin(); child != instance->children.rend(); ++child)
      open.push_back(child->get());
  }
}

void Checker::resolveLoad(StagePlan &plan, const Instance &instance) {
  const ast::Expr &from = *instance.from;
  const ast::Expr &source = *from.operands[1];
  abi::Load load;
  load.place = place(from.span);
  Origin origin;

  if (source.kind == ast::Expr::Kind::String) {
    load.file = origin.name = origin.checkpoint = source.text;
    try {
      checkpoint::SafetensorsFile file(data::findFile(source.text, scriptFolder));
      for (const checkpoint::TensorInfo &tensor : file.tensors()) {
        TensorType type{DType::F32, tensor.shape};
        if (tensor.dtype == "f32") {
          origin.tree.addLeaf(tensor.name, type);
          origin.fileNames[joinPath(splitPath(tensor.name))] = tensor.name;
        } else {
          report(Diag::LoadDtype, source.span,
                 "tensor `" + tensor.name + "` of `" + source.text + "` is " + tensor.dtype + ", weights are f32")
              .help = "convert the file to f32";
        }
      }
    } catch (const Error &error) {
      report(Diag::LoadFile, source.span, error.message);
      return;
    }
  } else {
    std::optional<std::vector<PathPart>> path = flatten(source);
    if (!path || path->size() < 2 || (*path)[1].index >= 0) {
      report(Diag::LoadSource, source.span, "weights come from a checkpoint or a file")
          .help = "write STAGE.best.PATH, STAGE.last.PATH or \"file.safetensors\"";
      return;
    }
    ast::Checkpoint checkpoint{checkpointSpan(source), (*path)[0].name, (*path)[1].name};
    StagePlan *other = nullptr;
    bool isLater = plan.ast->name == checkpoint.stage;
    for (const ast::Stage &stage : files.front().stages)
      isLater = isLater || (stage.name == checkpoint.stage &&
                            std::none_of(stages.begin(), stages.end(), [&](const StagePlan &known) { return known.ast == &stage; }));
    if (isLater) {
      report(Diag::LoadOrder, checkpoint.span,
             "stage `" + plan.ast->name + "` loads from `" + checkpoint.stage + "`, which is " +
                 (plan.ast->name == checkpoint.stage ? "the same stage" : "a later stage"))
          .help = "weights come from a stage that stands before `" + plan.ast->name + "`";
      return;
    }
    if (!(other = checkpointStage(checkpoint, load.which)) || !other->instance)
      return;
    load.stage = checkpoint.stage;
    origin.checkpoint = checkpoint.stage + "." + checkpoint.which;
    origin.prefix.assign(path->begin() + 2, path->end());
    std::string inside = joinPath(origin.prefix);
    origin.name = origin.checkpoint + (inside.empty() ? "" : "." + inside);
    origin.tree = other->tree.under(origin.prefix);
    if (origin.tree.entries.empty()) {
      std::vector<std::string> known = other->tree.nodePaths();
      std::string near = nearest(inside, known);
      report(Diag::LoadSource, source.span,
             "`" + origin.checkpoint + "` has no `" + inside + "`" +
                 (near.empty() ? "" : "; did you mean `" + near + "` " + other->tree.sizeText(near) + "?"))
          .notes.push_back({other->ast->span, "stage `" + checkpoint.stage + "` trains `" + other->ast->model + "`"});
      return;
    }
  }

  auto number = [this](const ast::Expr &expr) { return integer(expr, "an index of a selector"); };
  ParameterTree here = plan.tree.under(splitPath(instance.path));
  auto marked = [&](const ParameterTree &tree, const std::vector<ast::Selector> &selectors, const std::string &name) {
    Selection all(tree.entries.size(), false);
    for (const ast::Selector &selector : selectors)
      if (auto chosen = SelectorResolver(tree, diagnostics, number, name).select(selector))
        for (size_t i = 0; i < all.size(); ++i)
          all[i] = all[i] || (*chosen)[i];
    return all;
  };
  Selection isNew = marked(here, from.newWeights, "`" + instance.path + "`");
  Selection isIgnored = marked(origin.tree, from.ignoredWeights, "`" + origin.name + "`");

  auto absolute = [](const std::vector<PathPart> &prefix, const std::vector<PathPart> &parts) {
    std::vector<PathPart> path = prefix;
    path.insert(path.end(), parts.begin(), parts.end());
    return joinPath(path);
  };
  std::vector<std::string> missing, unused;
  std::vector<bool> isTaken(origin.tree.entries.size(), false);
  for (size_t i = 0; i < here.entries.size(); ++i) {
    const TreeEntry &mine = here.entries[i];
    if (!mine.isLeaf || isNew[i])
      continue;
    size_t at = 0;
    while (at < origin.tree.entries.size() && !(origin.tree.entries[at].isLeaf && !isIgnored[at] &&
                                                origin.tree.entries[at].parts == mine.parts))
      ++at;
    if (at == origin.tree.entries.size()) {
      missing.push_back(mine.path);
      continue;
    }
    isTaken[at] = true;
    const TreeEntry &theirs = origin.tree.entries[at];
    std::string herePath = mine.leaf->path, therePath = absolute(origin.prefix, theirs.parts);
    if (auto own = origin.fileNames.find(therePath); own != origin.fileNames.end())
      therePath = own->second;
    if (!(theirs.type == mine.type)) {
      Diagnostic &diagnostic = report(Diag::LoadShape, source.span,
                                      "cannot load `" + herePath + "` from `" + origin.checkpoint + "`: checkpoint has " +
                                          toString(theirs.type) + ", model wants " + toString(mine.type));
      if (theirs.leaf)
        diagnostic.notes.push_back({theirs.leaf->owner->span, "the checkpoint's `" + therePath + "` is made here"});
      diagnostic.notes.push_back({mine.leaf->owner->span, "`" + herePath + "` is made here"});
      diagnostic.help = "make both alike, or let it start anew: { new: " + mine.path + ";  ignore: " + theirs.path + " }";
      continue;
    }
    load.tensors.emplace_back(therePath, herePath);
  }
  std::vector<std::string> theirPaths;
  for (size_t i = 0; i < origin.tree.entries.size(); ++i) {
    const TreeEntry &theirs = origin.tree.entries[i];
    if (!theirs.isLeaf || isTaken[i])
      continue;
    std::string path = absolute(origin.prefix, theirs.parts);
    auto own = origin.fileNames.find(path);
    if (isIgnored[i])
      load.ignored.push_back(own == origin.fileNames.end() ? path : own->second);
    else
      unused.push_back(theirs.path);
    theirPaths.push_back(theirs.path);
  }
  auto suggestion = [](const std::vector<std::string> &paths, const std::vector<std::string> &candidates) {
    std::string near = paths.size() == 1 ? nearest(paths.front(), candidates) : "";
    return near.empty() ? "" : "; the other side has `" + near + "`";
  };
  if (!missing.empty())
    report(Diag::LoadMissing, source.span,
           listed(missing) + " of `" + instance.path + "` " + (missing.size() == 1 ? "is" : "are") + " not in `" +
               origin.name + "`" + suggestion(missing, unused))
        .help = "where that is meant, say so: { new: " + missing.front() + (missing.size() > 1 ? ", …" : "") + " }";
  if (!unused.empty())
    report(Diag::LoadUnused, source.span,
           listed(unused) + " of `" + origin.name + "` " + (unused.size() == 1 ? "has" : "have") + " no place in `" +
               instance.path + "`" + suggestion(unused, missing))
        .help = "where that is meant, say so: { ignore: " + unused.front() + (unused.size() > 1 ? ", …" : "") + " }";
  if (load.tensors.empty() && missing.empty() && unused.empty())
    report(Diag::LoadSource, source.span, "nothing is left to load from `" + origin.name + "`").help = "remove `from`";
  out->program.stages[size_t(plan.index)].loads.push_back(std::move(load));
}

}  // namespace tl
