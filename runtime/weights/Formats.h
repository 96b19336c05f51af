// The formats of files of weights: safetensors, PyTorch's two, NumPy's two, those of word vectors.
#pragma once
#include "runtime/weights/TensorFile.h"
#include <memory>

namespace tl::weights {

/// Told by how the file begins, not by its name.
std::unique_ptr<TensorFile> openTensors(const std::string &path);

} // namespace tl::weights
