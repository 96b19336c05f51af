// The field that says which records belong together: a hash of what a column has, that folds read and no model does.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl::data {

/// Whether it is that one, and not another that is called so.
inline bool isGroup(const abi::Field &field) { return field.name == abi::groupField && field.tokens.empty() && field.classes == 0 && field.dtype == "i32" && field.shape == std::vector<int64_t>{2}; }

} // namespace tl::data
