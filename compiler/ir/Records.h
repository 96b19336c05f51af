// How values are made of the records of a batch, and how an op hands that on.
#pragma once
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace tl::ir {

/// An axis along which a value is made of one slice per record: element `r * inner + j` belongs to record `r` of the batch.
struct RecordAxis {
  int64_t axis = 0, inner = 1;
  bool operator==(const RecordAxis &) const = default;
};
using RecordAxes = llvm::SmallVector<RecordAxis, 2>;

struct OperandRecords {
  bool isFixed;     // the same for all records: its slices along any of the axes are equal
  RecordAxes axes;  // else: its slices along any of them depend on their record alone
};

RecordAxes intersection(llvm::ArrayRef<RecordAxis> a, llvm::ArrayRef<RecordAxis> b);
/// Of what is elementwise: the axes that all operands have.
RecordAxes axesOfAll(llvm::ArrayRef<OperandRecords> operands);

}  // namespace tl::ir
