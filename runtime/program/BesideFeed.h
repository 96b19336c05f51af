// Batches of data beside that of a stage, one for each call of its steps, whose epochs go round on their own.
#pragma once
#include "runtime/program/Session.h"

namespace tl::program {

class BesideFeed {
public:
  /// For functions whose steps take turns; of `options` those that do not follow from their inputs.
  BesideFeed(Context &context, const abi::Beside &about, const std::vector<Callable> &functions, const data::LoaderOptions &options);

  void seek(int64_t position) { loader.seek(position); }
  void next() { batch = loader.next(); }
  /// Lays the batch that `next` gave into the input of the function with that place among them.
  void lay(size_t function, memory::Arena into) const;

  /// What a loader for these functions allocates, of so many records.
  static int64_t bytes(const abi::Beside &about, const std::vector<Callable> &functions, int64_t records, int64_t inBlock);

private:
  struct Move {
    abi::Port from, into;
  };
  std::vector<std::vector<Move>> moves; // by function
  data::Loader loader;
  data::Batch batch;
};

/// ", beside it 1,024 of corpus.train, batch 32", with what is measured.
std::string besideText(Context &context, const abi::Stage &stage);

} // namespace tl::program
