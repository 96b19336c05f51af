// Which stages a fold trains anew besides its own: what that starts from and what has seen the records that the fold holds out.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <algorithm>

namespace tl::abi {

inline bool startsFrom(const Stage &stage, const Stage &other) {
  return std::any_of(stage.loads.begin(), stage.loads.end(), [&](const Load &load) { return load.stage == other.name; });
}

/// Whether a stage is trained on the data, or starts from one that is.
inline bool hasSeen(const Program &program, const Stage &stage, const std::string &data) {
  return (!stage.phases.empty() && stage.data == data) ||
         std::any_of(program.stages.begin(), program.stages.end(), [&](const Stage &other) { return startsFrom(stage, other) && hasSeen(program, other, data); });
}

/// In the order of the program. What stands on other data alone is not among them: it is trained once.
inline std::vector<const Stage *> refittedOf(const Program &program, const Folds &folds) {
  const Stage &own = *std::find_if(program.stages.begin(), program.stages.end(), [&](const Stage &stage) { return stage.name == folds.stage; });
  std::vector<const Stage *> found = {&own};
  for (auto stage = program.stages.rbegin(); stage != program.stages.rend(); ++stage) // what a stage loads stands above it
    if (std::any_of(found.begin(), found.end(), [&](const Stage *later) { return startsFrom(*later, *stage); }) && hasSeen(program, *stage, own.data))
      found.push_back(&*stage);
  found.erase(found.begin());
  std::reverse(found.begin(), found.end());
  return found;
}

} // namespace tl::abi
