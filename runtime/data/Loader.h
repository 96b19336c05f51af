// Batches in order, prepared ahead by a thread: what comes is a function of (records, options, position) alone.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/RecordList.h"
#include "runtime/memory/Arena.h"
#include <memory>

namespace tl::data {

class Features;
class Sampling;

/// Which records of an epoch's order batch `number` has, and how many batches an epoch has. All but the last are full. Where
/// statistics are taken over the records of a batch (`isMeasured`), a single record that is left for the last means nothing: the
/// last two batches then share their records evenly. Two at a time, it is left out of the epoch.
struct BatchSpan {
  int64_t first = 0, count = 0;
};
BatchSpan batchSpan(int64_t records, int64_t batch, bool isMeasured, int64_t number);
int64_t batchesIn(int64_t records, int64_t batch, bool isMeasured);

struct LoaderOptions {
  int64_t batch = 0;             // rows of every input
  std::vector<abi::Port> inputs; // fields by name, dtype and shape [batch, …]; "valid" f32[batch]; ports of `features`
  int64_t inputBytes = 0;        // of the arena
  bool shuffle = false;          // a new order each epoch, from (seed, stream, epoch); else ascending
  uint64_t seed = 0;
  uint32_t stream = 0; // tells apart stages and phases that share a seed
  int64_t depth = 2;   // batches prepared ahead; 0: none, and no thread
  bool isMeasured = false; // by the records of a batch together: see batchSpan
  bool isWhole = false;    // leaves the records out of an epoch that make no whole batch, unless there is no other
  const Features *features = nullptr; // complete, and outlives the loader
  const Sampling *sampling = nullptr; // says which of the records come, and in which order; outlives the loader
};

/// One batch. Rows past `records` repeat row 0 and have `valid` 0.
struct Batch {
  memory::Arena arena; // laid out by `inputs`; valid until the next call of next() or seek()
  const int64_t *numbers = nullptr; // of the record in each row; as long as `arena`
  int64_t position = 0;       // the number of this batch, from 0
  int64_t epoch = 0;
  int64_t records = 0;
  bool endsEpoch = false;
};

class Loader {
public:
  /// `dataset` must outlive the loader. An input that is no field, or of another type, is an internal error.
  Loader(const Dataset &dataset, RecordList records, LoaderOptions options);
  ~Loader();
  Loader(const Loader &) = delete;

  int64_t batchesPerEpoch() const;
  /// The number of the batch that next() gives: all of a loader's state.
  int64_t position() const;
  void seek(int64_t position);
  Batch next();

  /// Bytes that a loader allocates, of a source with so many `recordsInBlock`: for predicting memory.
  static int64_t bytes(int64_t records, int64_t inBlock, const LoaderOptions &options);

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tl::data
