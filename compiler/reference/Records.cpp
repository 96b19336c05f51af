// The records of a split, in the orders in which a program sees them, and the batches they make.
#include "compiler/reference/Records.h"
#include "compiler/reference/Numbers.h"
#include "compiler/reference/Random.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <map>

namespace tl::reference {

/// From the last place to the second, each record changes places with one drawn from those up to it. Draw i has the
/// counter (i, epoch, stream, "shuf"); of its first two words w, place ⌊(w₀ + 2³²·w₁)·(i + 1) / 2⁶⁴⌋.
Order Records::shuffled(uint64_t seed, uint32_t stream, int64_t epoch) const {
  Order order = ascending;
  for (size_t i = order.size(); i-- > 1;) {
    Block words = randomBlock({uint32_t(i), uint32_t(epoch), stream, 0x73687566}, keyOf(seed));
    unsigned __int128 fraction = words[0] | uint64_t(words[1]) << 32;
    std::swap(order[i], order[size_t(fraction * (i + 1) >> 64)]);
  }
  return order;
}

int64_t batchSize(const abi::Function &function) {
  for (const abi::Port &port : function.inputs)
    if (!port.shape.empty())
      return port.shape[0];
  return 1;
}

Order Records::ends(int64_t size, bool isMeasured) const {
  Order ends;
  for (int64_t end = size; end < count(); end += size)
    ends.push_back(end);
  ends.push_back(count());
  if (!isMeasured || ends.size() < 2 || count() - ends[ends.size() - 2] > 1)
    return ends;
  int64_t &border = ends[ends.size() - 2], before = border - size;
  while (border - before > count() - border + 1)
    --border;
  if (count() - border == 1)
    ends.pop_back();
  return ends;
}

Named Records::batch(const abi::Function &function, const Order &order, int64_t first, int64_t end) const {
  int64_t size = batchSize(function);
  auto isReal = [&](int64_t row) { return first + row < end; };
  Named inputs;
  for (const abi::Port &port : function.inputs) {
    Tensor &input = inputs[port.name] = Tensor(port.shape);
    int field = dataset.findField(port.name);
    if (field < 0 && port.name != "valid")
      throw Error(exitInternal, "the data has no field `" + port.name + "`");
    int64_t width = input.data.size() / size;
    for (int64_t row = 0; row < size; ++row) {
      if (field < 0) {
        input.data[row] = isReal(row);
        continue;
      }
      std::vector<char> bytes = dataset.values(field, order[size_t(isReal(row) ? first + row : first)]);
      input.data.segment(row * width, width) = decoded(dtypeNamed(port.dtype).value(), {width}, bytes.data()).data;
    }
  }
  return inputs;
}

}  // namespace tl::reference
