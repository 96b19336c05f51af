// Real numbers of 16 bits, by whole numbers: the same bits on every target, whether it has instructions for them or not.
#include "compiler/kernels/NarrowFloats.h"
#include "compiler/kernels/Expression.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace tl {
namespace {

/// Arithmetic on words of 32 bits, one or the lanes of a vector.
struct Words {
  OpBuilder &b;
  Location loc;
  Type shape; // any type with as many lanes

  Type like(Type element) const {
    auto vector = dyn_cast<VectorType>(shape);
    return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
  }
  Type i16() const { return like(b.getIntegerType(16)); }
  Type i32() const { return like(b.getI32Type()); }
  Type f32() const { return like(b.getF32Type()); }

  Value number(uint32_t word) const { return splatConstant(b, loc, i32(), int32_t(word)); }
  Value bits(Value real) const { return arith::BitcastOp::create(b, loc, i32(), real); }
  Value real(Value word) const { return arith::BitcastOp::create(b, loc, f32(), word); }
  Value wide(Value half) const { return arith::ExtUIOp::create(b, loc, i32(), half); }
  Value half(Value word) const { return arith::TruncIOp::create(b, loc, i16(), word); }
  Value add(Value x, Value y) const { return arith::AddIOp::create(b, loc, x, y); }
  Value add(Value x, uint32_t y) const { return add(x, number(y)); }
  Value bitAnd(Value x, uint32_t y) const { return arith::AndIOp::create(b, loc, x, number(y)); }
  Value bitOr(Value x, Value y) const { return arith::OrIOp::create(b, loc, x, y); }
  Value left(Value x, uint32_t by) const { return arith::ShLIOp::create(b, loc, x, number(by)); }
  Value right(Value x, uint32_t by) const { return arith::ShRUIOp::create(b, loc, x, number(by)); }
  /// Of words without a sign.
  Value isAbove(Value x, uint32_t y) const { return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, x, number(y)); }
  Value select(Value condition, Value x, Value y) const { return arith::SelectOp::create(b, loc, condition, x, y); }
};

Value widenedF16(Words w, Value word) {
  Value sign = w.left(w.bitAnd(word, 0x8000), 16), size = w.left(w.bitAnd(word, 0x7fff), 13);
  Value normal = w.add(size, 0x38000000);
  // A fraction below 2^-14, put behind a 1 that is taken away again.
  Value small = arith::SubFOp::create(w.b, w.loc, w.real(w.add(size, 0x38800000)), w.real(w.number(0x38800000)));
  Value special = w.bitOr(size, w.number(0x7f800000));
  Value result = w.select(w.isAbove(size, 0x007fffff), normal, w.bits(small));
  return w.real(w.bitOr(sign, w.select(w.isAbove(size, 0x0f7fffff), special, result)));
}

Value narrowedBF16(Words w, Value word) {
  Value isNaN = w.isAbove(w.bitAnd(word, 0x7fffffff), 0x7f800000);
  Value nearest = w.add(w.add(word, 0x7fff), w.bitAnd(w.right(word, 16), 1));
  return w.right(w.select(isNaN, w.bitOr(word, w.number(0x400000)), nearest), 16);
}

Value narrowedF16(Words w, Value word) {
  Value sign = w.bitAnd(w.right(word, 16), 0x8000), size = w.bitAnd(word, 0x7fffffff);
  // A carry goes to the exponent, and past the largest number to infinity.
  Value normal = w.right(w.add(w.add(size, 0xc8000fff), w.bitAnd(w.right(size, 13), 1)), 13);
  // Below 2^-14 the last bits of a sum with 1/2 are steps of 2^-24.
  Value small = w.add(w.bits(arith::AddFOp::create(w.b, w.loc, w.real(size), w.real(w.number(0x3f000000)))), 0xc1000000);
  Value special = w.select(w.isAbove(size, 0x7f800000), w.number(0x7e00), w.number(0x7c00));
  Value result = w.select(w.isAbove(size, 0x387fffff), normal, small);
  return w.bitOr(sign, w.select(w.isAbove(size, 0x477fffff), special, result));
}

} // namespace

Value widenedFloat(OpBuilder &b, Location loc, Type element, Value bits) {
  Words w{b, loc, bits.getType()};
  return element.isBF16() ? w.real(w.left(w.wide(bits), 16)) : widenedF16(w, w.wide(bits));
}

Value narrowedFloat(OpBuilder &b, Location loc, Type element, Value value) {
  Words w{b, loc, value.getType()};
  return w.half(element.isBF16() ? narrowedBF16(w, w.bits(value)) : narrowedF16(w, w.bits(value)));
}

} // namespace tl
