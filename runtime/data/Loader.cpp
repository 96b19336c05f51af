// Prepares batches, on a thread of its own where `depth` asks for one.
#include "runtime/data/Loader.h"
#include "runtime/abi/DrawnInputs.h"
#include "runtime/data/EpochOrder.h"
#include "runtime/data/Features.h"
#include "runtime/data/GroupRows.h"
#include "runtime/data/Shuffle.h"
#include "runtime/io/Checked.h"
#include "runtime/io/SideBySide.h"
#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

namespace tl::data {

namespace {
struct Slot {
  Batch batch;
  std::vector<int64_t> numbers;
};

/// Where an input's values come from.
struct Origin {
  enum class Kind { Field, Drawn, Feature, Valid } kind; // Drawn: a field as training sees it
  int index = -1;
};
} // namespace

static bool leavesOne(int64_t records, int64_t batch, bool isMeasured) {
  return isMeasured && records > batch && records % batch == 1;
}

int64_t batchesIn(int64_t records, int64_t batch, bool isMeasured) {
  bool isLeftOut = batch == 2 && leavesOne(records, batch, isMeasured);
  return (records + batch - 1) / batch - (isLeftOut ? 1 : 0);
}

BatchSpan batchSpan(int64_t records, int64_t batch, bool isMeasured, int64_t number) {
  int64_t batches = batchesIn(records, batch, isMeasured), first = number * batch;
  if (batch == 2 || number < batches - 2 || !leavesOne(records, batch, isMeasured))
    return {first, std::min(batch, records - first)};
  int64_t half = batch / 2 + 1, rest = batch + 1 - half;
  return number == batches - 2 ? BatchSpan{first, half} : BatchSpan{records - rest, rest};
}

/// One more than are prepared ahead: the batch that the caller works on. Small ones are many, since steps on them may be done in less time than it takes
/// to wake a thread, which is woken for a third of them at once.
static std::vector<int64_t> arenaSizes(const LoaderOptions &options) {
  constexpr int64_t bytes = 256 << 10, most = 64;
  const int64_t small = bytes / std::max<int64_t>(options.inputBytes, 1);
  const int64_t ahead = options.depth > 0 ? std::max(options.depth, std::min(small, most)) : 0;
  return std::vector<int64_t>(size_t(ahead + 1), options.inputBytes);
}

struct Loader::Impl {
  const Dataset &dataset;
  LoaderOptions options;
  EpochOrder order;
  std::vector<Origin> origins; // by input
  std::optional<GroupRows> mixed; // of the inputs that are fields, in their order
  memory::Arenas arenas;
  std::vector<Slot> ring;
  std::vector<Pieces::Window> windows; // of those who fill slots

  // Shared with the thread, under `mutex`. Batch p lies in slot p % ring.size(); the caller holds batch `handed` - 1. Who waits is woken for a third of
  // the ring at once.
  std::mutex mutex;
  std::condition_variable changed;
  bool isWaiting = false; // one of the two; never both, since the ring is not full and empty
  int64_t start = 0, made = 0, handed = 0; // positions: first of this run of the thread, next to make, next to hand out
  bool stopping = false;
  std::exception_ptr failure;
  std::thread worker;

  Impl(const Dataset &dataset, RecordList records, LoaderOptions given);
  ~Impl() { stop(); }
  void checkInputs();
  Origin originOf(const abi::Port &port) const;
  bool leavesRest() const { return options.isWhole && order.size() >= options.batch; }
  int64_t batchesPerEpoch() const { return leavesRest() ? order.size() / options.batch : batchesIn(order.size(), options.batch, options.isMeasured); }
  void fill(Slot &slot, int64_t position);
  std::vector<Dataset::Target> fieldsOf(Slot &slot) const;
  void fillMixed(Slot &slot, int64_t first);
  void fillFields(Slot &slot, int64_t first);
  void readRow(const Slot &slot, int64_t row, int64_t place, std::span<Dataset::Target> targets, Pieces::Window &window) const;
  void fillSideBySide(Slot &slot, int64_t first, const std::vector<Dataset::Target> &firstRow, int threads);
  void repeatFirst(const std::vector<Dataset::Target> &first, int64_t records) const;
  int64_t share() const { return std::max<int64_t>(std::ssize(ring) / 3, 1); }
  int64_t room() const { return std::ssize(ring) - (made - std::max(handed - 1, start)); } // batch `handed` - 1 is in use
  void wake(bool isTime);
  void run();
  void launch();
  void stop();
};

static EpochOrder::Way wayOf(const LoaderOptions &options, int64_t inBlock) { return {options.shuffle, options.seed, options.stream, options.sampling, inBlock}; }

Loader::Impl::Impl(const Dataset &dataset, RecordList records, LoaderOptions given)
    : dataset(dataset), options(std::move(given)), order(std::move(records), wayOf(options, dataset.recordsInBlock())), arenas(arenaSizes(options)), ring(arenaSizes(options).size()) {
  if (order.size() == 0 || options.batch <= 0)
    throw Error(exitInternal, "a loader needs records and a batch size");
  checkInputs();
  for (size_t i = 0; i < ring.size(); ++i) {
    ring[i].batch.arena = arenas[i];
    ring[i].numbers.resize(size_t(options.batch));
  }
  windows.resize(1);
  if (!order.isMixed())
    return;
  std::vector<int> fields;
  for (const Dataset::Target &target : fieldsOf(ring.front()))
    fields.push_back(target.field);
  mixed.emplace(dataset, fields);
}

Origin Loader::Impl::originOf(const abi::Port &port) const {
  if (int field = dataset.findField(port.name); field >= 0)
    return {Origin::Kind::Field, field};
  if (int field = dataset.findField(abi::drawnField(port.name)); field >= 0)
    return {Origin::Kind::Drawn, field};
  if (int feature = options.features ? options.features->find(port.name) : -1; feature >= 0)
    return {Origin::Kind::Feature, feature};
  if (port.name != "valid")
    throw Error(exitInternal, "the data has no `" + port.name + "`");
  return {Origin::Kind::Valid};
}

void Loader::Impl::checkInputs() {
  for (const abi::Port &port : options.inputs) {
    Origin origin = originOf(port);
    std::vector<int64_t> shape = {options.batch};
    std::string dtype = "f32";
    if (origin.kind == Origin::Kind::Field || origin.kind == Origin::Kind::Drawn) {
      const abi::Field &type = dataset.fields()[size_t(origin.index)];
      shape.insert(shape.end(), type.shape.begin(), type.shape.end());
      dtype = type.dtype;
    } else if (origin.kind == Origin::Kind::Feature) {
      shape = port.shape; // what a compiled function made
      dtype = port.dtype;
    }
    int64_t end = io::checkedAdd(
        port.offset, io::checkedMultiply(io::checkedElements(shape, port.name), dtypeBytes(dtype), port.name),
        port.name);
    if (port.shape != shape || port.dtype != dtype || end > options.inputBytes)
      throw Error(exitInternal, "input `" + port.name + "` " + typeText(port.dtype, port.shape) + " at byte " +
                                    std::to_string(port.offset) + " does not fit the data's " + typeText(dtype, shape) +
                                    " in " + std::to_string(options.inputBytes) + " bytes");
    origins.push_back(origin);
  }
}

void Loader::Impl::fill(Slot &slot, int64_t position) {
  int64_t epoch = position / batchesPerEpoch(), number = position % batchesPerEpoch();
  order.arrange(epoch);
  auto [first, count] = leavesRest() ? BatchSpan{number * options.batch, options.batch} : batchSpan(order.size(), options.batch, options.isMeasured, number);
  slot.batch = {slot.batch.arena, slot.numbers.data(), position, epoch, count, number + 1 == batchesPerEpoch()};
  if (mixed)
    fillMixed(slot, first);
  else
    for (int64_t row = 0; row < options.batch; ++row)
      slot.numbers[size_t(row)] = order[row < count ? first + row : first];
  for (size_t input = 0; input < origins.size(); ++input) {
    char *into = slot.batch.arena.at(options.inputs[input]);
    if (auto [kind, index] = origins[input]; kind == Origin::Kind::Valid) {
      float *valid = reinterpret_cast<float *>(into);
      std::fill(std::fill_n(valid, count, 1.0f), valid + options.batch, 0.0f);
    } else if (kind == Origin::Kind::Feature) {
      auto bytes = size_t(options.features->bytesPerRecord(index));
      for (size_t row = 0; row < slot.numbers.size(); ++row, into += bytes)
        std::memcpy(into, options.features->values(index, slot.numbers[row]), bytes);
    }
  }
  if (!mixed)
    fillFields(slot, first);
}

/// Where each goes in a batch.
std::vector<Dataset::Target> Loader::Impl::fieldsOf(Slot &slot) const {
  std::vector<Dataset::Target> targets;
  for (size_t input = 0; input < origins.size(); ++input)
    if (auto [kind, index] = origins[input]; kind == Origin::Kind::Field)
      targets.push_back({index, slot.batch.arena.at(options.inputs[input])});
    else if (kind == Origin::Kind::Drawn)
      targets.push_back({index, slot.batch.arena.at(options.inputs[input]), uint64_t{0}});
  return targets;
}

void Loader::Impl::fillMixed(Slot &slot, int64_t first) {
  const int64_t count = slot.batch.records;
  const std::vector<Dataset::Target> targets = fieldsOf(slot);
  std::vector<char *> into;
  for (const Dataset::Target &target : targets)
    into.push_back(target.into);
  mixed->lay(order, slot.batch.epoch, first, count, slot.numbers.data(), into);
  std::fill(slot.numbers.begin() + count, slot.numbers.end(), slot.numbers.front());
  repeatFirst(targets, count);
}

/// Row by row, so that a record that is read in pieces is read once. `first`: the place in the epoch of the first row.
void Loader::Impl::fillFields(Slot &slot, int64_t first) {
  std::vector<Dataset::Target> targets = fieldsOf(slot);
  if (targets.empty())
    return;
  if (const int threads = dataset.readingThreads(); threads > 1)
    return fillSideBySide(slot, first, targets, threads);
  constexpr size_t ahead = 16; // records of a shuffled batch lie anywhere
  for (size_t row = 0; row < slot.numbers.size(); ++row) {
    if (row + ahead < slot.numbers.size())
      dataset.prefetch(slot.numbers[row + ahead], targets);
    readRow(slot, int64_t(row), row < size_t(slot.batch.records) ? first + int64_t(row) : first, targets, windows.front());
    for (Dataset::Target &target : targets)
      target.into += dataset.bytesPerRecord(target.field);
  }
}

/// What is drawn depends on the place in the epoch: a record that comes twice in it is not drawn alike.
void Loader::Impl::readRow(const Slot &slot, int64_t row, int64_t place, std::span<Dataset::Target> targets, Pieces::Window &window) const {
  constexpr uint32_t purpose = 0x73656564; // "seed"
  for (Dataset::Target &target : targets)
    if (target.seed)
      target.seed = Draws{options.seed, options.stream, slot.batch.epoch, purpose}.bits(uint64_t(place));
  dataset.read(slot.numbers[size_t(row)], targets, window);
}

/// Where it takes long to read a record; `firstRow`: where its fields go.
void Loader::Impl::fillSideBySide(Slot &slot, int64_t first, const std::vector<Dataset::Target> &firstRow, int threads) {
  const int64_t records = slot.batch.records;
  windows.resize(size_t(threads));
  auto placeOf = [&](const Dataset::Target &target, int64_t row) { return target.into + row * dataset.bytesPerRecord(target.field); };
  io::sideBySide(records, threads, [&](int64_t row, int thread) {
    std::vector<Dataset::Target> targets = firstRow;
    for (Dataset::Target &target : targets)
      target.into = placeOf(target, row);
    readRow(slot, row, first + row, targets, windows[size_t(thread)]);
  });
  repeatFirst(firstRow, records);
}

/// Into the rows past the records.
void Loader::Impl::repeatFirst(const std::vector<Dataset::Target> &first, int64_t records) const {
  for (const auto &[field, into, seed] : first)
    for (int64_t row = records, bytes = dataset.bytesPerRecord(field); row < options.batch; ++row)
      std::memcpy(into + row * bytes, into, size_t(bytes));
}

/// Under `mutex`.
void Loader::Impl::wake(bool isTime) {
  if (isTime && std::exchange(isWaiting, false))
    changed.notify_one();
}

void Loader::Impl::run() {
  try {
    std::unique_lock lock(mutex);
    for (;;) {
      if (room() == 0 && !stopping) {
        isWaiting = true;
        changed.wait(lock, [&] { return stopping || room() >= share(); });
      }
      if (stopping)
        return;
      int64_t position = made;
      lock.unlock();
      fill(ring[size_t(position) % ring.size()], position);
      lock.lock();
      made = position + 1;
      wake(made - handed + 1 >= share());
    }
  } catch (...) {
    std::lock_guard lock(mutex);
    failure = std::current_exception();
    wake(true);
  }
}

void Loader::Impl::launch() {
  // Signals stay with the main thread, which saves and leaves.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    worker = std::thread([this] { run(); });
  } catch (const std::system_error &error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw Error(exitInternal, std::string("cannot start the loader's thread: ") + error.what());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Loader::Impl::stop() {
  if (!worker.joinable())
    return;
  {
    std::lock_guard lock(mutex);
    stopping = true;
    wake(true);
  }
  worker.join();
  stopping = false;
}

Loader::Loader(const Dataset &dataset, RecordList records, LoaderOptions options)
    : impl(std::make_unique<Impl>(dataset, std::move(records), std::move(options))) {}
Loader::~Loader() = default;

int64_t Loader::batchesPerEpoch() const { return impl->batchesPerEpoch(); }
int64_t Loader::position() const { return impl->handed; }

void Loader::seek(int64_t position) {
  if (position < 0)
    throw Error(exitInternal, "a loader cannot seek to " + std::to_string(position));
  impl->stop();
  impl->failure = nullptr;
  impl->start = impl->made = impl->handed = position;
}

Batch Loader::next() {
  if (impl->options.depth <= 0) {
    impl->fill(impl->ring[0], impl->handed);
    ++impl->handed;
    return impl->ring[0].batch;
  }
  if (!impl->worker.joinable())
    impl->launch();
  std::unique_lock lock(impl->mutex);
  ++impl->handed; // gives the batch before back to the thread
  impl->wake(impl->room() >= impl->share());
  int64_t position = impl->handed - 1;
  if (impl->made <= position && !impl->failure) {
    impl->isWaiting = true;
    impl->changed.wait(lock, [&] { return impl->failure || impl->made - position >= impl->share(); });
  }
  if (impl->made <= position) {
    --impl->handed;
    std::rethrow_exception(impl->failure);
  }
  return impl->ring[size_t(position) % impl->ring.size()].batch;
}

int64_t Loader::bytes(int64_t records, int64_t inBlock, const LoaderOptions &options) {
  std::vector<int64_t> sizes = arenaSizes(options);
  const EpochOrder::Way way = wayOf(options, inBlock);
  return memory::Arenas::bytes(sizes) + std::ssize(sizes) * options.batch * 8 + EpochOrder::bytes(records, way) +
         (way.isMixed() ? GroupRows::bytes(std::min(records, EpochOrder::blocksMixed * inBlock), options.inputBytes / options.batch) : 0);
}

} // namespace tl::data
