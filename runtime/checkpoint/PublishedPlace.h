// Under which name a weight is published, where the model began as a published one.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl::checkpoint {

/// How a weight is published, and the load that says so: of the stage, or of the one that it took it from. Null: nobody says.
struct PublishedPlace {
  const abi::LoadedTensor *tensor = nullptr;
  const abi::Load *load = nullptr;
};

PublishedPlace publishedPlace(const abi::Program &program, const abi::Stage &stage, const std::string &path);

} // namespace tl::checkpoint
