// Follows a weight through the loads of its stage, and of those before it.
#include "runtime/checkpoint/PublishedPlace.h"
#include <algorithm>

namespace tl::checkpoint {

static const abi::LoadedTensor *find(const std::vector<abi::LoadedTensor> &list, const std::string &path) {
  auto it = std::find_if(list.begin(), list.end(), [&](const abi::LoadedTensor &tensor) { return tensor.path == path; });
  return it == list.end() ? nullptr : &*it;
}

PublishedPlace publishedPlace(const abi::Program &program, const abi::Stage &stage, const std::string &path) {
  for (const abi::Load &load : stage.loads) {
    if (const abi::LoadedTensor *named = find(load.named, path))
      return {named, &load};
    const abi::LoadedTensor *tensor = find(load.tensors, path);
    if (tensor && !load.config.empty())
      return {tensor, &load};
    auto from = std::find_if(program.stages.begin(), program.stages.end(), [&](const abi::Stage &other) { return other.name == load.stage; });
    if (tensor && !load.stage.empty() && tensor->steps.size() == 1 && from != program.stages.end())
      if (PublishedPlace place = publishedPlace(program, *from, tensor->steps[0].tensor); place.tensor)
        return place;
  }
  for (const abi::Overridden &each : stage.overridden) { // other weights, under the names of the model that the layer is made after
    const abi::LoadedTensor *named = find(each.load.named, path), *tensor = each.load.config.empty() ? nullptr : find(each.load.tensors, path);
    if (named || tensor)
      return {named ? named : tensor, &each.load};
  }
  return {};
}

} // namespace tl::checkpoint
