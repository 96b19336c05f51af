// Kernels on rows by number: scatter_add, put_rows, and `first`, which tells equal numbers.
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/LoopNest.h"
#include "compiler/kernels/RowsAhead.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <numeric>

using namespace mlir;

namespace tl {
namespace {

/// 2^32 over the golden ratio: multiples of it are spread evenly over 32 bits.
constexpr int64_t spreader = 0x9E3779B1;

/// A table as rows of `length` elements each, and what goes to them by number.
class Rows {
public:
  Rows(LoopNest &nest, Value table, Value ids, Value moved, Value result)
      : nest(nest), b(nest.b), loc(nest.loc), math(nest.math()), table(table), ids(ids), moved(moved), result(result), rows(shapeOf(table)[0]),
        length(elementsOf(table) / rows), count(elementsOf(ids)) {}

  void add();
  /// Puts rows of the same ids into all tables.
  static void put(LoopNest &nest, MutableArrayRef<Rows> tables);

private:
  Expression expression(Value mask) {
    Expression fresh = nest.expression();
    fresh.mask = mask;
    return fresh;
  }
  /// Calls `body` for the vectors of a row, or for its one element.
  void alongRow(llvm::function_ref<void(AxisIndex column, Value mask)> body) {
    if (length == 1)
      return body(math.at(0), {});
    nest.alongRow(length, [&](Value column, Value mask) { body({column, 1, {}}, mask); });
  }
  AxisIndex position(Value row, AxisIndex column) { return math.add(AxisIndex{math.mul(row, length), 0, {}}, column); }
  Value at(Expression &expression, Value tensor, Value row, AxisIndex column) {
    SmallVector<int64_t> flat{elementsOf(tensor) / length, length};
    return expression.at(tensor, math.reshape({{row, 0, {}}, column}, flat, shapeOf(tensor)));
  }
  void when(Value condition, llvm::function_ref<void()> body) {
    auto branch = scf::IfOp::create(b, loc, condition);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    body();
  }
  /// Whether a block of rows is this thread's: blocks are dealt out by a hash, since small ids are often the frequent ones.
  Value isOwn(Value block) {
    Value low = arith::AndIOp::create(b, loc, math.mul(block, spreader), math.constant(0xffffffff));
    Value owner = arith::ShRUIOp::create(b, loc, arith::MulIOp::create(b, loc, low, nest.threads), math.constant(32));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, owner, nest.thread);
  }
  /// Rows in a block: whole lines of a cache, so that no two threads write to one, and about a kilobyte.
  int64_t rowsInBlock() {
    int64_t whole = Target::line / std::gcd(Target::line, length);
    return whole * std::max<int64_t>(1, 256 / (whole * length));
  }
  void clear(int64_t block);
  bool isElsewhere() const { return nest.buffers.lookup(table) != result; }
  void copyTable();
  static void putRow(MutableArrayRef<Rows> tables, Value i);

  LoopNest &nest;
  OpBuilder &b;
  Location loc;
  IndexMath math;
  Value table, ids, moved; // updates or new rows, one for each id
  Value result;            // flat memref
  int64_t rows, length, count;
};

/// Sets this thread's blocks to 0.
void Rows::clear(int64_t block) {
  Type element = registerType(elementOf(table));
  int64_t blocks = (rows + block - 1) / block, last = rows - (blocks - 1) * block;
  auto clearRows = [&](Value first, int64_t number) {
    nest.alongRow(number * length, [&](Value column, Value mask) {
      Value zero = splatConstant(b, loc, VectorType::get({nest.lanes}, element), 0);
      expression(mask).store(zero, nest.outputs[0], {math.add(math.mul(first, length), column), 1, {}});
    });
  };
  if (!nest.thread)
    return clearRows(math.constant(0), rows);
  nest.carry({blocks - (last != block)}, {}, [&](ValueRange index, ValueRange) -> LoopNest::Carry {
    when(isOwn(index[0]), [&] { clearRows(math.mul(index[0], block), block); });
    return {};
  });
  if (last != block)
    when(isOwn(math.constant(blocks - 1)), [&] { clearRows(math.constant((blocks - 1) * block), last); });
}

/// A row is one thread's, which adds what comes to it in the order of the ids.
void Rows::add() {
  int64_t block = rowsInBlock();
  clear(block);
  nest.carry({count}, {}, [&](ValueRange i, ValueRange) -> LoopNest::Carry {
    Expression outside = expression({});
    AxisIndex named = outside.rowAt(ids, math.delinearize({i[0], 0, {}}, shapeOf(ids)));
    Value isMine = outside.clamp(named, rows), row = named.base;
    if (nest.thread)
      isMine = arith::AndIOp::create(b, loc, isMine, isOwn(math.div(row, block)));
    when(isMine, [&] {
      alongRow([&](AxisIndex column, Value mask) {
        Expression now = expression(mask);
        llvm::DenseMap<Value, Value> result{{table, nest.outputs[0]}};
        Expression before(b, loc, nest.lanes, result, {});
        before.mask = mask;
        Value sum = at(before, table, row, column), update = at(now, moved, i[0], column);
        if (isa<VectorType>(sum.getType()) && !isa<VectorType>(update.getType()))
          update = now.spread(update);
        Value added = isa<FloatType>(elementOf(table)) ? arith::AddFOp::create(b, loc, sum, update).getResult()
                                                       : arith::AddIOp::create(b, loc, sum, update).getResult();
        now.store(added, nest.outputs[0], position(row, column));
      });
    });
    return {};
  });
}

/// A table that rows are put into where it lies; one that lies elsewhere is copied first.
void Rows::copyTable() {
  nest.carry({rows}, {}, [&](ValueRange row, ValueRange) -> LoopNest::Carry {
    alongRow([&](AxisIndex column, Value mask) {
      Expression now = expression(mask);
      now.store(at(now, table, row[0], column), result, position(row[0], column));
    });
    return {};
  });
}

/// The rows of one id in all tables: computed first, since they are computed of what stands there.
void Rows::putRow(MutableArrayRef<Rows> tables, Value i) {
  Rows &first = tables.front();
  Expression outside = first.expression({});
  AxisIndex named = outside.rowAt(first.ids, {{i, 0, {}}});
  Value exists = outside.clamp(named, first.rows);
  first.when(exists, [&] {
    first.alongRow([&](AxisIndex column, Value mask) {
      Expression now = first.expression(mask);
      SmallVector<Value> fresh;
      for (Rows &table : tables)
        fresh.push_back(table.at(now, table.moved, i, column));
      for (auto [table, row] : llvm::zip(tables, fresh))
        now.store(row, table.result, table.position(named.base, column));
    });
  });
}

/// No two ids name one row, so every thread may put some.
void Rows::put(LoopNest &nest, MutableArrayRef<Rows> tables) {
  int64_t count = tables.front().count;
  RowsAhead later(nest, shapeOf(tables.front().moved));
  if (llvm::none_of(tables, [](Rows &table) { return table.isElsewhere(); }))
    return nest.forPieces(count, [&](Value i) {
      later.ask(i, count);
      putRow(tables, i);
    });
  nest.once([&] {
    for (Rows &table : tables)
      if (table.isElsewhere())
        table.copyTable();
    nest.carry({count}, {}, [&](ValueRange i, ValueRange) -> LoopNest::Carry {
      putRow(tables, i[0]);
      return {};
    });
  });
}

} // namespace

void emitScatter(LoopNest &nest) {
  Rows(nest, nest.root->getResult(0), nest.root->getOperand(0), nest.root->getOperand(1), nest.outputs[0]).add();
}

void emitPutRows(LoopNest &nest) {
  SmallVector<Rows> tables;
  for (auto [yielded, output] : llvm::zip(nest.run.getBody().front().getTerminator()->getOperands(), nest.outputs)) {
    Operation *put = yielded.getDefiningOp();
    tables.emplace_back(nest, put->getOperand(0), put->getOperand(1), put->getOperand(2), output);
  }
  Rows::put(nest, tables);
}

/// A hash table of the places of the numbers met so far, at most half full: each number looks for its like from a place of
/// its own onwards, and enters itself where it finds none.
void emitFirst(LoopNest &nest) {
  OpBuilder &b = nest.b;
  Location loc = nest.loc;
  Value x = nest.root->getOperand(0);
  int64_t places = cast<MemRefType>(nest.scratch.getType()).getDimSize(0);
  Type i32 = b.getI32Type();
  auto number = [&](int64_t n) { return splatConstant(b, loc, i32, n); };
  auto compare = [&](arith::CmpIPredicate how, Value l, Value r) { return arith::CmpIOp::create(b, loc, how, l, r).getResult(); };
  auto asIndex = [&](Value value) { return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), value).getResult(); };
  nest.once([&] {
    nest.alongRow(places, [&](Value at, Value mask) {
      Expression expression = nest.expression();
      expression.mask = mask;
      expression.store(splatConstant(b, loc, VectorType::get({nest.lanes}, i32), -1), nest.scratch, {at, 1, {}});
    });
    nest.carry({elementsOf(x)}, {}, [&](ValueRange i, ValueRange) -> LoopNest::Carry {
      Expression expression = nest.expression();
      Point point{{i[0], 0, {}}};
      Value id = expression.at(x, point), none = number(-1);
      Value hash = arith::MulIOp::create(b, loc, id, number(int32_t(uint32_t(spreader))));
      Value start = arith::ShRUIOp::create(b, loc, hash, number(32 - llvm::Log2_64(uint64_t(places))));
      // clang-format off
      auto search = scf::WhileOp::create(b, loc, TypeRange{i32, i32}, ValueRange{start, none},
          [&](OpBuilder &, Location, ValueRange carried) {
            Value found = memref::LoadOp::create(b, loc, nest.scratch, asIndex(carried[0]));
            Value isFree = compare(arith::CmpIPredicate::slt, found, number(0));
            Value like = arith::SelectOp::create(b, loc, isFree, number(0), found);
            Expression there = nest.expression();
            Value isLike = compare(arith::CmpIPredicate::eq, there.at(x, {{asIndex(like), 0, {}}}), id);
            Value goesOn = arith::XOrIOp::create(b, loc, arith::OrIOp::create(b, loc, isFree, isLike), splatConstant(b, loc, b.getI1Type(), 1));
            scf::ConditionOp::create(b, loc, goesOn, ValueRange{carried[0], found});
          },
          [&](OpBuilder &, Location, ValueRange carried) {
            Value next = arith::AndIOp::create(b, loc, arith::AddIOp::create(b, loc, carried[0], number(1)), number(places - 1));
            scf::YieldOp::create(b, loc, ValueRange{next, none});
          });
      // clang-format on
      Value isFree = compare(arith::CmpIPredicate::slt, search.getResult(1), number(0));
      Value self = arith::IndexCastOp::create(b, loc, i32, i[0]);
      Value first = arith::SelectOp::create(b, loc, isFree, self, search.getResult(1));
      memref::StoreOp::create(b, loc, first, nest.scratch, asIndex(search.getResult(0)));
      expression.set(nest.root->getResult(0), first);
      nest.finish(expression, point);
      return {};
    });
  });
}

} // namespace tl
