// The names of adapters' weights in files of their own, which follow from those that the weights below them are published under.
#include "compiler/syntax/AstWords.h"
#include "compiler/weights/LoadAccount.h"
#include "compiler/weights/Weights.h"
#include "runtime/checkpoint/PublishedPlace.h"
#include "runtime/checkpoint/Remap.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Error.h"
#include "runtime/io/Lists.h"
#include "runtime/weights/WeightFile.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace tl {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t mostListed = 4;
constexpr const char *moduleName = "module"; // in the names of tensors: what is adapted, as it is published

/// Its configuration, and the rules of its weights; null where the declaration has none.
const ast::Function *publishedOf(const ast::Definition &adapter) {
  auto found = std::find_if(adapter.functions.begin(), adapter.functions.end(), [](const ast::Function &function) { return function.name == publishedFunction; });
  return found == adapter.functions.end() ? nullptr : &*found;
}

/// `encoder.layer.0.attention.self.query` of `encoder.layer.0.attention.self.query.weight`
std::string withoutLast(const std::string &name) { return name.substr(0, name.rfind('.')); }

Json jsonOf(const Value &value, const RemapArguments &arguments) {
  if (auto *number = std::get_if<Number>(&value))
    return number->value == double(int64_t(number->value)) ? Json(int64_t(number->value)) : Json(number->value);
  if (auto *truth = std::get_if<bool>(&value))
    return *truth;
  if (auto *text = std::get_if<std::string>(&value))
    return fillIn(*text, {}, arguments).text;
  Json list = Json::array();
  if (auto *items = std::get_if<std::shared_ptr<List>>(&value))
    for (const Value &item : (*items)->items)
      list.push_back(jsonOf(item, arguments));
  return std::holds_alternative<None>(value) ? Json() : list;
}

/// Which names of the file a rule in braces leaves out: `ignore: "**.classifier.*"`.
bool isIgnored(const std::string &name, const std::vector<ast::WeightRule> &rules) {
  return std::any_of(rules.begin(), rules.end(), [&](const ast::WeightRule &rule) {
    return rule.kind == ast::WeightRule::Kind::Ignore && std::any_of(rule.selectors.begin(), rule.selectors.end(), [&](const ast::Selector &selector) {
             return PathPattern(selector.text).match(splitPath(name)).has_value();
           });
  });
}

} // namespace

/// What stands in the place of `{module}`: the name of the weight, or of the layer's, without its last step; "" where nobody has published it.
std::string AdapterFiles::moduleOf(const StageWeights &stage, const std::string &adapted, const abi::Stage &described) const {
  for (const TreeEntry &entry : stage.tree.entries) {
    bool isOwn = entry.path == adapted || (entry.instance && entry.instance->path == adapted && entry.adapts.empty());
    if (!entry.isWeight || !isOwn)
      continue;
    if (checkpoint::PublishedPlace place = checkpoint::publishedPlace(program, described, entry.path); place.tensor)
      for (const abi::LoadStep &step : place.tensor->steps)
        if (!step.exported.empty())
          return withoutLast(step.exported);
  }
  return "";
}

std::string AdapterFiles::configOf(const Instance &adapter, const RemapArguments &arguments) const {
  Function scratch;
  Elaborator elaborator(declared.library, declared.diagnostics, scratch);
  Json config = Json::object();
  for (const ast::Formal &entry : publishedOf(*adapter.definition)->formals)
    if (std::optional<Value> value = !entry.value ? std::nullopt : elaborator.evaluate(*entry.value, adapter.arguments))
      config[entry.name] = jsonOf(*value, arguments);
  return config.dump();
}

abi::PublishedAdapter AdapterFiles::published(const StageWeights &stage, const TreeEntry &adapter, const abi::Stage &described) const {
  const ast::Definition &definition = *adapter.instance->definition;
  abi::PublishedAdapter made{definition.name, adapter.adapts, "", {}, ""};
  if (!publishedOf(definition)) {
    made.problem = "its declaration says by no `published(…) { … }` how";
    return made;
  }
  RemapArguments arguments;
  arguments.texts[moduleName] = arguments.published[moduleName] = moduleOf(stage, adapter.adapts, described);
  bool isModuleRead = false;
  for (const TreeEntry &entry : stage.tree.entries) {
    bool isOf = entry.isWeight && entry.parts.size() > adapter.parts.size() && std::equal(adapter.parts.begin(), adapter.parts.end(), entry.parts.begin());
    if (!isOf)
      continue;
    std::string inside = joinPath({entry.parts.begin() + int64_t(adapter.parts.size()), entry.parts.end()});
    auto rule = std::find_if(definition.weightRules.begin(), definition.weightRules.end(), [&](const ast::WeightRule &each) {
      return each.kind == ast::WeightRule::Kind::Take && each.target.text == inside;
    });
    std::optional<abi::LoadedTensor> tensor = rule == definition.weightRules.end() ? std::nullopt : namedBy(entry, *rule->value, {}, arguments);
    if (!tensor) {
      made.problem = "its `published` has no rule for `" + inside + "` that names a tensor as it is or transposed";
      return made;
    }
    isModuleRead = isModuleRead || rule->text.find(std::string("{") + moduleName + "}") != std::string::npos;
    made.tensors.push_back(std::move(*tensor));
  }
  if (isModuleRead && arguments.published[moduleName].empty())
    made.problem = "`" + adapter.adapts + "` has no name in a published model";
  made.config = configOf(*adapter.instance, arguments);
  for (const auto &[name, value] : adapter.instance->arguments)
    if (std::holds_alternative<ParamName>(value))
      made.problem = "`" + name + "` is a param, and a configuration has a number";
  return made;
}

std::optional<abi::Load> AdapterFiles::load(const ast::Rule &rule, const std::vector<const abi::PublishedAdapter *> &adapters) const try {
  const ast::Expr &source = *rule.value->operands[1];
  if (source.kind != ast::Expr::Kind::String || rule.value->operands.size() > 2) {
    declared.report(Diag::LoadSource, source.span, "an adapter's weights come from a file, under the names that its `published` says")
        .help = "such as `from \"adapter_model.safetensors\"`";
    return std::nullopt;
  }
  abi::Load load;
  load.place = declared.place(rule.value->span);
  load.file = source.text;
  std::string path = data::findFile(source.text, declared.library.scriptFolder);
  std::shared_ptr<const weights::WeightFile> file = files.open(path);
  load.digest = file->digest();
  std::map<std::string, const weights::TensorInfo *> left;
  for (const weights::TensorInfo *tensor : file->tensors())
    left[tensor->name] = tensor;
  std::vector<std::string> missing;
  size_t before = declared.errorCount();
  checkConfig(path.substr(0, path.rfind('/') + 1), source.span, adapters, *file);
  for (const abi::PublishedAdapter *adapter : adapters) {
    if (!adapter->problem.empty()) {
      declared.report(Diag::LoadForm, source.span, "`" + adapter->adapter + "` of `" + adapter->path + "` cannot be loaded: " + adapter->problem);
      return std::nullopt;
    }
    for (abi::LoadedTensor tensor : adapter->tensors) {
      abi::LoadStep &taken = tensor.steps[0];
      auto found = file->find(taken.exported) ? left.find(taken.exported) : left.end();
      if (found == left.end()) {
        missing.push_back(taken.exported);
        continue;
      }
      const weights::TensorInfo &theirs = *found->second;
      if (theirs.shape != taken.shape || !checkpoint::isLoadable(theirs.dtype, taken.dtype))
        declared.report(Diag::LoadShape, source.span,
                        "`" + theirs.name + "` of `" + source.text + "` is " + data::typeText(theirs.dtype, theirs.shape) + ", `" + tensor.path + "` takes " +
                            data::typeText(taken.dtype, taken.shape))
            .help = "give `" + adapter->adapter + "` the arguments that it was trained with";
      taken.tensor = theirs.name;
      taken.dtype = theirs.dtype;
      left.erase(found);
      load.tensors.push_back(std::move(tensor));
    }
  }
  std::vector<std::string> unused;
  for (const auto &[name, tensor] : left)
    (isIgnored(name, rule.value->weightRules) ? load.ignored : unused).push_back(name);
  if (!missing.empty())
    declared.report(Diag::LoadMissing, source.span, firstOf(missing, mostListed) + " " + (missing.size() == 1 ? "is" : "are") + " not in `" + source.text + "`").help =
        "adapt the weights alone that it has adapters for";
  if (!unused.empty())
    declared.report(Diag::LoadUnused, source.span, firstOf(unused, mostListed) + " of `" + source.text + "` " + (unused.size() == 1 ? "has" : "have") + " no place in what `adapt " + rule.selector->text + "` selects")
        .help = "where that is meant, say so: { ignore: \"" + unused.front() + "\"" + (unused.size() > 1 ? ", …" : "") + " }";
  load.rules.emplace_back("of `" + adapters.front()->adapter + "`", int64_t(load.tensors.size()));
  return declared.errorCount() == before ? std::optional(std::move(load)) : std::nullopt;
} catch (const Error &error) {
  declared.report(Diag::LoadFile, rule.value->operands[1]->span, error.message);
  return std::nullopt;
}

/// The adapters that a stage before this one has trained come with the weights that are loaded from it.
void AdapterFiles::checkTwice(const abi::Load &own, ast::Span span, const std::vector<abi::Load> &others) const {
  for (const abi::Load &other : others)
    for (const abi::LoadedTensor &tensor : other.tensors)
      if (std::any_of(own.tensors.begin(), own.tensors.end(), [&](const abi::LoadedTensor &mine) { return mine.path == tensor.path; })) {
        declared.report(Diag::LoadTwice, span, "`" + tensor.path + "` is loaded twice: from `" + sourceOf(other) + "` by `" + other.layer + "`, and from `" + own.file + "` by its adapter").help =
            "leave the adapters out that come from `" + sourceOf(other) + "`: { ignore: @adapter }, or `from \"" + own.file + "\"`";
        return;
      }
}

void AdapterFiles::describe(StageWeights &stage, abi::Stage &into) const {
  std::vector<const ast::Rule *> loading; // in the order of the tree
  for (const TreeEntry &entry : stage.tree.entries) {
    if (entry.isLeaf || entry.adapts.empty() || entry.instance->definition->kind != ast::Definition::Kind::Adapter)
      continue;
    into.adapters.push_back(published(stage, entry, into));
    const ast::Rule *rule = rules.at(entry.adapts);
    if (rule->value->kind == ast::Expr::Kind::From && std::find(loading.begin(), loading.end(), rule) == loading.end())
      loading.push_back(rule);
  }
  for (const ast::Rule *rule : loading) {
    std::vector<const abi::PublishedAdapter *> adapters;
    for (const abi::PublishedAdapter &adapter : into.adapters)
      if (rules.at(adapter.path) == rule)
        adapters.push_back(&adapter);
    if (std::optional<abi::Load> made = load(*rule, adapters)) {
      checkTwice(*made, rule->value->operands[1]->span, into.loads);
      into.loads.push_back(std::move(*made));
      stage.loadSpans.push_back(rule->value->operands[1]->span);
    }
  }
}

} // namespace tl
