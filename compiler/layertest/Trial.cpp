// Deriving arguments: sizes are small primes, what else has no default is searched among what fits its place.
#include "compiler/layertest/Trial.h"
#include "compiler/layertest/Candidates.h"
#include "compiler/syntax/AstWords.h"
#include <algorithm>
#include <random>

namespace tl::layertest {
namespace {

using Kind = ast::Definition::Kind;

bool isName(const ast::ExprPtr &expr) { return expr && expr->kind == ast::Expr::Kind::Name; }

/// The function of a definition that has its tensors, null for a fn or an objective.
const ast::Function *forwardOf(const ast::Definition &definition) {
  for (const ast::Function &function : definition.functions)
    if (function.name == "forward")
      return &function;
  return nullptr;
}

/// Every type of the signature, arguments first.
std::vector<const ast::Type *> typesOf(const ast::Definition &definition) {
  std::vector<const ast::Type *> types;
  auto formals = [&](const std::vector<ast::Formal> &list) {
    for (const ast::Formal &formal : list)
      if (formal.type)
        types.push_back(&*formal.type);
  };
  formals(definition.formals);
  for (const ast::Slot &slot : definition.slots)
    if (slot.type)
      types.push_back(&*slot.type);
  if (const ast::Function *forward = forwardOf(definition)) {
    formals(forward->formals);
    for (const ast::Type &type : forward->results)
      types.push_back(&type);
  }
  for (const ast::Type &type : definition.results)
    types.push_back(&type);
  return types;
}

uint64_t hashOf(const std::string &text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001b3u;
  return hash;
}

/// One set of arguments being tried.
class Attempt {
public:
  Attempt(const Declarations &declarations, const ast::Definition &definition, const Choice &choice,
          SourceFiles &sources, Trial &trial, const std::map<std::string, Candidate> &chosen, const std::vector<int64_t> &primes)
      : library(declarations.library()), definition(definition), choice(choice), diagnostics(sources), trial(trial),
        chosen(chosen), primes(primes), elaborator(library, diagnostics, trial.function) {
    elaborator.modeOf = [&](const Instance *) { return Mode{choice.isTraining, false}; };
    elaborator.scope = "test";
    elaborator.onRead = [&](const Leaf &leaf, NodeId) {
      if (leaf.kind == Leaf::Kind::Buffer)
        trial.fixed.insert(leaf.path);
    };
    elaborator.startOf = [&](const std::string &path) {
      trial.fixed.insert(path + "/start");
      return path + "/start";
    };
    elaborator.fitHook = [&](const Elaborator::Fitted &asked, const SplitName &, ast::Span span) {
      Attributes value;
      value.value = asked.isDeviation ? 1.25 : 0.125;
      return TensorValue{elaborator.add(Op::Constant, {}, value, asked.type(), span), DType::F32, asked.kept()};
    };
  }

  void run() {
    nameSizes();
    std::optional<std::vector<Value>> results =
        definition.kind == Kind::Layer || definition.kind == Kind::Model || definition.kind == Kind::Adapter ? ofLayer() : ofFunction();
    if (!results) {
      trial.problem = "it cannot be made";
      for (const auto &diagnostic : diagnostics.all())
        trial.problem = diagnostic->message + " (" + diagnostics.sources().place(diagnostic->span) + ")";
      return;
    }
    for (const Value &value : *results)
      collect(value);
    for (const Node &node : trial.function.nodes)
      if (node.table)
        trial.fixed.insert(node.attributes.name);
    if (trial.results.empty())
      trial.nothing = "its result is " + (results->empty() ? "nothing" : describe(results->front()));
    describeFields();
  }

private:
  /// Names in types that are neither dims of the script nor have a default: a prime each.
  void nameSizes() {
    size_t next = 0;
    for (const ast::Type *type : typesOf(definition))
      for (const ast::ExprPtr &dim : type->dims)
        eachName(*dim, [&](const std::string &name) {
          auto formal = std::find_if(definition.formals.begin(), definition.formals.end(),
                                     [&](const ast::Formal &formal) { return formal.name == name; });
          bool isArgument = formal != definition.formals.end();
          if (sizes.contains(name) || (!isArgument && library.constants.contains(name)))
            return;
          if (isArgument && formal->value) {
            auto value = elaborator.evaluate(*formal->value, {});
            if (value && std::holds_alternative<Number>(*value))
              sizes[name] = *value;
            return;
          }
          sizes[name] = Number{double(primes[std::min(next++, primes.size() - 1)]), true};
        });
  }

  template <typename Visit> static void eachName(const ast::Expr &expr, Visit visit) {
    if (expr.kind == ast::Expr::Kind::Name)
      visit(expr.text);
    for (const ast::ExprPtr &operand : expr.operands)
      if (operand)
        eachName(*operand, visit);
  }

  TensorValue variable(const std::string &name, const TensorType &type) {
    return elaborator.read(name, type, definition.span);
  }

  /// A tensor of the type as it is written, its sizes known by now.
  std::optional<Value> tensorOf(const std::string &name, const ast::Type &type) {
    TensorType made{dtypeOf(type), {}};
    for (const ast::ExprPtr &dim : type.dims) {
      if (dim->kind == ast::Expr::Kind::Ellipsis) {
        made.shape.insert(made.shape.end(), spread.begin(), spread.begin() + choice.axes);
        continue;
      }
      std::optional<Value> size = elaborator.evaluate(*dim, sizes);
      const Number *number = size ? std::get_if<Number>(&*size) : nullptr;
      if (!number)
        return std::nullopt;
      made.shape.push_back(int64_t(number->value));
    }
    TensorValue tensor = variable(name, made);
    if (made.dtype == DType::I32 && !made.shape.empty())
      tensor.axes.back().tokens = {Tokens::all}; // as numbers drawn for them are
    return tensor;
  }

  /// The value of every argument that is given: sizes, tensors, bools turned round, and what was chosen.
  std::optional<std::map<std::string, Value>> arguments() {
    std::map<std::string, Value> given;
    for (const ast::Formal &formal : definition.formals) {
      if (formal.type && formal.type->hasDims) {
        auto tensor = tensorOf(formal.name, *formal.type);
        if (!tensor)
          return std::nullopt;
        given[formal.name] = *tensor;
      } else if (sizes.contains(formal.name) && !chosen.contains(formal.name)) {
        given[formal.name] = sizes[formal.name];
        say(formal.name, describe(sizes[formal.name]));
      } else if (formal.name == choice.toggled) {
        bool value = formal.value->number == 0;
        given[formal.name] = value;
        say(formal.name, value ? "true" : "false");
      } else if (auto found = chosen.find(formal.name); found != chosen.end()) {
        if (found->second.isTensor)
          given[formal.name] = variable(formal.name, {DType::F32, {spread.begin(), spread.begin() + choice.axes}});
        else
          given[formal.name] = found->second.value;
        if (std::holds_alternative<Number>(given[formal.name]))
          sizes[formal.name] = given[formal.name]; // where a type names it
        say(formal.name, found->second.name);
      }
    }
    return given;
  }

  void say(const std::string &name, const std::string &value) {
    trial.label += (trial.label.empty() ? "" : ", ") + name + " = " + value;
  }

  /// An adapter of layers is given the layer before what goes into it.
  bool isLayersAdapter(const ast::Function &forward) const {
    return definition.kind == Kind::Adapter && forward.formals.size() == 2 && !forward.formals[0].type && forward.results.size() == 1;
  }

  /// The types of what an adapter is given; false where they are not known.
  bool describeAdapted(const ast::Function &forward) {
    const ast::Formal &formal = forward.formals.back();
    std::optional<Value> taken = formal.type ? tensorOf("input " + formal.name, *formal.type) : std::nullopt;
    std::optional<Value> given = isLayersAdapter(forward) ? tensorOf("input layer", forward.results[0]) : taken;
    if (!taken || !given)
      return false;
    adapted.takes = std::get<TensorValue>(*taken).type();
    adapted.gives = std::get<TensorValue>(*given).type();
    adapted.weight = isLayersAdapter(forward) ? nullptr : &weight;
    return true;
  }

  /// A layer that gives numbers of its own for whatever goes in, and depends on what it is given.
  std::optional<Value> layerFor(const ast::Function &forward) {
    std::optional<Value> given = tensorOf("input layer", forward.results[0]);
    if (!given)
      return std::nullopt;
    auto layer = std::make_shared<Closure>();
    layer->native = [given](std::vector<Value>, ast::Span) { return std::vector<Value>{*given}; };
    return Value(layer);
  }

  std::optional<std::vector<Value>> ofLayer() {
    auto given = arguments();
    if (!given)
      return std::nullopt;
    const ast::Function *forward = forwardOf(definition);
    if (definition.kind == Kind::Adapter && forward && !describeAdapted(*forward))
      return std::nullopt;
    instance = elaborator.instantiate(definition, "", *given, definition.span, definition.kind == Kind::Adapter ? &adapted : nullptr);
    if (!instance || !forward)
      return std::nullopt;
    std::vector<Value> inputs;
    std::map<std::string, Value> known = sizes;
    for (auto &[name, value] : instance->arguments)
      if (std::holds_alternative<Number>(value))
        sizes[name] = value; // defaults that types name
    for (const ast::Formal &formal : forward->formals) {
      std::optional<Value> input = isLayersAdapter(*forward) && &formal == &forward->formals[0] ? layerFor(*forward)
                                   : formal.type && formal.type->hasDims
                                       ? tensorOf("input " + formal.name, *formal.type)
                                       : Value(variable("input " + formal.name, {DType::F32, {3, 5}}));
      if (!input)
        return std::nullopt;
      inputs.push_back(*input);
    }
    return elaborator.forward(*instance, inputs, definition.span);
  }

  std::optional<std::vector<Value>> ofFunction() {
    auto given = arguments();
    if (!given)
      return std::nullopt;
    if (definition.kind == Kind::Objective) {
      auto bound = elaborator.bindArguments(definition, {}, {}, *given, definition.span);
      if (!bound)
        return std::nullopt;
      std::vector<Elaborator::Measured> measured = elaborator.measure(definition, *bound, definition.span);
      if (measured.empty() || diagnostics.hasErrors())
        return std::nullopt;
      return std::vector<Value>{measured[0].sum}; // its count does not depend on numbers
    }
    auto closure = std::make_shared<Closure>();
    closure->definition = &definition;
    const std::string place = "made"; // of layers, which a fn may make and does not run
    auto results = elaborator.call(closure, {}, *given, definition.span, &place);
    // A fn that makes a function: of tensors, where it can be called so.
    if (results && results->size() == 1)
      if (auto made = std::get_if<std::shared_ptr<Closure>>(&results->front()); made && (*made)->lambda) {
        std::vector<Value> tensors, numbers;
        for (const std::string &name : (*made)->lambda->names) {
          tensors.push_back(variable("input " + name, {DType::F32, {spread.begin(), spread.begin() + choice.axes}}));
          numbers.push_back(Number{3.0 + 2.0 * double(numbers.size()), true});
        }
        auto called = elaborator.call(results->front(), tensors, {}, definition.span);
        return called ? called : elaborator.call(results->front(), numbers, {}, definition.span);
      }
    return results;
  }

  void collect(const Value &value) {
    if (auto *tensor = std::get_if<TensorValue>(&value); tensor && tensor->dtype == DType::F32)
      trial.results.push_back(tensor->node);
    if (auto *ratio = std::get_if<Ratio>(&value))
      trial.results.push_back(ratio->sum.node);
    if (auto *list = std::get_if<std::shared_ptr<List>>(&value))
      for (const Value &item : (*list)->items)
        collect(item);
  }

  /// Numbers for everything the function takes: the same for the same name.
  void describeFields() {
    for (const Node &node : trial.function.nodes) {
      if (auto param = library.params.find(node.attributes.name); node.op == Op::Scalar && param != library.params.end())
        if (auto value = elaborator.evaluate(*param->second->value, {}); value && std::holds_alternative<Number>(*value))
          trial.scalars[node.attributes.name] = std::get<Number>(*value).value;
      if (node.op != Op::Read && node.op != Op::Input)
        continue;
      Field field{node.attributes.name, computedIn(node.type), {}, false};
      std::mt19937_64 random(hashOf(field.name));
      bool isReal = field.type.dtype == DType::F32, isFixed = trial.fixed.contains(field.name);
      for (int64_t i = 0; i < node.type.elements(); ++i) {
        double unit = double(random() >> 11) * 0x1p-53;
        double real = choice.isPositive || isFixed ? 0.1 + 0.8 * unit : 3 * unit - 1.5;
        field.data.push_back(isReal ? double(float(real)) : double(random() % 2));
      }
      trial.fields.push_back(field);
    }
  }

  const Library &library;
  const ast::Definition &definition;
  const Choice &choice;
  Diagnostics diagnostics;
  Trial &trial;
  const std::map<std::string, Candidate> &chosen;
  const std::vector<int64_t> &primes;
  Elaborator elaborator;
  std::shared_ptr<Instance> instance;
  Adapted adapted; // what an adapter is given
  Leaf weight;     // and if it is a weight
  std::map<std::string, Value> sizes;
  std::vector<int64_t> spread = {4, 2};
};

} // namespace

std::vector<std::string> togglesOf(const ast::Definition &definition) {
  std::vector<std::string> names;
  for (const ast::Formal &formal : definition.formals)
    if (formal.value && formal.value->kind == ast::Expr::Kind::Bool)
      names.push_back(formal.name);
  return names;
}

bool hasEllipsis(const ast::Definition &definition) {
  for (const ast::Type *type : typesOf(definition))
    for (const ast::ExprPtr &dim : type->dims)
      if (dim->kind == ast::Expr::Kind::Ellipsis)
        return true;
  return false;
}

Trial attempt(const Declarations &declarations, const ast::Definition &definition, const Choice &choice,
              SourceFiles &sources) {
  std::set<std::string> named;
  for (const ast::Type *type : typesOf(definition))
    for (const ast::ExprPtr &dim : type->dims)
      if (isName(dim))
        named.insert(dim->text);
  std::vector<std::string> open; // arguments of which the signature tells nothing
  for (const ast::Formal &formal : definition.formals)
    if (!formal.value && !(formal.type && formal.type->hasDims) && !named.contains(formal.name))
      open.push_back(formal.name);
  std::vector<Candidate> candidates = candidatesFor(declarations, definition);
  size_t ways = 1;
  for (size_t i = 0; i < open.size(); ++i)
    ways = std::min<size_t>(ways * candidates.size(), 4000);
  // The last way is what an example says.
  Example example = exampleOf(declarations, definition, sources);
  const std::vector<int64_t> orders[] = {{3, 5, 7, 2, 11, 13, 17, 19, 23}, {7, 5, 3, 2, 11, 13, 17, 19, 23}}; // of sizes, some of which may have to be less than others
  Trial furthest;
  for (size_t way = 0; way <= ways; ++way) {
    std::map<std::string, Candidate> chosen;
    if (way == ways && example.arguments.empty())
      break;
    size_t rest = way;
    for (const std::string &name : open) {
      chosen.emplace(name, candidates[rest % candidates.size()]);
      rest /= candidates.size();
    }
    if (way == ways)
      chosen = example.arguments;
    for (const std::vector<int64_t> &primes : orders) {
      Trial trial;
      trial.function.name = definition.name;
      Attempt(declarations, definition, choice, sources, trial, chosen, primes).run();
      if (trial.problem.empty())
        return trial;
      // Told of is the way of an example, else the one that got furthest.
      if (way == 0 || way == ways || trial.function.nodes.size() > furthest.function.nodes.size())
        furthest = std::move(trial);
    }
  }
  return furthest;
}

} // namespace tl::layertest
