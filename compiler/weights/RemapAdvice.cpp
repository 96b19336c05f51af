// What a person could write so that a tensor of the file fits one of the model.
#include "compiler/weights/LoadAccount.h"
#include <algorithm>
#include <numeric>

namespace tl {

using Shape = std::vector<int64_t>;

static Shape permuted(const Shape &shape, const Shape &axes) {
  Shape made;
  for (int64_t axis : axes)
    made.push_back(shape[size_t(axis)]);
  return made;
}

static std::string listed(const Shape &numbers) {
  std::string text;
  for (int64_t number : numbers)
    text += (text.empty() ? "" : ", ") + std::to_string(number);
  return "[" + text + "]";
}

/// "[:, " in front of an axis that is not the first.
static std::string colonsBefore(size_t axis) {
  std::string text = "[";
  for (size_t i = 0; i < axis; ++i)
    text += ":, ";
  return text;
}

std::string remedy(const std::string &tensor, const Shape &from, const Shape &to) {
  if (from == to)
    return tensor;
  size_t rank = from.size();
  Shape axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (rank == to.size() && rank >= 2 && rank <= 5) {
    Shape swapped = axes;
    std::swap(swapped[rank - 1], swapped[rank - 2]);
    if (permuted(from, swapped) == to)
      return "transpose(" + tensor + ")";
    // The layouts of convolutions that frameworks use, before any other order.
    std::vector<Shape> orders;
    if (rank == 4)
      orders = {{2, 3, 1, 0}, {3, 2, 0, 1}};
    for (Shape order = axes; std::next_permutation(order.begin(), order.end());)
      orders.push_back(order);
    for (const Shape &order : orders)
      if (permuted(from, order) == to)
        return "permute(" + tensor + ", " + listed(order) + ")";
  }
  auto elements = [](const Shape &shape) { return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>()); };
  if (elements(from) == elements(to))
    return tensor + " as " + listed(to);
  if (rank != to.size())
    return "";
  size_t smaller = 0, larger = 0, last = 0;
  for (size_t i = 0; i < rank; ++i) {
    smaller += to[i] < from[i];
    larger += to[i] > from[i];
    if (to[i] != from[i])
      last = i;
  }
  if (larger == 0) {
    std::string items;
    for (size_t i = 0; i <= last; ++i)
      items += (i ? ", " : "") + (to[i] == from[i] ? ":" : "0.." + std::to_string(to[i]));
    return tensor + "[" + items + "]";
  }
  if (smaller == 0 && larger == 1)
    return "concat([" + tensor + ", new" + colonsBefore(last) + std::to_string(from[last]) + "..]], axis = " +
           std::to_string(last) + ")";
  return "";
}

/// Where nothing of a stage's model fits by its name: the part of it that has all that is wanted, the one of this name first; "" if none.
std::string LoadAccount::partThatFits() const {
  if (!rules.empty() || ofEqualNames > 0 || origin.tensors.empty() || !origin.tensors.front().leaf)
    return "";
  std::string fitting;
  for (const std::string &path : origin.tree.nodePaths()) {
    ParameterTree part = origin.tree.under(splitPath(path));
    bool fits = std::all_of(here.entries.begin(), here.entries.end(), [&](const TreeEntry &mine) {
      const TreeEntry *theirs = mine.isLeaf ? part.find(mine.path) : nullptr;
      return !mine.isLeaf || (theirs && theirs->isLeaf && theirs->type.shape == mine.type.shape);
    });
    if (fits && (fitting.empty() || path == herePath))
      fitting = path;
  }
  return fitting.empty() ? "" : origin.name + (fitting.front() == '[' ? "" : ".") + fitting;
}

}  // namespace tl
