// Which values of a function belong to one record each, and which are the same for all records throughout a phase.
#pragma once
#include "compiler/ir/TlDialect.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace tl {

using ir::RecordAxis;
using Variables = llvm::SmallPtrSet<mlir::Attribute, 16>; // by their symbols

/// What a value depends on.
struct Standing {
  enum class Kind {
    Fixed,     // on what stays as it is for the whole phase, and on no record
    PerRecord, // and on records, slice by slice
    Other,
  } kind = Kind::Fixed;
  /// Why it is `Other`; `Trained` outweighs the others.
  enum class Cause { Trained, Random, Step, Place, Mixes, Beside, Drawn } cause = Cause::Trained;
  mlir::Operation *culprit = nullptr; // of `Other`: the op it began with

  /// PerRecord: its slices along any of these depend on their record alone. Fixed: its slices along any of these are equal.
  ir::RecordAxes axes;

  bool isOther() const { return kind == Kind::Other; }
};

/// The standing of every value of a function of which one call takes `batch` records, where the variables `written` change
/// between calls. What is not known to keep records apart does not.
llvm::DenseMap<mlir::Value, Standing> standingsOf(mlir::Block &body, int64_t batch, const Variables &written);

/// Where the bytes of record after record follow each other, so that a record's part can be kept by itself.
std::optional<RecordAxis> leadingRecordAxis(const Standing &standing, const TensorType &type);

} // namespace tl
