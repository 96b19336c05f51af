// Real numbers of 16 bits in registers: whole numbers of their bits, which become floats and are made of them.
#pragma once
#include "mlir/IR/Builders.h"

namespace tl {

/// The f32 that `bits`, i16 or a vector of them, are as `element`.
mlir::Value widenedFloat(mlir::OpBuilder &b, mlir::Location loc, mlir::Type element, mlir::Value bits);

/// The bits as `element` of an f32 or a vector of them: rounded to the nearest, ties to even; NaN stays NaN.
mlir::Value narrowedFloat(mlir::OpBuilder &b, mlir::Location loc, mlir::Type element, mlir::Value value);

} // namespace tl
