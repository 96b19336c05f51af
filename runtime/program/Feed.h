// What a training step is given: the fields of a batch, or in place of some of them features that are computed once for each
// record and kept.
#pragma once
#include "runtime/data/Features.h"
#include "runtime/program/Session.h"

namespace tl::program {

class Feed {
public:
  /// `stream` and `depth` are those of the loader. Features are kept where they fit into Options::cacheBytes; the bits of
  /// what a step is given do not depend on it.
  Feed(Context &context, Session &session, const abi::Stage &stage, const abi::Phase &phase, uint32_t stream, int64_t depth);

  int64_t position() const { return loader->position(); }
  void seek(int64_t position) { loader->seek(position); }
  data::Batch next();
  /// The input of the step for a batch that next() gave; computes the features that are not kept. `step` is that of the stage.
  const char *inputFor(const data::Batch &batch, int64_t step);

  bool isKeeping() const { return features != nullptr; }
  /// What is said of features when a phase starts: "" where there is nothing to say.
  static std::string sentence(Context &context, const abi::Stage &stage, const abi::Phase &phase);
  /// Bytes of the features of `records` records of a source of `sourceRecords`; 0 where the phase has none.
  static int64_t featureBytes(const abi::Program &program, const abi::Phase &phase, int64_t records, int64_t sourceRecords);
  /// Bytes of a batch while features are computed, or always where there are none.
  static int64_t batchBytes(const abi::Program &program, const abi::Phase &phase);

private:
  void open(int64_t position);

  Context &context;
  Session &session;
  const abi::Data &data;
  const std::string &split;
  Callable step, compute; // compute: the function of the features, code null where there is none
  uint32_t stream;
  int64_t depth;
  bool isMeasured;
  std::unique_ptr<data::Features> features; // null: none, or not kept
  bool isComputing;
  std::unique_ptr<data::Loader> loader;
};

}  // namespace tl::program
