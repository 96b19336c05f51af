// Files that `torch.save` wrote: a zip archive, or in the old form a pickle with the numbers behind it.
#pragma once
#include "runtime/weights/TensorFile.h"
#include "runtime/weights/TorchPickle.h"
#include <functional>

namespace tl::weights {

/// Whatever dicts, lists and tuples hold tensors give them dotted names, `state_dict.net.0.weight`; a tensor alone has the file's name.
/// What is no tensor is no weight: epochs, rates and texts beside them are left out. Nothing of the pickle is executed.
class TorchFile : public TensorFile {
public:
  explicit TorchFile(const std::string &path);
  void read(const TensorInfo &tensor, char *into) override;

private:
  /// Where the first byte lies that is stored for a storage.
  using Locate = std::function<int64_t(const TorchPickle::Storage &, int64_t elementBytes)>;
  void readArchive(Budget &budget);
  void readOldForm(Budget &budget);
  int64_t lengthOfOldStorage(const TorchPickle::Storage &storage, int64_t at) const;
  void addTensors(const TorchPickle &pickle, TorchPickle::Value root, const Locate &locate, Budget &budget);
  void addNamed(const TorchPickle &pickle, TorchPickle::Value value, std::string &name, int depth, const Locate &locate, Budget &budget);
  void addTensor(const TorchPickle &pickle, const TorchPickle::Tensor &tensor, const std::string &name, const Locate &locate, Budget &budget);
  struct Place {
    int64_t start;                // of the first element in the file
    std::vector<int64_t> strides; // in elements; none where they lie row by row
  };
  std::deque<Place> places; // TensorInfo::offset is a tensor's place here
};

} // namespace tl::weights
