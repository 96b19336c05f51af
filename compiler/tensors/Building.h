// How the function that is being built is to behave, and what comes to light while it is.
#pragma once
#include "compiler/values/Library.h"

namespace tl {

/// How a layer behaves in the function being built, decided per instance path by the phase's rules.
struct Mode {
  bool training = false;      // `training`: dropout, corruption
  bool updateBuffers = false; // `buffer <- …` takes effect
};

struct Building {
  /// Mode by instance (null is the stage itself: objectives, augmentations). Default: evaluation.
  std::function<Mode(const Instance *)> modeOf;
  /// Where set, what is built reads records of that data, beside the stage's own: see abi::Beside.
  std::string beside;
  /// Where set, reductions over a batch axis skip records whose f32[batch] input "valid" is 0. The input is made on first use.
  bool maskBatch = false;
  /// The first layer that keeps something and, while it trains, takes the records of a batch together: where it does.
  /// Nothing follows from a batch of one record there. Known where maskBatch is set.
  struct BatchStatistics { std::string layer, path; ast::Span span; };
  std::optional<BatchStatistics> batchStatistics;
};

}  // namespace tl
