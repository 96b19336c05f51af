// The records of a split, in the orders in which a program sees them, and the batches they make.
#include "compiler/reference/Records.h"
#include "compiler/reference/Numbers.h"
#include "compiler/reference/Random.h"
#include "runtime/abi/DrawnInputs.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <cmath>
#include <map>

namespace tl::reference {

/// From the last place to the second, each record changes places with one drawn from those up to it. Draw i has the
/// counter (i, epoch, stream, "shuf") where no other is said; of its first two words w, place ⌊(w₀ + 2³²·w₁)·(i + 1) / 2⁶⁴⌋.
Order Records::shuffled(uint64_t seed, uint32_t stream, int64_t epoch) const {
  const int64_t size = dataset.recordsInBlock();
  return size > 1 ? mixed(size, seed, stream, epoch) : shuffled(ascending, seed, stream, epoch);
}

/// The blocks of `size` records, the last of which may have fewer, are shuffled, and then the records of the first eight of them, of the next eight, and so
/// on. There draw i has the counter (p + i, epoch, stream, "mixd"), where p records of the epoch stand before these blocks.
Order Records::mixed(int64_t size, uint64_t seed, uint32_t stream, int64_t epoch) const {
  Order blocks, order;
  for (int64_t first = 0; first < count(); first += size)
    blocks.push_back(first);
  blocks = shuffled(std::move(blocks), seed, stream, epoch);
  for (size_t from = 0; from < blocks.size(); from += 8) {
    Order group;
    for (size_t block = from; block < std::min(from + 8, blocks.size()); ++block)
      for (int64_t place = blocks[block]; place < std::min(blocks[block] + size, count()); ++place)
        group.push_back(ascending[size_t(place)]);
    group = shuffled(std::move(group), seed, stream, epoch, 0x6d697864, order.size());
    order.insert(order.end(), group.begin(), group.end());
  }
  return order;
}

Order Records::shuffled(Order order, uint64_t seed, uint32_t stream, int64_t epoch, uint32_t purpose, size_t first) {
  for (size_t i = order.size(); i-- > 1;) {
    Block words = randomBlock({uint32_t(first + i), uint32_t(epoch), stream, purpose}, keyOf(seed));
    unsigned __int128 fraction = words[0] | uint64_t(words[1]) << 32;
    std::swap(order[i], order[size_t(fraction * (i + 1) >> 64)]);
  }
  return order;
}

/// `count` of them without one twice: place i changes places with the one ⌊(w₀ + 2³²·w₁)·(n - i) / 2⁶⁴⌋ behind it, of block (first + i, epoch, stream, purpose).
static Order chosen(Order from, size_t count, size_t first, std::array<uint32_t, 3> of, uint64_t seed) {
  for (size_t i = 0; i < count; ++i) {
    Block words = randomBlock({uint32_t(first + i), of[0], of[1], of[2]}, keyOf(seed));
    unsigned __int128 fraction = words[0] | uint64_t(words[1]) << 32;
    std::swap(from[i], from[i + size_t(fraction * (from.size() - i) >> 64)]);
  }
  from.resize(count);
  return from;
}

/// Classes in ascending order: of each all records as often as its share holds them whole, then so many as are left, chosen with "samp". Of the classes,
/// as many as records are left over have one more, chosen with "clas".
Order Records::sampled(const std::string &field, int64_t classes, uint64_t seed, uint32_t stream, int64_t epoch) const {
  std::map<int64_t, Order> members;
  for (int64_t record : ascending)
    members[int64_t(decoded(DType::I32, {}, dataset.values(dataset.findField(field), record).data()).data[0])].push_back(record);
  Order numbers, order;
  for (int64_t number = 0; number < classes; ++number)
    numbers.push_back(number);
  Order longer = chosen(numbers, size_t(count() % classes), 0, {uint32_t(epoch), stream, 0x636c6173}, seed);
  for (int64_t number = 0; number < classes; ++number) {
    const Order &own = members.at(number);
    size_t share = size_t(count() / classes) + size_t(std::count(longer.begin(), longer.end(), number));
    for (; share >= own.size(); share -= own.size())
      order.insert(order.end(), own.begin(), own.end());
    Order rest = chosen(own, share, order.size(), {uint32_t(epoch), stream, 0x73616d70}, seed);
    order.insert(order.end(), rest.begin(), rest.end());
  }
  return shuffled(std::move(order), seed, stream, epoch);
}

/// Places in `values`, the least first, equal ones as they stand.
static void sort(Order::iterator first, Order::iterator last, const std::vector<double> &values) {
  std::stable_sort(first, last, [&](int64_t a, int64_t b) { return values[size_t(a)] < values[size_t(b)]; });
}

/// The whole batches of a shuffled epoch are cut into pieces of 1/4 of them each, but of 2 to 50, or one more in some; in each piece the records are sorted.
/// Then the whole batches are shuffled, "alik".
Order Records::alike(const std::vector<double> &values, int64_t batch, uint64_t seed, uint32_t stream, int64_t epoch) const {
  Order places, batches, order;
  for (int64_t place = 0; place < count(); ++place)
    places.push_back(place);
  places = shuffled(std::move(places), seed, stream, epoch);
  const int64_t whole = count() / batch, size = std::min<int64_t>(50, std::max<int64_t>(2, whole / 4)), pieces = std::max<int64_t>(1, whole / size);
  for (int64_t piece = 0; piece < pieces; ++piece)
    sort(places.begin() + whole * piece / pieces * batch, places.begin() + whole * (piece + 1) / pieces * batch, values);
  for (int64_t number = 0; number < whole; ++number)
    batches.push_back(number);
  for (int64_t number : shuffled(std::move(batches), seed, stream, epoch, 0x616c696b))
    order.insert(order.end(), places.begin() + number * batch, places.begin() + (number + 1) * batch);
  order.insert(order.end(), places.begin() + whole * batch, places.end());
  for (int64_t &place : order)
    place = ascending[size_t(place)];
  return order;
}

/// Place i of epoch e draws one of those that are left of the ⌈n·(f + (1 - f)·(e + i/n)/epochs)⌉ least records, by draw i of "rise", and the last one takes its
/// place. When none is left, all are again. Equal ones rank as "rank" shuffles them in epoch 0.
Order Records::rising(const std::vector<double> &values, double from, double epochs, uint64_t seed, uint32_t stream, int64_t epoch) const {
  Order ranked, left, order;
  for (int64_t place = 0; place < count(); ++place)
    ranked.push_back(place);
  ranked = shuffled(std::move(ranked), seed, stream, 0, 0x72616e6b);
  sort(ranked.begin(), ranked.end(), values);
  int64_t known = 0;
  for (int64_t i = 0; i < count(); ++i) {
    const double passed = std::min(1.0, (double(epoch) + double(i) / double(count())) / epochs);
    const int64_t open = std::min(count(), std::max<int64_t>(1, int64_t(std::ceil(double(count()) * (from + (1 - from) * passed)))));
    for (; known < open; ++known)
      left.push_back(ranked[size_t(known)]);
    if (left.empty())
      left.assign(ranked.begin(), ranked.begin() + open);
    Block words = randomBlock({uint32_t(i), uint32_t(epoch), stream, 0x72697365}, keyOf(seed));
    unsigned __int128 fraction = words[0] | uint64_t(words[1]) << 32;
    const auto drawn = size_t(fraction * left.size() >> 64);
    order.push_back(ascending[size_t(left[drawn])]);
    left[drawn] = left.back();
    left.pop_back();
  }
  return order;
}

/// Record j of a draw takes words 2·(j mod 2) and the next one of block (⌊j / 2⌋, draw, 0, "boot"): ⌊(w₀ + 2³²·w₁)·records / 2⁶⁴⌋.
Order drawn(uint64_t seed, int64_t draw, int64_t records) {
  Order order;
  for (int64_t place = 0; place < records; ++place) {
    Block words = randomBlock({uint32_t(place / 2), uint32_t(draw), 0, 0x626f6f74}, keyOf(seed));
    size_t first = 2 * size_t(place % 2);
    unsigned __int128 fraction = words[first] | uint64_t(words[first + 1]) << 32;
    order.push_back(int64_t(fraction * uint64_t(records) >> 64));
  }
  return order;
}

int64_t batchSize(const abi::Function &function) {
  for (const abi::Port &port : function.inputs)
    if (!port.shape.empty() && !abi::isBeside(port))
      return port.shape[0];
  return 1;
}

Order Records::ends(int64_t size, bool isMeasured, bool whole) const {
  Order ends;
  if (whole && count() >= size) {
    for (int64_t end = size; end <= count(); end += size)
      ends.push_back(end);
    return ends;
  }
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

Named Records::batch(const abi::Function &function, const Order &order, int64_t first, int64_t end) const { return batchBeside(function, "", order, first, end); }

Named Records::batchBeside(const abi::Function &function, const std::string &data, const Order &order, int64_t first, int64_t end) const {
  auto isReal = [&](int64_t row) { return first + row < end; };
  Named inputs;
  for (const abi::Port &port : function.inputs) {
    auto [of, name] = abi::partsOfInput(port.name);
    if (of != data)
      continue;
    Tensor &input = inputs[port.name] = Tensor(port.shape);
    int field = dataset.findField(name);
    if (!abi::drawnField(name).empty())
      throw badData("the reference does not draw what training sees of pictures, as `" + abi::drawnField(name) + "` asks for");
    if (field < 0 && name != "valid")
      throw Error(exitInternal, "the data has no field `" + name + "`");
    int64_t size = port.shape[0], width = input.data.size() / size;
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
