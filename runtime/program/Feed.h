// What a step or an evaluation is given: the fields of a batch, or in place of some of them features that are computed once for
// each record and kept.
#pragma once
#include "runtime/data/Features.h"
#include "runtime/program/BesideFeed.h"

namespace tl::program {

/// A function that takes batch after batch of a split, and the one that makes the features among its inputs ("": there are none).
struct Intake {
  std::string split, function, features;
  bool isMeasured = false; // takes statistics over the records of a batch: see data::batchSpan
  std::vector<std::string> others = {}; // functions whose steps take turns with those of the first, on batches in common; then there are no features
  std::vector<abi::Beside> beside = {}; // data of which they take batches, too

  static Intake ofTraining(const abi::Stage &stage, const abi::Phase &phase);
  static Intake ofEvaluation(const abi::Stage &stage, const abi::Phase &phase);

  /// Bytes of the features of `records` records of a source of `sourceRecords`; 0 where there are none.
  int64_t featureBytes(const abi::Program &program, int64_t records, int64_t sourceRecords) const;
  /// Bytes of a batch while features are computed, or always where there are none.
  int64_t batchBytes(const abi::Program &program) const;
  /// What of all functions that take batches is known.
  std::vector<const abi::Function *> takers(const abi::Program &program) const;
};

/// Of the loader's options, those that tell in which order records come.
struct Order {
  bool shuffle = false;
  uint32_t stream = 0;
  const data::Sampling *sampling = nullptr;
  int64_t depth = data::LoaderOptions().depth;
};

class Feed {
public:
  /// Features are kept where `keeps` says so; the bits of what the function is given do not depend on it.
  Feed(Context &context, Session &session, const abi::Data &data, const Intake &intake, bool keeps, const Order &order);

  int64_t position() const { return loader->position(); }
  int64_t batchesPerEpoch() const { return loader->batchesPerEpoch(); }
  void seek(int64_t position) { loader->seek(position); }
  /// How many batches have been taken of data beside that of the stage, each of which goes round on its own.
  void seekBeside(int64_t calls);
  data::Batch next();
  /// The input of the function for a batch that next() gave, or of the one whose turn it is; computes the features that are not kept. `step` is that of the stage.
  memory::Arena inputFor(const data::Batch &batch, int64_t step, size_t turn = 0);

  bool isKeeping() const { return features != nullptr; }
  /// Time spent so far on features that the next epoch will find kept.
  double featureSeconds() const { return seconds; }

private:
  memory::Arena ownInputFor(const data::Batch &batch, int64_t step, size_t turn);
  void open(int64_t position);

  Context &context;
  Session &session;
  const abi::Data &data;
  std::string split;
  std::vector<Callable> others; // whose inputs lie behind the taker's
  Callable taker, compute; // compute: the function of the features, code null where there is none
  Order order;
  bool isMeasured;
  std::unique_ptr<data::Features> features; // null: none, or not kept
  bool isComputing;
  double seconds = 0;
  std::unique_ptr<data::Loader> loader;
  std::vector<std::unique_ptr<BesideFeed>> beside;
};

}  // namespace tl::program
