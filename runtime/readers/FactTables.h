// Tables that are facts of a vocabulary, made when a stage starts.
#pragma once
#include "runtime/abi/Descriptor.h"
#include "runtime/readers/Huffman.h"

namespace tl::data {

/// Gives `put` the elements of the variable, some more than once: the last counts. `counts` is how often each entry occurs; the others are told in
/// Huffman.h and Subwords.h.
void valuesOf(const abi::Program &program, const abi::Table &table, const PutElement &put);

} // namespace tl::data
