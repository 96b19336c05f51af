// Builds a rule's steps, checking every shape on the way.
#include "compiler/weights/RemapBuilder.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <numeric>

namespace tl {

using Kind = ast::Expr::Kind;
using Item = ast::IndexItem;

static constexpr size_t mostSteps = 1000;

void Origin::add(OriginTensor tensor) {
  byPath.emplace(joinPath(splitPath(tensor.path)), tensors.size());
  tensors.push_back(std::move(tensor));
}

std::vector<std::string> Origin::paths() const {
  std::vector<std::string> all;
  for (const OriginTensor &tensor : tensors)
    all.push_back(tensor.path);
  return all;
}

static int64_t elementsOf(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

int64_t Taken::elements() const {
  int64_t count = 1;
  for (auto [begin, end] : box)
    count *= end - begin;
  return count;
}

bool Taken::overlaps(const Taken &other) const {
  if (view != other.view)
    return false;
  for (size_t i = 0; i < box.size(); ++i)
    if (box[i].second <= other.box[i].first || other.box[i].second <= box[i].first)
      return false;
  return true;
}

RemapBuilder::RemapBuilder(const Origin &origin, const TreeEntry &mine, Captures captures,
                           const RemapArguments &arguments, const IntegerOf &integerOf, const FieldOf &fieldOf,
                           Diagnostics &diagnostics)
    : origin(origin), mine(mine), captures(std::move(captures)), arguments(arguments), integerOf(integerOf),
      fieldOf(fieldOf), diagnostics(diagnostics) {}

bool RemapBuilder::build(const ast::Expr &expr) try {
  make(expr);
  if (taken.empty())
    fail(Diag::LoadForm, expr.span, "`" + mine.leaf->path + "` takes nothing from `" + origin.name + "`",
         "write `new: " + mine.path + "`");
  return true;
} catch (const Failed &) {
  return false;
}

void RemapBuilder::fail(Diag kind, const ast::Span &span, const std::string &message, const std::string &help) {
  diagnostics.report(kind, span, message).help = help;
  throw Failed();
}

std::string RemapBuilder::typeOf(const Made &made) const { return data::typeText(nameOf(mine.type.dtype), shapeOf(made)); }

int64_t RemapBuilder::integer(const ast::Expr &expr) {
  std::map<std::string, int64_t> bound = arguments.numbers;
  bound.insert(captures.indexes.begin(), captures.indexes.end());
  std::optional<int64_t> value = integerOf(expr, bound);
  if (!value)
    throw Failed();
  return *value;
}

RemapBuilder::Made RemapBuilder::add(std::string op, std::vector<int64_t> shape, std::vector<int64_t> operands,
                                     std::vector<int64_t> numbers) {
  steps.push_back({std::move(op), "", "", std::move(shape), std::move(operands), std::move(numbers), 0});
  return {int64_t(steps.size()) - 1, std::nullopt, {}};
}

RemapBuilder::Made RemapBuilder::make(const ast::Expr &expr) {
  if (steps.size() >= mostSteps)
    fail(Diag::TooMuchWork, expr.span, "this rule takes more than " + std::to_string(mostSteps) + " steps");
  switch (expr.kind) {
  case Kind::String:
    return makeTensor(expr);
  case Kind::Name:
    if (expr.text == "new")
      return add("new", mine.type.shape, {}, {});
    break;
  case Kind::Index:
    return slice(make(*expr.operands[0]), expr);
  case Kind::As: {
    Made of = make(*expr.operands[0]);
    std::vector<int64_t> shape;
    for (size_t i = 1; i < expr.operands.size(); ++i)
      shape.push_back(integer(*expr.operands[i]));
    bool isPossible = std::all_of(shape.begin(), shape.end(), [](int64_t size) { return size > 0 && size < (int64_t(1) << 40); }) &&
                      shape.size() <= 16;
    double elements = 1;
    for (int64_t size : shape)
      elements *= double(size);
    if (!isPossible || elements != double(elementsOf(shapeOf(of))))
      fail(Diag::LoadRemap, expr.span,
           typeOf(of) + " has " + withCommas(elementsOf(shapeOf(of))) + " elements, it cannot be read as " +
               data::typeText(nameOf(mine.type.dtype), shape));
    return reshape(of, shape);
  }
  case Kind::Call:
    if (expr.operands[0]->kind == Kind::Name)
      return makeCall(expr);
    break;
  default:
    break;
  }
  fail(Diag::LoadForm, expr.span, "a rule takes tensors of the file as they are or rearranged",
       "write \"NAME\" of a tensor, `new`, `transpose(x)`, `permute(x, [1, 0])`, `x[0..8]`, `x as [2, 4]`, `concat([x, y], axis = 0)` "
       "or `pad(x, axis, before, after)`");
}

RemapBuilder::Made RemapBuilder::makeTensor(const ast::Expr &expr) {
  Filled filled = fillIn(expr.text, captures, arguments);
  if (!filled.problem.empty())
    fail(Diag::LoadForm, expr.span, filled.problem);
  std::string path = joinPath(splitPath(filled.text));
  auto found = origin.byPath.find(path);
  if (found == origin.byPath.end()) {
    std::string near = nearest(filled.text, origin.paths());
    fail(Diag::LoadTensor, expr.span,
         "`" + mine.leaf->path + "` takes `" + filled.text + "`, which is not in `" + origin.name + "`" +
             (near.empty() ? "" : "; did you mean `" + near + "`?"));
  }
  const OriginTensor &tensor = origin.tensors[found->second];
  Made made = add("tensor", tensor.shape, {}, {});
  steps.back().vocabulary = tensor.vocabulary;
  steps.back().tensor = tensor.name;
  steps.back().exported = fillIn(expr.text, captures, {arguments.numbers, arguments.published}).text;
  steps.back().dtype = tensor.dtype;
  made.part = taken.size();
  taken.push_back({found->second, "", {}});
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    taken.back().box.push_back({0, tensor.shape[i]});
    made.axes.push_back(int(i));
  }
  return made;
}

const ast::Expr *RemapBuilder::argument(const ast::Expr &call, size_t position, const std::string &name) {
  for (size_t i = 0; i < call.arguments.size(); ++i)
    if (call.arguments[i].name.empty() ? i == position : call.arguments[i].name == name)
      return call.arguments[i].value.get();
  return nullptr;
}

RemapBuilder::Made RemapBuilder::makeCall(const ast::Expr &call) {
  const std::string &name = call.operands[0]->text;
  static const std::map<std::string, std::vector<std::string>> signatures = {{"transpose", {"x"}},
                                                                             {"permute", {"x", "axes"}},
                                                                             {"concat", {"parts", "axis"}},
                                                                             {"pad", {"x", "axis", "before", "after", "value"}},
                                                                             {"by_word", {"x", "axis"}}};
  auto known = signatures.find(name);
  if (known == signatures.end())
    fail(Diag::LoadForm, call.span, "a rule has no `" + name + "`", "there is `transpose`, `permute`, `concat`, `pad` and `by_word`");
  size_t position = 0;
  for (const ast::Argument &given : call.arguments) {
    const std::vector<std::string> &formals = known->second;
    bool isKnown = given.name.empty() ? position++ < formals.size()
                                      : std::find(formals.begin(), formals.end(), given.name) != formals.end();
    if (!isKnown)
      fail(given.name.empty() ? Diag::ArgumentSurplus : Diag::ArgumentUnknown, given.value->span,
           given.name.empty() ? "`" + name + "` takes " + counted(int64_t(formals.size()), "value")
                              : "`" + name + "` has no `" + given.name + "`");
  }
  for (size_t i = 0; i < (name == "pad"                           ? 4
                          : name == "concat" || name == "by_word" ? 1
                                                                  : known->second.size());
       ++i)
    if (!argument(call, i, known->second[i]))
      fail(Diag::ArgumentMissing, call.span, "`" + name + "` needs `" + known->second[i] + "`");
  if (name == "concat")
    return concat(call);
  if (name == "pad")
    return pad(call);
  if (name == "by_word")
    return byWord(call);
  Made of = make(*argument(call, 0, "x"));
  int64_t rank = int64_t(shapeOf(of).size());
  std::vector<int64_t> axes(size_t(rank), 0);
  std::iota(axes.begin(), axes.end(), 0);
  if (name == "transpose") {
    if (rank < 2)
      fail(Diag::LoadRemap, call.span, "`transpose` swaps the last two axes, " + typeOf(of) + " has " + std::to_string(rank));
    std::swap(axes[size_t(rank) - 1], axes[size_t(rank) - 2]);
    return permute(of, axes);
  }
  const ast::Expr &list = *argument(call, 1, "axes");
  std::vector<int64_t> wanted = integers(list, "axes"), sorted = wanted;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != axes)
    fail(Diag::LoadRemap, list.span,
         "`permute` of " + typeOf(of) + " takes each axis from 0 to " + std::to_string(rank - 1) + " once");
  return permute(of, wanted);
}

std::vector<int64_t> RemapBuilder::integers(const ast::Expr &list, const char *what) {
  if (list.kind != Kind::List)
    fail(Diag::LoadForm, list.span, std::string("expected a list of ") + what + ", such as [1, 0]");
  std::vector<int64_t> all;
  for (const ast::ExprPtr &item : list.operands)
    all.push_back(integer(*item));
  return all;
}

int64_t RemapBuilder::axis(const ast::Expr &call, size_t position, int64_t rank, std::optional<int64_t> otherwise) {
  const ast::Expr *written = argument(call, position, "axis");
  int64_t value = written ? integer(*written) : *otherwise;
  if (value < -rank || value >= rank)
    fail(Diag::AxisUnknown, written ? written->span : call.span,
         "there is no axis " + std::to_string(value) + " among " + std::to_string(rank));
  return value < 0 ? value + rank : value;
}

RemapBuilder::Made RemapBuilder::permute(Made of, const std::vector<int64_t> &axes) {
  std::vector<int64_t> shape;
  std::vector<int> boxAxes;
  for (int64_t axis : axes) {
    shape.push_back(shapeOf(of)[size_t(axis)]);
    if (of.part)
      boxAxes.push_back(of.axes[size_t(axis)]);
  }
  Made made = add("permute", shape, {of.step}, axes);
  made.part = of.part;
  made.axes = std::move(boxAxes);
  return made;
}

RemapBuilder::Made RemapBuilder::reshape(Made of, std::vector<int64_t> shape) {
  Made made = add("reshape", shape, {of.step}, {});
  if (!of.part)
    return made;
  // From here on boxes are of what the part is read as; those of two parts compare where both came this way.
  Taken &part = taken[*of.part];
  for (int axis : of.axes)
    part.view += std::to_string(axis) + " ";
  for (auto [begin, end] : part.box)
    part.view += std::to_string(begin) + ".." + std::to_string(end) + " ";
  part.view += data::typeText("as ", shape);
  part.box.clear();
  for (size_t i = 0; i < shape.size(); ++i) {
    part.box.push_back({0, shape[i]});
    made.axes.push_back(int(i));
  }
  made.part = of.part;
  return made;
}

RemapBuilder::Made RemapBuilder::slice(Made of, const ast::Expr &expr) {
  const std::vector<int64_t> shape = shapeOf(of);
  int64_t named = std::count_if(expr.items.begin(), expr.items.end(), [](const Item &item) {
    return item.kind != Item::Kind::NewAxis && item.kind != Item::Kind::Ellipsis;
  });
  if (named > int64_t(shape.size()))
    fail(Diag::LoadRemap, expr.items.back().span,
         typeOf(of) + " has " + counted(int64_t(shape.size()), "dimension") + ", this indexes " + std::to_string(named));
  std::vector<int64_t> starts, sizes, kept;
  std::vector<int> keptAxes;
  auto keep = [&](int64_t start, int64_t size, bool isKept) {
    int axis = int(starts.size());
    starts.push_back(start);
    sizes.push_back(size);
    if (isKept)
      kept.push_back(size), keptAxes.push_back(axis);
  };
  for (const Item &item : expr.items) {
    if (item.kind == Item::Kind::NewAxis) {
      kept.push_back(1), keptAxes.push_back(-1);
    } else if (item.kind == Item::Kind::Ellipsis) {
      for (int64_t i = named; i < int64_t(shape.size()); ++i)
        keep(0, shape[starts.size()], true);
    } else {
      int64_t size = shape[starts.size()];
      auto resolve = [&](const ast::ExprPtr &written, int64_t otherwise) {
        int64_t index = written ? integer(*written) : otherwise;
        return index < 0 ? index + size : index;
      };
      bool isAt = item.kind == Item::Kind::At, isAll = item.kind == Item::Kind::All;
      int64_t start = isAll ? 0 : resolve(item.start, 0);
      int64_t stop = isAll  ? size
                     : isAt ? start + 1
                            : resolve(item.stop, size);
      if (start < 0 || stop > size || start >= stop)
        fail(Diag::IndexRange, item.span,
             (isAt ? "index " + std::to_string(start) : "the range " + std::to_string(start) + ".." + std::to_string(stop)) +
                 " lies outside axis " + std::to_string(starts.size()) + " of " + typeOf(of) + ", or is empty");
      keep(start, stop - start, !isAt);
    }
  }
  while (starts.size() < shape.size())
    keep(0, shape[starts.size()], true);
  Made made = add("slice", sizes, {of.step}, starts);
  if (kept.size() != sizes.size() || std::find(keptAxes.begin(), keptAxes.end(), -1) != keptAxes.end())
    made = add("reshape", kept, {made.step}, {});
  if (!of.part)
    return made;
  made.part = of.part;
  Taken &part = taken[*of.part];
  for (size_t i = 0; i < starts.size(); ++i)
    if (of.axes[i] >= 0) {
      auto &range = part.box[size_t(of.axes[i])];
      range = {range.first + starts[i], range.first + starts[i] + sizes[i]};
    }
  for (int axis : keptAxes)
    made.axes.push_back(axis < 0 ? -1 : of.axes[size_t(axis)]);
  return made;
}

RemapBuilder::Made RemapBuilder::concat(const ast::Expr &call) {
  const ast::Expr &list = *argument(call, 0, "parts");
  if (list.kind != Kind::List || list.operands.empty())
    fail(Diag::LoadForm, list.span, "`concat` takes a list, such as [\"q\", \"k\"]");
  std::vector<Made> parts;
  for (const ast::ExprPtr &part : list.operands)
    parts.push_back(make(*part));
  std::vector<int64_t> shape = shapeOf(parts[0]), operands = {parts[0].step};
  size_t along = size_t(axis(call, 1, int64_t(shape.size()), -1));
  for (size_t i = 1; i < parts.size(); ++i) {
    std::vector<int64_t> sum = shapeOf(parts[i]);
    if (sum.size() == shape.size())
      sum[along] += shape[along];
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (sum.size() != shape.size() || (axis != along && sum[axis] != shape[axis]))
        fail(Diag::LoadRemap, list.operands[i]->span,
             typeOf(parts[i]) + " cannot be joined to " + typeOf(parts[0]) + " along axis " + std::to_string(along));
    shape = std::move(sum);
    operands.push_back(parts[i].step);
  }
  return add("concat", shape, operands, {int64_t(along)});
}

RemapBuilder::Made RemapBuilder::pad(const ast::Expr &call) {
  Made of = make(*argument(call, 0, "x"));
  std::vector<int64_t> shape = shapeOf(of), before(shape.size(), 0);
  size_t along = size_t(axis(call, 1, int64_t(shape.size()), std::nullopt));
  int64_t first = integer(*argument(call, 2, "before")), last = integer(*argument(call, 3, "after"));
  if (first < 0 || last < 0 || first > (1 << 30) || last > (1 << 30))
    fail(Diag::LoadRemap, call.span,
         "`pad` adds 0 or more elements, this asks for " + std::to_string(first) + " before and " + std::to_string(last) + " after");
  before[along] = first;
  shape[along] += first + last;
  Made made = add("pad", shape, {of.step}, before);
  if (const ast::Expr *value = argument(call, 4, "value"))
    steps.back().value = double(integer(*value));
  return made;
}

}  // namespace tl
