// A tensor whose elements lie in a file as strides say: views, transposed ones, those of column after column.
#pragma once
#include "runtime/io/File.h"
#include <span>

namespace tl::weights {

/// How far the last element is from the first, in elements; an error naming `what` where it is too far for any file. Of shapes with elements.
int64_t reachOf(std::span<const int64_t> shape, std::span<const int64_t> strides, const std::string &what);

/// Whether the elements lie one after the other, row by row.
bool isDense(std::span<const int64_t> shape, std::span<const int64_t> strides);

/// into[i, j, …] = from[i · strides[0] + j · strides[1] + …], of elements of so many bytes.
void gather(const char *from, std::span<const int64_t> shape, std::span<const int64_t> strides, int64_t elementBytes, char *into);

} // namespace tl::weights
