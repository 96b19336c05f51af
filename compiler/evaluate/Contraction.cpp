// `@` and einsum: both become the one contraction of the calculus.
#include "compiler/evaluate/BodyEvaluator.h"
#include <algorithm>
#include <sstream>

namespace tl {

/// x [.., m, k] · w [.., k, n] → [.., m, n]; a vector on either side has no m or n.
TensorValue BodyEvaluator::matmul(const Value &left, const Value &right, ast::Span span) {
  TensorValue lhs = asF32(left, span), rhs = asF32(right, span);
  if (lhs.axes.empty() || rhs.axes.empty())
    fail(Diag::ValueKind, span,
         "cannot multiply " + describe(lhs) + " by " + describe(rhs) + " with `@`: both need an axis to sum over",
         "`*` multiplies by a scalar");
  bool isVector = rhs.axes.size() == 1;
  const Axis &columns = lhs.axes.back();
  const Axis &rows = rhs.axes[isVector ? 0 : rhs.axes.size() - 2];
  if (columns.size != rows.size)
    fail(Diag::MatmulSizes, span,
         "cannot multiply " + describe(lhs) + " by " + describe(rhs) + ": inner sizes differ, the left side has " +
             std::to_string(columns.size) + " columns, the right side " + std::to_string(rows.size) + " rows",
         !isVector && rhs.axes.back().size == columns.size                          ? "`x @ transpose(w)` turns the right side round"
         : lhs.axes.size() > 1 && lhs.axes[lhs.axes.size() - 2].size == rows.size ? "`transpose(x) @ w` turns the left side round"
                                                                                  : "");
  // Leading axes meet from the right; an axis of one element that repeats is dropped from its side.
  size_t lhsLead = lhs.axes.size() - std::min<size_t>(lhs.axes.size(), 2), rhsLead = isVector ? 0 : rhs.axes.size() - 2;
  size_t lead = std::max(lhsLead, rhsLead);
  TensorValue lhsBatch{-1, DType::F32, {lhs.axes.begin(), lhs.axes.begin() + lhsLead}};
  TensorValue rhsBatch{-1, DType::F32, {rhs.axes.begin(), rhs.axes.begin() + rhsLead}};
  std::vector<Axis> axes = rhsLead ? broadcastAxes(lhsBatch, rhsBatch, "multiply", span) : lhsBatch.axes;
  Attributes attributes;
  attributes.indices.resize(3);
  auto placeLead = [&](TensorValue &side, size_t count, int which) {
    std::vector<Axis> kept;
    for (size_t i = 0; i < side.axes.size(); ++i) {
      bool isRepeated = i < count && side.axes[i].size == 1 && axes[lead - count + i].size != 1;
      if (i < count && !isRepeated)
        attributes.indices[which].push_back(int64_t(lead - count + i));
      if (!isRepeated)
        kept.push_back(side.axes[i]);
    }
    side = reshape(side, kept, span);
  };
  TensorValue l = masked(lhs, {int64_t(lhs.axes.size()) - 1}, span), r = rhs;
  if (!lhs.axes.back().records)
    r = masked(rhs, {int64_t(isVector ? 0 : rhs.axes.size() - 2)}, span);
  placeLead(l, lhsLead, 0);
  placeLead(r, rhsLead, 1);
  for (size_t i = 0; i < lead; ++i)
    attributes.indices[2].push_back(int64_t(i));
  int64_t m = int64_t(lead), n = m + 1, k = m + 2;
  if (lhs.axes.size() > 1) {
    attributes.indices[0].push_back(m);
    attributes.indices[2].push_back(m);
    axes.push_back(lhs.axes[lhs.axes.size() - 2]);
  }
  attributes.indices[0].push_back(k);
  attributes.indices[1].push_back(k);
  if (!isVector) {
    attributes.indices[1].push_back(n);
    attributes.indices[2].push_back(n);
    axes.push_back(rhs.axes.back());
  }
  return node(Op::Contract, {l, r}, attributes, DType::F32, axes, span);
}

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

struct Operand {
  Names names;
  TensorValue tensor;
};

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
} // namespace

TensorValue BodyEvaluator::einsum(const Args &args, const ScopePtr &scope, ast::Span span) {
  auto *equation = args.positional.empty() ? nullptr : std::get_if<std::string>(&args.positional[0].value);
  if (!equation)
    fail(Diag::ValueKind, span, "einsum takes its equation first", "einsum(\"b t d, d k -> b t k\", x, w)");
  ast::Span at = args.positional[0].span;
  size_t arrow = equation->find("->");
  if (arrow == std::string::npos)
    fail(Diag::EinsumName, at, "the equation has no `->`",
         "\"b t d, d k -> b t k\" names the axes of each tensor, then of the result");
  std::vector<Operand> operands;
  std::istringstream sides(equation->substr(0, arrow));
  for (std::string side; std::getline(sides, side, ',');)
    operands.push_back({split(side), {}});
  Names out = split(equation->substr(arrow + 2));
  if (operands.size() + 1 != args.positional.size())
    fail(Diag::EinsumName, at,
         "the equation names " + std::to_string(operands.size()) + " tensors, the call gives " +
             std::to_string(args.positional.size() - 1));

  std::map<std::string, Axis> known;
  std::map<std::string, int> uses;
  Names order;
  std::optional<size_t> open; // axes that `..` stands for, where it does
  for (size_t i = 0; i < operands.size(); ++i) {
    Operand &operand = operands[i];
    operand.tensor = asF32(args.positional[i + 1].value, args.positional[i + 1].span);
    size_t rank = operand.tensor.axes.size(), dots = size_t(std::count(operand.names.begin(), operand.names.end(), ".."));
    if (dots > 1)
      fail(Diag::EinsumName, at, "`..` stands twice in one tensor");
    if (dots ? operand.names.size() > rank + 1 : operand.names.size() != rank)
      fail(Diag::EinsumName, args.positional[i + 1].span,
           "the equation names " + std::to_string(operand.names.size() - dots) + " axes of " + describe(operand.tensor));
    if (dots) {
      open = std::max(open.value_or(0), rank + 1 - operand.names.size());
      expand(operand.names, rank + 1 - operand.names.size());
    }
    for (size_t k = 0; k < operand.names.size(); ++k) {
      const std::string &name = operand.names[k];
      const Axis &axis = operand.tensor.axes[k];
      if (std::count(operand.names.begin(), operand.names.end(), name) > 1)
        fail(Diag::EinsumName, at, "einsum name `" + name + "` appears twice in one tensor");
      auto [place, isNew] = known.try_emplace(name, axis);
      if (!isNew && place->second.size != axis.size)
        fail(Diag::EinsumName, at,
             "einsum name `" + written(name) + "` has " + std::to_string(place->second.size) + " elements in one tensor and " +
                 std::to_string(axis.size) + " in another");
      place->second.records = place->second.records.with(axis.records);
      place->second.tokens = place->second.tokens.with(axis.tokens);
      if (isNew)
        order.push_back(name);
      ++uses[name];
    }
  }
  if (has(out, "..") != open.has_value())
    fail(Diag::EinsumName, at,
         open ? "`..` stands in a tensor and not in the result" : "`..` stands in the result and in no tensor");
  expand(out, open.value_or(0));
  std::set<std::string> outNames;
  for (const std::string &name : out) {
    if (!outNames.insert(name).second)
      fail(Diag::EinsumName, at, "einsum name `" + written(name) + "` appears twice in the result");
    if (++uses[name] == 1)
      order.push_back(name);
  }
  for (const std::string &name : order) {
    auto declared = find(name, *scope, true);
    auto *size = declared ? std::get_if<Number>(&declared->value) : nullptr;
    if (size && known.count(name)) {
      if (int64_t(size->value) != known[name].size)
        fail(Diag::EinsumName, at,
             "einsum name `" + name + "` is " + spell(declared->value) + " in this scope, the axis has " +
                 std::to_string(known[name].size) + " elements");
      known[name].name = name;
    }
    if (uses[name] == 1 && (!size || !known.count(name))) {
      Names others;
      for (const std::string &other : order)
        if (other != name)
          others.push_back(other);
      std::string near = nearest(name, others);
      fail(Diag::EinsumName, at,
           "einsum name `" + name + "` appears once" +
               (outNames.count(name) ? ", in the result" : " and is not a declared dimension") +
               (near.empty() ? "" : "; did you mean `" + near + "`?"));
    }
  }

  // Names of operand i that neither the result nor another tensor uses are summed away first.
  auto isNeeded = [&](const std::string &name, size_t from, size_t except) {
    if (has(out, name))
      return true;
    for (size_t i = from; i < operands.size(); ++i)
      if (i != except && has(operands[i].names, name))
        return true;
    return false;
  };
  auto sumAway = [&](Operand &operand, size_t from, size_t index) {
    std::vector<int64_t> axes;
    Names kept;
    for (size_t k = 0; k < operand.names.size(); ++k)
      if (isNeeded(operand.names[k], from, index))
        kept.push_back(operand.names[k]);
      else
        axes.push_back(int64_t(k));
    if (axes.empty())
      return;
    operand.tensor = reduce(Op::ReduceSum, masked(operand.tensor, axes, span), axes, span);
    operand.names = kept;
  };
  for (size_t i = 0; i < operands.size(); ++i)
    sumAway(operands[i], 0, i);

  Operand result = operands[0];
  for (size_t i = 1; i < operands.size(); ++i) {
    Operand &next = operands[i];
    Names names;
    bool isLast = i + 1 == operands.size();
    Names candidates = isLast ? out : result.names;
    if (!isLast)
      for (const std::string &name : next.names)
        if (!has(candidates, name))
          candidates.push_back(name);
    for (const std::string &name : candidates)
      if (has(out, name) || isNeeded(name, i + 1, operands.size()))
        names.push_back(name);
    Attributes attributes;
    std::map<std::string, int64_t> loops;
    auto place = [&](const Names &of) {
      std::vector<int64_t> indices;
      for (const std::string &name : of) {
        indices.push_back(loops.try_emplace(name, int64_t(loops.size())).first->second);
      }
      return indices;
    };
    std::vector<int64_t> outLoops = place(names), lhsLoops = place(result.names), rhsLoops = place(next.names);
    attributes.indices = {lhsLoops, rhsLoops, outLoops};
    std::vector<int64_t> summed;
    for (size_t k = 0; k < result.names.size(); ++k) {
      result.tensor.axes[k].records = known[result.names[k]].records;
      result.tensor.axes[k].tokens = known[result.names[k]].tokens;
      if (!has(names, result.names[k]))
        summed.push_back(int64_t(k));
    }
    TensorValue lhs = masked(result.tensor, summed, span);
    std::vector<Axis> axes;
    for (const std::string &name : names)
      axes.push_back(known[name]);
    result = {names, node(Op::Contract, {lhs, next.tensor}, attributes, DType::F32, axes, span)};
  }
  if (result.names != out) {
    Attributes attributes;
    std::vector<Axis> axes;
    for (const std::string &name : out) {
      attributes.axes.push_back(std::find(result.names.begin(), result.names.end(), name) - result.names.begin());
      axes.push_back(known[name]);
    }
    result.tensor = node(Op::Transpose, {result.tensor}, attributes, DType::F32, axes, span);
  }
  return result.tensor;
}

} // namespace tl
