// The pickle of a file that `torch.save` wrote: tensors, the storages they are views of, and what holds them.
#pragma once
#include "runtime/abi/ElementTypes.h"
#include "runtime/weights/Pickle.h"

namespace tl::weights {

class TorchPickle : public Pickle {
public:
  using Pickle::Pickle;

  /// Numbers in one piece, which tensors may share. `type` is nullptr where only the tensors know, and counts are of bytes.
  struct Storage {
    Value key; // a Text
    const FileElementType *type;
    int64_t first, count; // the first element in what is stored under the key, and how many follow
    int64_t stored;       // how many are stored there
  };
  struct Tensor {
    Storage storage;
    const FileElementType *type;
    int64_t first; // element of the storage
    Value shape, strides;
  };
  const Tensor &tensor(Value value) const { return tensors[size_t(value.number)]; }
  const std::deque<Storage> &allStorages() const { return storages; }

protected:
  Value global(const std::string &name) override;
  Value made(Value global, Value arguments) override;
  Value persistent(Value id) override;

private:
  const Value &argument(Value arguments, size_t i, Kind kind) const;
  Value madeDict(Value arguments);
  Value madeTensor(Value arguments, bool hasType);
  std::deque<Storage> storages;
  std::deque<Tensor> tensors;
};

} // namespace tl::weights
