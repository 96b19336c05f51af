// einsum: names of axes read from an equation, then one contraction of the calculus for each tensor after the first.
#include "compiler/evaluate/BodyEvaluator.h"
#include <algorithm>
#include <sstream>

namespace tl {

namespace {
using Names = std::vector<std::string>;

Names split(const std::string &text) {
  std::istringstream words(text);
  Names names;
  for (std::string word; words >> word;)
    names.push_back(word);
  return names;
}

bool has(const Names &names, const std::string &name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// `..` becomes `count` names, numbered from the right so that the last axes of all tensors meet.
void expand(Names &names, size_t count) {
  auto place = std::find(names.begin(), names.end(), "..");
  if (place == names.end())
    return;
  place = names.erase(place);
  for (size_t i = 0; i < count; ++i)
    place = names.insert(place, ".." + std::to_string(i));
}

/// A name as the equation has it.
std::string written(const std::string &name) { return name.starts_with("..") ? ".." : name; }

class Einsum {
public:
  Einsum(BodyEvaluator &in, const Args &args, ast::Span span) : in(in), args(args), span(span) {}

  TensorValue run(Scope &scope) {
    readEquation();
    for (size_t i = 0; i < operands.size(); ++i)
      nameAxes(i);
    nameResult();
    for (const std::string &name : order)
      checkSize(name, scope);
    for (size_t i = 0; i < operands.size(); ++i)
      sumAway(i);
    Operand result = operands[0];
    for (size_t i = 1; i < operands.size(); ++i)
      result = contract(std::move(result), i);
    return inOrder(result);
  }

private:
  struct Operand {
    Names names;
    TensorValue tensor;
  };

  [[noreturn]] void refuse(std::string message, std::string help = "") {
    in.fail(Diag::EinsumName, at, std::move(message), std::move(help));
  }

  void readEquation() {
    auto *equation = args.positional.empty() ? nullptr : std::get_if<std::string>(&args.positional[0].value);
    if (!equation)
      in.fail(Diag::ValueKind, span, "einsum takes its equation first", "einsum(\"b t d, d k -> b t k\", x, w)");
    at = args.positional[0].span;
    size_t arrow = equation->find("->");
    if (arrow == std::string::npos)
      refuse("the equation has no `->`", "\"b t d, d k -> b t k\" names the axes of each tensor, then of the result");
    std::istringstream sides(equation->substr(0, arrow));
    for (std::string side; std::getline(sides, side, ',');)
      operands.push_back({split(side), {}});
    out = split(equation->substr(arrow + 2));
    if (operands.size() + 1 != args.positional.size())
      refuse("the equation names " + std::to_string(operands.size()) + " tensors, the call gives " +
             std::to_string(args.positional.size() - 1));
  }

  /// Other names than axes. Letters that touch, as other libraries write them, are one name.
  [[noreturn]] void refuseCount(const Operand &operand, size_t rank, ast::Span tensor) {
    std::string names, apart;
    size_t parts = 0, letters = 0;
    for (const std::string &name : operand.names) {
      names += (names.empty() ? "" : " ") + name;
      for (size_t k = 0; k < name.size(); ++parts) {
        size_t length = name.compare(k, 2, "..") == 0 ? 2 : 1;
        apart += (apart.empty() ? "" : " ") + name.substr(k, length);
        letters += length == 1;
        k += length;
      }
    }
    size_t count = size_t(std::count_if(operand.names.begin(), operand.names.end(), [](auto &name) { return name != ".."; }));
    bool isTouching = parts > operand.names.size() && (letters < parts ? letters <= rank : letters == rank);
    in.fail(Diag::EinsumName, at,
            "`" + names + "` names " + std::to_string(count) + (count == 1 ? " axis" : " axes") + " of " +
                describe(operand.tensor) + ", which has " + std::to_string(rank),
            isTouching ? "spaces part the names: `" + apart + "`" : "", {{tensor, "this tensor"}});
  }

  /// The names of operand `i` and the axes that they stand for: one size, wherever a name is.
  void nameAxes(size_t i) {
    Operand &operand = operands[i];
    operand.tensor = in.asF32(args.positional[i + 1].value, args.positional[i + 1].span);
    size_t rank = operand.tensor.axes.size(), dots = size_t(std::count(operand.names.begin(), operand.names.end(), ".."));
    if (dots > 1)
      refuse("`..` stands twice in one tensor");
    if (dots ? operand.names.size() > rank + 1 : operand.names.size() != rank)
      refuseCount(operand, rank, args.positional[i + 1].span);
    if (dots) {
      open = std::max(open.value_or(0), rank + 1 - operand.names.size());
      expand(operand.names, rank + 1 - operand.names.size());
    }
    for (size_t k = 0; k < operand.names.size(); ++k) {
      const std::string &name = operand.names[k];
      const Axis &axis = operand.tensor.axes[k];
      if (std::count(operand.names.begin(), operand.names.end(), name) > 1)
        refuse("einsum name `" + name + "` appears twice in one tensor");
      auto [place, isNew] = known.try_emplace(name, axis);
      if (!isNew && place->second.size != axis.size)
        refuse("einsum name `" + written(name) + "` has " + std::to_string(place->second.size) + " elements in one tensor and " +
               std::to_string(axis.size) + " in another");
      place->second.records = place->second.records.with(axis.records);
      place->second.tokens = place->second.tokens.with(axis.tokens);
      if (isNew)
        order.push_back(name);
      ++uses[name];
    }
  }

  void nameResult() {
    if (has(out, "..") != open.has_value())
      refuse(open ? "`..` stands in a tensor and not in the result" : "`..` stands in the result and in no tensor");
    expand(out, open.value_or(0));
    std::set<std::string> seen;
    for (const std::string &name : out) {
      if (!seen.insert(name).second)
        refuse("einsum name `" + written(name) + "` appears twice in the result");
      if (++uses[name] == 1)
        order.push_back(name);
    }
  }

  /// A dimension of the scope has its size here; what is no dimension and stands at one place only is a slip.
  void checkSize(const std::string &name, Scope &scope) {
    auto declared = in.find(name, scope, true);
    auto *size = declared ? std::get_if<Number>(&declared->value) : nullptr;
    if (size && known.count(name)) {
      if (int64_t(size->value) != known[name].size)
        refuse("einsum name `" + name + "` is " + spell(declared->value) + " in this scope, the axis has " +
               std::to_string(known[name].size) + " elements");
      known[name].name = name;
    }
    if (uses[name] > 1 || (size && known.count(name)))
      return;
    Names others = order;
    std::erase(others, name);
    std::string near = nearest(name, others);
    if (has(out, name))
      refuse("einsum name `" + name + "` appears once, in the result" + (near.empty() ? "" : "; did you mean `" + near + "`?"),
             "each axis of the result is one of a tensor, by the same name");
    refuse("einsum name `" + name + "` appears once, in a tensor: no other tensor has it, nor the result" +
               (near.empty() ? "" : "; did you mean `" + near + "`?"),
           "write `" + name + "` at the axis of another tensor that it meets, to multiply and sum along both, or in the result");
  }

  /// Whether the result, or an operand from `from` on other than `except`, has the name.
  bool isNeeded(const std::string &name, size_t from, size_t except) const {
    if (has(out, name))
      return true;
    for (size_t i = from; i < operands.size(); ++i)
      if (i != except && has(operands[i].names, name))
        return true;
    return false;
  }

  /// Sums over the names of an operand that neither the result nor another one has.
  void sumAway(size_t i) {
    Operand &operand = operands[i];
    std::vector<int64_t> axes;
    Names kept;
    for (size_t k = 0; k < operand.names.size(); ++k)
      if (isNeeded(operand.names[k], 0, i))
        kept.push_back(operand.names[k]);
      else
        axes.push_back(int64_t(k));
    if (axes.empty())
      return;
    TensorValue total = in.reduce(Op::ReduceSum, in.masked(operand.tensor, axes, span), axes, span);
    in.noteSum(total, operand.tensor, axes);
    operand.tensor = total;
    operand.names = kept;
  }

  /// What is left of `result`, the operands before `i`, and operand `i` once they are multiplied: in the result's order with the last.
  Names namesAfter(const Operand &result, size_t i) const {
    bool isLast = i + 1 == operands.size();
    Names candidates = isLast ? out : result.names, names;
    if (!isLast)
      for (const std::string &name : operands[i].names)
        if (!has(candidates, name))
          candidates.push_back(name);
    for (const std::string &name : candidates)
      if (isNeeded(name, i + 1, operands.size()))
        names.push_back(name);
    return names;
  }

  std::vector<Axis> axesOf(const Names &names) const {
    std::vector<Axis> axes;
    for (const std::string &name : names)
      axes.push_back(known.at(name));
    return axes;
  }

  Operand contract(Operand result, size_t i) {
    Names names = namesAfter(result, i);
    std::map<std::string, int64_t> loops;
    auto loopsOf = [&](const Names &of) {
      std::vector<int64_t> indices;
      for (const std::string &name : of)
        indices.push_back(loops.try_emplace(name, int64_t(loops.size())).first->second);
      return indices;
    };
    Attributes attributes;
    std::vector<int64_t> outLoops = loopsOf(names), lhsLoops = loopsOf(result.names), rhsLoops = loopsOf(operands[i].names);
    attributes.indices = {lhsLoops, rhsLoops, outLoops};
    std::vector<int64_t> summed;
    for (size_t k = 0; k < result.names.size(); ++k) {
      result.tensor.axes[k].records = known[result.names[k]].records;
      result.tensor.axes[k].tokens = known[result.names[k]].tokens;
      if (!has(names, result.names[k]))
        summed.push_back(int64_t(k));
    }
    TensorValue lhs = in.masked(result.tensor, summed, span);
    TensorValue product = in.node(Op::Contract, {lhs, operands[i].tensor}, attributes, DType::F32, axesOf(names), span);
    in.noteSum(product, result.tensor, summed);
    return {names, product};
  }

  TensorValue inOrder(const Operand &result) {
    if (result.names == out)
      return result.tensor;
    Attributes attributes;
    for (const std::string &name : out)
      attributes.axes.push_back(std::find(result.names.begin(), result.names.end(), name) - result.names.begin());
    return in.node(Op::Transpose, {result.tensor}, attributes, DType::F32, axesOf(out), span);
  }

  BodyEvaluator &in;
  const Args &args;
  ast::Span span, at;  // of the call, of its equation
  std::vector<Operand> operands;
  Names out;
  std::map<std::string, Axis> known;
  std::map<std::string, int> uses;
  Names order;                 // of first use
  std::optional<size_t> open;  // axes that `..` stands for, where it does
};
} // namespace

TensorValue BodyEvaluator::einsum(const Args &args, const ScopePtr &scope, ast::Span span) {
  return Einsum(*this, args, span).run(*scope);
}

} // namespace tl
