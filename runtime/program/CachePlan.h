// Which features of a phase are kept, and what is said of it.
#pragma once
#include "runtime/program/Context.h"

namespace tl::program {

/// The features of the train split come first: a step needs them as often as an evaluation does those of the val split, and they
/// save its time, too. Those of the val split take what is left of the budget.
struct CachePlan {
  int64_t trainBytes = 0, valBytes = 0;  // of all of them; 0 where there are none
  bool keepsTrain = false, keepsVal = false;
  int64_t keptBytes() const { return (keepsTrain ? trainBytes : 0) + (keepsVal ? valBytes : 0); }

  CachePlan(int64_t trainBytes, int64_t valBytes, int64_t budget);
  /// For the records that were read, and the budget of the options.
  static CachePlan of(Context &context, const abi::Stage &stage, const abi::Phase &phase);
};

/// What is said of features when a phase starts.
std::vector<std::string> cacheSentences(Context &context, const abi::Stage &stage, const abi::Phase &phase);

}  // namespace tl::program
