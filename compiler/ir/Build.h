// Writing the calculus in C++: `Build m{b, loc}; m.mul(dY, m.sub(m.one(y), y))`.
#pragma once
#include "compiler/ir/TlDialect.h"

namespace tl::ir {

/// Makes ops at one place. Every shape follows from the operands; sizes are given only where an op leaves them open.
struct Build {
  mlir::OpBuilder &b;
  mlir::Location loc;

  /// Any word: `m.op(Op::Exp, {x})`.
  mlir::Value op(tl::Op word, mlir::ValueRange operands, const tl::Attributes &attributes = {},
                 const tl::TensorType &hint = {});

  mlir::Value neg(mlir::Value x) { return op(tl::Op::Neg, {x}); }
  mlir::Value exp(mlir::Value x) { return op(tl::Op::Exp, {x}); }
  mlir::Value log(mlir::Value x) { return op(tl::Op::Log, {x}); }
  mlir::Value add(mlir::Value a, mlir::Value b) { return op(tl::Op::Add, {a, b}); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return op(tl::Op::Sub, {a, b}); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return op(tl::Op::Mul, {a, b}); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return op(tl::Op::Div, {a, b}); }
  mlir::Value pow(mlir::Value a, mlir::Value b) { return op(tl::Op::Pow, {a, b}); }
  mlir::Value eq(mlir::Value a, mlir::Value b) { return op(tl::Op::Eq, {a, b}); }
  mlir::Value lt(mlir::Value a, mlir::Value b) { return op(tl::Op::Lt, {a, b}); }
  mlir::Value le(mlir::Value a, mlir::Value b) { return op(tl::Op::Le, {a, b}); }
  mlir::Value gt(mlir::Value a, mlir::Value b) { return op(tl::Op::Gt, {a, b}); }
  mlir::Value ge(mlir::Value a, mlir::Value b) { return op(tl::Op::Ge, {a, b}); }
  mlir::Value select(mlir::Value c, mlir::Value a, mlir::Value b) { return op(tl::Op::Select, {c, a, b}); }

  mlir::Value constant(double value, const tl::TensorType &type);
  /// A constant of the type of `x`.
  mlir::Value fill(double value, mlir::Value x) { return constant(value, typeOf(x)); }
  mlir::Value cast(mlir::Value x, tl::DType dtype);
  mlir::Value contract(mlir::Value a, mlir::Value b, std::vector<int64_t> aLoops, std::vector<int64_t> bLoops,
                       std::vector<int64_t> outLoops);
  mlir::Value reduceSum(mlir::Value x, std::vector<int64_t> axes);
  mlir::Value reshape(mlir::Value x, std::vector<int64_t> shape);
  mlir::Value transpose(mlir::Value x, std::vector<int64_t> axes);
  mlir::Value broadcast(mlir::Value x, std::vector<int64_t> axes, std::vector<int64_t> shape);
  mlir::Value slice(mlir::Value x, std::vector<int64_t> starts, std::vector<int64_t> limits);
  mlir::Value slice(mlir::Value x, std::vector<int64_t> starts, std::vector<int64_t> limits,
                    std::vector<int64_t> strides);
  mlir::Value pad(mlir::Value x, std::vector<int64_t> before, std::vector<int64_t> after);
  mlir::Value window(mlir::Value x, int64_t axis, int64_t size, int64_t stride = 1, int64_t dilation = 1);
  /// Of the windows of an axis of `n` elements.
  mlir::Value fold(mlir::Value x, int64_t n, int64_t axis, int64_t size, int64_t stride = 1, int64_t dilation = 1);
  mlir::Value gather(mlir::Value table, mlir::Value ids) { return op(tl::Op::Gather, {table, ids}); }
  mlir::Value first(mlir::Value ids) { return op(tl::Op::First, {ids}); }
  mlir::Value putRows(mlir::Value table, mlir::Value ids, mlir::Value rows) {
    return op(tl::Op::PutRows, {table, ids, rows});
  }
  mlir::Value scatterAdd(mlir::Value ids, mlir::Value updates, const tl::TensorType &table);
};

/// The op of a Scan node and all nodes of its body; f32, and what is computed in it, becomes `real`.
ScanOp makeScan(mlir::OpBuilder &b, const Node &node, mlir::ValueRange operands,
                llvm::function_ref<mlir::Location(const Node &)> locationOf, DType real = DType::F32);

/// The axes of a tensor of `rank` axes that are not in `axes`, ascending.
std::vector<int64_t> otherAxes(llvm::ArrayRef<int64_t> axes, int64_t rank);
/// `inverse[axes[i]] = i`.
std::vector<int64_t> inverse(llvm::ArrayRef<int64_t> axes);

}  // namespace tl::ir
