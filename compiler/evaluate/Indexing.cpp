// Items of lists, slices and rows of tensors, and `as`.
#include "compiler/evaluate/BodyEvaluator.h"

namespace tl {

using Item = ast::IndexItem;

namespace {
std::string counted(size_t number, const char *noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}
} // namespace

Value BodyEvaluator::index(const ast::Expr &expr, const ScopePtr &scope) {
  Value base = eval(*expr.operands[0], scope);
  // A place within `size` elements, counted from the end where negative. `isEnd`: may be `size` itself.
  auto place = [&](const ast::Expr &item, int64_t size, bool isEnd) {
    int64_t at = integer(eval(item, scope), item.span, "an index"), from = at < 0 ? at + size : at;
    if (from < 0 || from > (isEnd ? size : size - 1))
      fail(Diag::IndexRange, item.span,
           (isEnd ? "the range reaches " : "index ") + std::to_string(at) + (isEnd ? ", " : " is outside: ") +
               "there are " + counted(size_t(size), "element"));
    return from;
  };
  auto range = [&](const Item &item, int64_t size) {
    int64_t start = item.start ? place(*item.start, size, true) : 0,
            stop = item.stop ? place(*item.stop, size, true) : size;
    if (start >= stop)
      fail(Diag::IndexRange, item.span,
           "the range " + std::to_string(start) + ".." + std::to_string(stop) + " is empty");
    return std::pair{start, stop};
  };

  if (auto *list = std::get_if<std::shared_ptr<List>>(&base)) {
    const auto &items = (*list)->items;
    if (expr.items.size() != 1 || (expr.items[0].kind != Item::Kind::At && expr.items[0].kind != Item::Kind::Range))
      fail(Diag::ValueKind, expr.span, "a list takes one index or one range");
    if (expr.items[0].kind == Item::Kind::At)
      return items[place(*expr.items[0].start, int64_t(items.size()), false)];
    auto [start, stop] = range(expr.items[0], int64_t(items.size()));
    auto part = std::make_shared<List>();
    part->items.assign(items.begin() + start, items.begin() + stop);
    return part;
  }
  if (!isTensorLike(base))
    fail(Diag::ValueKind, expr.span, "tensors and lists can be indexed, this is " + describe(base));
  TensorValue x = toTensor(base, expr.span);

  size_t consumed = 0, ellipses = 0;
  for (const Item &item : expr.items) {
    consumed += item.kind == Item::Kind::At || item.kind == Item::Kind::Range || item.kind == Item::Kind::All;
    ellipses += item.kind == Item::Kind::Ellipsis;
  }
  if (consumed > x.axes.size() || ellipses > 1)
    fail(Diag::IndexRange, expr.span,
         ellipses > 1 ? "`..` stands twice" : "indexes " + std::to_string(consumed) + " axes" + " of " + describe(x));
  std::vector<int64_t> starts, limits;
  std::vector<Axis> axes;  // of the result; sizes of ranges are set after the slice
  std::vector<int> source; // the axis of x that each axis of the result is; -1: new
  bool isFirst = true;
  for (const Item &item : expr.items) {
    size_t axis = starts.size();
    auto keep = [&](int64_t start, int64_t stop) {
      starts.push_back(start);
      limits.push_back(stop);
      source.push_back(int(axis));
    };
    switch (item.kind) {
    case Item::Kind::NewAxis:
      source.push_back(-1);
      break;
    case Item::Kind::All:
      keep(0, x.axes[axis].size);
      break;
    case Item::Kind::Ellipsis:
      for (size_t rest = x.axes.size() - consumed; rest > 0; --rest, ++axis)
        keep(0, x.axes[axis].size);
      break;
    case Item::Kind::Range: {
      auto [start, stop] = range(item, x.axes[axis].size);
      keep(start, stop);
      break;
    }
    case Item::Kind::At: {
      Value at = item.start->kind == ast::Expr::Kind::Number || !isFirst ? Value{None{}} : eval(*item.start, scope);
      if (auto *ids = std::get_if<TensorValue>(&at); ids && !ids->isScalar()) {
        if (expr.items.size() != 1)
          fail(Diag::ValueKind, item.span, "rows by a tensor of ids take one index: `table[ids]`");
        if (ids->dtype != DType::I32)
          fail(Diag::DtypeMismatch, item.span, "rows are chosen by i32 ids, this is " + describe(*ids),
               "`to_int(x)` makes it i32");
        std::vector<Axis> rows = ids->axes;
        rows.insert(rows.end(), x.axes.begin() + 1, x.axes.end());
        needPlaces(*ids, {x.axes[0].size, {}, x.axes[0].given}, expr.span);
        TensorValue chosen = node(Op::Gather, {x, *ids}, {}, x.dtype, rows, expr.span);
        chosen.range = x.range;
        return chosen;
      }
      int64_t start = place(*item.start, x.axes[axis].size, false);
      starts.push_back(start);
      limits.push_back(start + 1);
      break;
    }
    }
    isFirst = false;
  }
  for (size_t axis = starts.size(); axis < x.axes.size(); ++axis) {
    source.push_back(int(axis));
    starts.push_back(0);
    limits.push_back(x.axes[axis].size);
  }
  TensorValue part = slice(x, starts, limits, expr.span);
  for (int axis : source)
    axes.push_back(axis < 0 ? Axis{1, ""} : part.axes[axis]);
  return reshape(part, axes, expr.span);
}

/// A size or a list of sizes as axes, which keep the names of their dimensions.
std::vector<Axis> BodyEvaluator::shapeOf(const Value &value, ast::Span span) {
  std::vector<Axis> axes;
  auto *list = std::get_if<std::shared_ptr<List>>(&value);
  for (const Value &item : list ? (*list)->items : std::vector<Value>{value}) {
    int64_t size = integer(item, span, "a size");
    if (size < 1)
      fail(Diag::DimValue, span, "a size is a positive whole number, this is " + std::to_string(size));
    const Number &number = std::get<Number>(item);
    Axis axis{.size = size, .name = number.dim, .given = number.given};
    if (auto binding = axis.name.empty() ? std::nullopt : find(axis.name, *current))
      axis.records = binding->records;
    axes.push_back(axis);
  }
  return axes;
}

namespace {
/// -1, by which other libraries mean what is left.
bool isOpenSize(const ast::Expr &dim) {
  return dim.kind == ast::Expr::Kind::Unary && dim.text == "-" && dim.operands[0]->kind == ast::Expr::Kind::Number &&
         dim.operands[0]->number == 1;
}
} // namespace

/// Says which size is left for the one at `open` of `x as […]`, by name where an axis of x has it.
void BodyEvaluator::refuseOpenSize(const ast::Expr &expr, size_t open, const TensorValue &x, const ScopePtr &scope) {
  int64_t left = x.type().elements();
  for (size_t i = 1; i < expr.operands.size(); ++i)
    if (const ast::Expr &dim = *expr.operands[i]; i != open && !isOpenSize(dim) && dim.kind != ast::Expr::Kind::Ellipsis) {
      int64_t size = axisOf(dim, scope).size;
      left = left % size == 0 ? left / size : 0;
    }
  std::string name;
  for (const Axis &axis : x.axes)
    if (name.empty() && axis.size == left)
      name = axis.name;
  fail(Diag::DimValue, expr.operands[open]->span, "a size is a positive whole number, this is -1",
       left > 0 ? "what is left here is " + (name.empty() ? std::to_string(left) : "`" + name + "`, " + std::to_string(left)) +
                      ": write it out; `..`, first or last, keeps whole axes"
                : "write the size out; `..`, first or last, keeps whole axes");
}

/// `x as [b, h * w]`; `..` keeps the leading axes that the sizes after it leave over, or the trailing ones that those
/// before it do.
TensorValue BodyEvaluator::reshapeTo(const ast::Expr &expr, const ScopePtr &scope) {
  TensorValue x = toTensor(eval(*expr.operands[0], scope), expr.operands[0]->span);
  std::vector<Axis> axes;
  int64_t product = 1;
  enum { Nowhere, First, Last } ellipsis = Nowhere;
  for (size_t i = 1; i < expr.operands.size(); ++i) {
    const ast::Expr &dim = *expr.operands[i];
    if (dim.kind == ast::Expr::Kind::Ellipsis) {
      if (ellipsis != Nowhere || (i != 1 && i + 1 != expr.operands.size()))
        fail(Diag::ReshapeSizes, dim.span, "`..` stands first, or last: it keeps the leading or the trailing axes");
      ellipsis = i == 1 ? First : Last;
      continue;
    }
    if (isOpenSize(dim))
      refuseOpenSize(expr, i, x, scope);
    axes.push_back(axisOf(dim, scope));
    product *= axes.back().size;
    if (product > int64_t(1) << 40)
      fail(Diag::DimValue, expr.span, "the new shape has more than 2^40 elements");
  }
  if (ellipsis != Nowhere) {
    int64_t rest = 1;
    size_t taken = 0, rank = x.axes.size(); // axes that the sizes written make up
    for (; taken < rank && (rest != product || taken == 0); ++taken)
      rest *= x.axes[ellipsis == First ? rank - 1 - taken : taken].size;
    product = rest == product ? product : 0;
    // Axes of size 1 leave open where `..` begins; a body with a `..` of its own means that one.
    const Scope *own = scope.get();
    while (own && !own->ellipsis)
      own = own->parent.get();
    size_t kept = own ? own->ellipsis->size() : rank;
    auto isOne = [&](size_t i) { return x.axes[ellipsis == First ? rank - 1 - i : i].size == 1; };
    while (product && kept <= rank && taken < rank - kept && isOne(taken))
      ++taken;
    if (ellipsis == First)
      axes.insert(axes.begin(), x.axes.begin(), x.axes.end() - int64_t(taken));
    else
      axes.insert(axes.end(), x.axes.begin() + int64_t(taken), x.axes.end());
  }
  TensorValue target{-1, x.dtype, axes};
  if (int64_t have = x.type().elements(), wanted = target.type().elements(); product == 0 || wanted != have) {
    int64_t before = axes.empty() ? 0 : wanted / std::max<int64_t>(1, axes.back().size); // of the axes before the last
    fail(Diag::ReshapeSizes, expr.span,
         "cannot read " + describe(x) + " as " + describe(target) + ": " + std::to_string(have) + " elements against " + std::to_string(wanted),
         before > 0 && have % before == 0 && ellipsis == Nowhere ? "with " + std::to_string(have / before) + " for the last axis there are as many" : "");
  }
  carryRecords(x, axes);
  return reshape(x, axes, expr.span);
}

} // namespace tl
