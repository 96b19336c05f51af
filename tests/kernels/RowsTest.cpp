// Rows by number: where numbers stand first, rows put into tables, and many rows added up by many threads.
#include "tests/kernels/Cases.h"

namespace tl::test {
namespace {
using mlir::Value;

const DType i32 = DType::I32;

Value doubled(Body &m, Value x) { return m.add(x, x); }

/// Each number once, -1 in place of its repetitions.
Value once(Body &m, Value ids) {
  Value places = m.iota(ir::typeOf(ids).shape, 0);
  return m.select(m.eq(m.first(ids), places), ids, m.fill(-1, ids));
}

Shape with(int64_t n, Shape row) {
  row.insert(row.begin(), n);
  return row;
}

TEST_F(Kernels, firstPlaces) {
  for (int64_t n : {1, 2, 17, 33, 700})
    for (Draw draw : {wholes(0, 9), wholes(-300, 300), wholes(-2147483648, 2147483647), wholes(5, 5)})
      add("first", [&](Body &m) {
        Value x = m.input({i32, {n}}, draw), other = m.input({i32, {n}});
        m.output(m.first(x));
        m.output(once(m, x));
        Value least = m.op(Op::Min, {x, m.fill(3, x)});
        m.output(m.op(Op::Add, {m.first(least), other}));
        m.output(m.gather(m.input({n, 3}), m.first(m.op(Op::Mul, {x, m.fill(65536, x)}))));
      });
}

TEST_F(Kernels, firstPlacesOfMany) {
  parallelAtLeast = 1;
  add("first", [](Body &m) { m.output(once(m, m.input({i32, {90000}}, wholes(-20, 40)))); });
}

TEST_F(Kernels, rowsArePut) {
  for (Shape row : {Shape{}, Shape{1}, Shape{3}, Shape{16}, Shape{35}, Shape{2, 5}})
    for (DType dtype : {DType::F32, DType::I32, DType::U8, DType::I1, DType::BF16})
      add("put_rows", [&](Body &m) { // into a copy
        Value ids = once(m, m.input({i32, {9}}, wholes(-3, 15)));
        Value rows = m.input({dtype, with(9, row)});
        m.output(m.putRows(m.input({dtype, with(12, row)}), ids, rows));
        if (dtype == DType::F32)
          m.output(m.neg(m.putRows(doubled(m, m.input(with(12, row))), ids, doubled(m, rows))));
      });
}

TEST_F(Kernels, rowsOfAVariable) {
  for (Shape row : {Shape{}, Shape{1}, Shape{3}, Shape{16}, Shape{35}, Shape{2, 5}}) {
    Shape table = with(12, row), some = with(9, row);
    auto idsOf = [](Body &m) { return once(m, m.input({i32, {9}}, wholes(-3, 15))); };
    add("a step", [&](Body &m) {
      Value w = m.read(table), ids = idsOf(m);
      m.write(w, m.putRows(w, ids, m.sub(m.gather(w, ids), m.input(some))));
      m.output(m.gather(w, m.input({i32, {4}}, wholes(0, 11)))); // as it was
    });
    add("a moment and a step", [&](Body &m) {
      Value w = m.read(table), v = m.read(table), ids = idsOf(m), g = m.input(some);
      Value now = m.add(m.mul(m.fill(0.5, g), m.gather(v, ids)), g);
      m.write(v, m.putRows(v, ids, now));
      m.write(w, m.putRows(w, ids, m.sub(m.gather(w, ids), now)));
    });
    add("each by the other", [&](Body &m) {
      Value a = m.read(table), b = m.read(table), ids = idsOf(m);
      m.write(a, m.putRows(a, ids, m.gather(b, ids)));
      m.write(b, m.putRows(b, ids, doubled(m, m.gather(a, ids))));
    });
    add("other rows of its own", [&](Body &m) {
      Value w = m.read(table), ids = idsOf(m), others = m.input({i32, {9}}, wholes(0, 11));
      m.write(w, m.putRows(w, ids, doubled(m, m.gather(w, others))));
    });
    add("of another variable", [&](Body &m) {
      Value a = m.read(table), b = m.read(table), ids = idsOf(m);
      m.write(a, m.putRows(b, ids, m.gather(a, ids)));
    });
  }
  add("all of it", [](Body &m) { // turned round
    Value w = m.read({8, 5}), back = m.op(Op::Sub, {m.constant(7, {i32, {8}}), m.iota({8}, 0)});
    m.write(w, m.putRows(w, back, w));
  });
}

TEST_F(Kernels, manyRowsAreShared) {
  parallelAtLeast = 4;
  for (Shape row : {Shape{}, Shape{3}, Shape{16}, Shape{100}}) {
    int64_t width = row.empty() ? 1 : row[0], n = 170000 / width, rows = 400000 / width;
    add("scatter_add and put_rows", [&](Body &m) {
      Value ids = m.input({i32, {n}}, wholes(-2, rows)), g = m.input(with(n, row)), w = m.read(with(rows, row));
      m.output(m.scatterAdd(ids, g, ir::typeOf(w)));
      m.output(m.scatterAdd(ids, doubled(m, g), {DType::F32, with(n / 8, row)}));
      Value own = once(m, ids);
      m.write(w, m.putRows(w, own, m.sub(m.gather(w, own), g)));
    });
  }
}

} // namespace
} // namespace tl::test
