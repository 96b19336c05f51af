// Random bits in compiled code: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/Expression.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tl {

/// Element e of the tensor (where the batches of a step go on, e + its elements times the batch's number) is word e % 4 of the block with key (seed low, seed high) and counter (e / 4, site, step low,
/// step high), as (word / 512 + 1/2) / 2^23: a number in (0, 1), exact in f32, that depends on nothing else.
Value Expression::random(Operation *op, const Point &point) {
  AxisIndex element = math.linear(point, shapeOf(op->getResult(0)));
  bool isVector = element.varies();
  Type i32 = b.getI32Type();
  Type type = isVector ? Type(VectorType::get({math.lanes}, i32)) : i32;
  Value index = isVector ? math.vectorOf(element) : arith::IndexCastOp::create(b, loc, i32, element.base).getResult();
  auto number = [&](uint32_t value) { return splatConstant(b, loc, type, int32_t(value)); };
  auto counter = [&](int64_t i) {
    Value scalar = memref::LoadOp::create(b, loc, counters, math.constant(i));
    return isVector ? spread(scalar) : scalar;
  };
  auto exclusive = [&](Value x, Value y) { return arith::XOrIOp::create(b, loc, x, y).getResult(); };

  if (op->hasAttr("goesOn"))
    index = arith::AddIOp::create(
        b, loc, index, arith::MulIOp::create(b, loc, counter(4), number(uint32_t(elementsOf(op->getResult(0))))));

  Value key0 = counter(0), key1 = counter(1);
  Value c0 = arith::ShRUIOp::create(b, loc, index, number(2)), c1 = number(uint32_t(integer(op, "site")));
  Value c2 = counter(2), c3 = counter(3);
  for (int round = 0; round < 10; ++round) {
    auto first = arith::MulUIExtendedOp::create(b, loc, c0, number(0xD2511F53u));
    auto second = arith::MulUIExtendedOp::create(b, loc, c2, number(0xCD9E8D57u));
    c0 = exclusive(exclusive(second.getHigh(), c1), key0);
    c2 = exclusive(exclusive(first.getHigh(), c3), key1);
    c1 = second.getLow();
    c3 = first.getLow();
    key0 = arith::AddIOp::create(b, loc, key0, number(0x9E3779B9u));
    key1 = arith::AddIOp::create(b, loc, key1, number(0xBB67AE85u));
  }
  Value word = arith::AndIOp::create(b, loc, index, number(3));
  auto isWord = [&](uint32_t which) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, word, number(which)).getResult();
  };
  Value bits = arith::SelectOp::create(b, loc, isWord(2), c2, c3);
  bits = arith::SelectOp::create(b, loc, isWord(1), c1, bits);
  bits = arith::SelectOp::create(b, loc, isWord(0), c0, bits);

  Type real = isVector ? Type(VectorType::get({math.lanes}, b.getF32Type())) : b.getF32Type();
  Value top = arith::UIToFPOp::create(b, loc, real, arith::ShRUIOp::create(b, loc, bits, number(9)));
  Value centred = arith::AddFOp::create(b, loc, top, splatConstant(b, loc, real, 0.5));
  return arith::MulFOp::create(b, loc, centred, splatConstant(b, loc, real, 0x1p-23));
}

} // namespace tl
