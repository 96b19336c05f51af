// Follows a weight through the loads of its stage, and of those before it.
#include "runtime/checkpoint/PublishedPlace.h"
#include <algorithm>

namespace tl::checkpoint {

PublishedPlace publishedPlace(const abi::Program &program, const abi::Stage &stage, const std::string &path) {
  for (const abi::Load &load : stage.loads) {
    auto find = [&](const std::vector<abi::LoadedTensor> &list) {
      auto it = std::find_if(list.begin(), list.end(), [&](const abi::LoadedTensor &tensor) { return tensor.path == path; });
      return it == list.end() ? nullptr : &*it;
    };
    if (const abi::LoadedTensor *named = find(load.named))
      return {named, &load};
    const abi::LoadedTensor *tensor = find(load.tensors);
    if (tensor && !load.config.empty())
      return {tensor, &load};
    auto from = std::find_if(program.stages.begin(), program.stages.end(), [&](const abi::Stage &other) { return other.name == load.stage; });
    if (tensor && !load.stage.empty() && tensor->steps.size() == 1 && from != program.stages.end())
      return publishedPlace(program, *from, tensor->steps[0].tensor);
  }
  return {};
}

} // namespace tl::checkpoint
