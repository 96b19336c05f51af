// Makes the values of variables out of the tensors of a file, by the steps that the program lists.
#pragma once
#include "runtime/checkpoint/KeptWeight.h"
#include "runtime/weights/WeightFile.h"
#include "runtime/memory/Arena.h"

namespace tl::checkpoint {

/// Whether a tensor of dtype `there` in a file ("f32", "i64", …) can fill a variable of dtype `here`: real numbers from real ones,
/// rounded to the nearest; i32 from i32, i64, u8 and i1. A number that `here` has no place for is refused when it is read.
bool isLoadable(const std::string &there, const std::string &here);
/// Whether such numbers may lose digits: all but those that stay what they are, and those that become what they are computed in.
bool losesDigits(const std::string &there, const std::string &here);

/// Copies what `load` lists from a file (or an index of files) into the stage's variables. Everything is held against
/// the file before the first is written. What it has done to those that are kept in fewer digits than they are computed with.
std::vector<Rounding> copyTensors(const std::string &path, const abi::Load &load, const abi::Stage &stage, memory::Arena variables);

/// The way back: a tensor as it is published, of the values of variables.
struct PublishedTensor {
  std::vector<int64_t> shape;
  std::vector<uint32_t> values; // f32 or i32
  std::string dtype;
};

/// Puts a variable's values, of that shape and element type, where its steps have taken them from, into tensors by the names that they
/// are published under. False where that is not possible: where some of them come from nowhere (`pad`, `new`), or only by their words.
bool putBack(const abi::LoadedTensor &tensor, const std::vector<int64_t> &shape, const std::string &dtype, const char *values,
             std::map<std::string, PublishedTensor> &into);

/// Bytes that are held beside the variables while they are copied, but for those of a tensor that lies in its file in another element type or order.
int64_t copyingBytes(const abi::Load &load, const abi::Stage &stage);

} // namespace tl::checkpoint
