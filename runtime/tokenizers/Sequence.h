// `Sequence`, by which each part of a tokenizer's file has several components of its kind in order.
#pragma once
#include "runtime/tokenizers/Spec.h"
#include <memory>
#include <string>
#include <vector>

namespace tl::tokenizers {

/// Components stand in each other at most so deep.
constexpr int mostDepth = 16;

/// The components of the list `name` of a `Sequence` that stands in `depth` others, as `read` reads one of them; those that are null are none.
template <class Part>
std::vector<std::unique_ptr<Part>> readParts(const Spec &sequence, const std::string &name, int depth,
                                             std::unique_ptr<Part> (*read)(const Spec &, int depth)) {
  std::vector<std::unique_ptr<Part>> parts;
  for (const Spec &part : sequence[name].list()) {
    if (part.isNull())
      continue;
    if (depth >= mostDepth)
      throw part.wrong("stands in more than " + std::to_string(mostDepth) + " others");
    parts.push_back(read(part, depth + 1));
  }
  return parts;
}

} // namespace tl::tokenizers
