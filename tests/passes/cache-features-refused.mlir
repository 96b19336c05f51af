// RUN: tl-opt %s --tl-cache-features | FileCheck %s

// Why nothing is cached is said where something is frozen: the op that most of the work hangs on, and how much that is.

tl.variable @enc parameter : tensor<64x16xf32>
tl.variable @head parameter : tensor<16xf32>
tl.variable @w parameter : tensor<8x64xf32>
tl.variable @enc2 parameter : tensor<4x8xf32>
tl.variable @head2 parameter : tensor<8x8xf32>
tl.variable @low parameter : tensor<64x64xf32>
tl.variable @w2 parameter : tensor<32x32xf32>
tl.variable @head3 parameter : tensor<32xf32>

// CHECK-LABEL: func @random
// CHECK-SAME: tl.not_cached = "`random` at cache-features-refused.mlir:{{[0-9]+}} draws anew at each step (17.5 kflop of 17.5 kflop a step depend on it)"
// CHECK-NOT: tl.features
func.func @random() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x64xf32>
  %u = tl.random site 7 : tensor<8x64xf32>
  %n = tl.add %x, %u : tensor<8x64xf32>
  %enc = tl.read @enc frozen : tensor<64x16xf32>
  %h = tl.contract %n, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %g = tl.reduce_sum %h [0] : tensor<8x16xf32> -> tensor<16xf32>
  tl.write @head, %g : tensor<16xf32>
  return
}

// CHECK-LABEL: func @mixes
// CHECK-SAME: tl.not_cached = "`reduce_sum` at {{.*}} takes the records of a batch together
func.func @mixes() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x64xf32>
  %m = tl.reduce_sum %x [0] : tensor<8x64xf32> -> tensor<64xf32>
  %b = tl.broadcast %m [1] : tensor<64xf32> -> tensor<8x64xf32>
  %n = tl.sub %x, %b : tensor<8x64xf32>
  %enc = tl.read @enc frozen : tensor<64x16xf32>
  %h = tl.contract %n, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %g = tl.reduce_sum %h [0] : tensor<8x16xf32> -> tensor<16xf32>
  tl.write @head, %g : tensor<16xf32>
  return
}

// A weight with as many rows as the batch has records treats them unlike: which record stands where would matter.

// CHECK-LABEL: func @by_place
// CHECK-SAME: tl.not_cached = "`add` at {{.*}} takes the records of a batch together
func.func @by_place() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x64xf32>
  %w = tl.read @w frozen : tensor<8x64xf32>
  %n = tl.add %x, %w : tensor<8x64xf32>
  %enc = tl.read @enc frozen : tensor<64x16xf32>
  %h = tl.contract %n, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %g = tl.reduce_sum %h [0] : tensor<8x16xf32> -> tensor<16xf32>
  tl.write @head, %g : tensor<16xf32>
  return
}

// CHECK-LABEL: func @little
// CHECK-SAME: tl.not_cached = "the 512 flop a step that stay the same would take more than a byte for every 16 flop they save"
func.func @little() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x4xf32>
  %enc = tl.read @enc2 frozen : tensor<4x8xf32>
  %h = tl.contract %x, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x4xf32>, tensor<4x8xf32> -> tensor<8x8xf32>
  %head = tl.read @head2 : tensor<8x8xf32>
  %g = tl.contract %h, %head [[0, 2], [2, 1], [0, 1]] : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  tl.write @head2, %g : tensor<8x8xf32>
  return
}

// CHECK-LABEL: func @above
// CHECK-SAME: tl.not_cached = "only 0 flop of {{.*}} a step depend on nothing that is trained"
func.func @above() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x64xf32>
  %low = tl.read @low : tensor<64x64xf32>
  %enc = tl.read @enc frozen : tensor<64x16xf32>
  %n = tl.contract %x, %low [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x64xf32> -> tensor<8x64xf32>
  %h = tl.contract %n, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %d = tl.contract %h, %enc [[0, 2], [1, 2], [0, 1]] : tensor<8x16xf32>, tensor<64x16xf32> -> tensor<8x64xf32>
  %g = tl.contract %x, %d [[2, 0], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<8x64xf32> -> tensor<64x64xf32>
  tl.write @low, %g : tensor<64x64xf32>
  return
}

// A scan whose step is the record after: what it holds then belongs to no record alone.

// CHECK-LABEL: func @over_records
// CHECK-SAME: tl.not_cached = "`scan` at {{.*}} takes the records of a batch together
func.func @over_records() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x32xf32>
  %w = tl.read @w2 frozen : tensor<32x32xf32>
  %zero = tl.constant 0.0 : tensor<32xf32>
  %last = tl.scan (%zero) over (%x) with (%w) {
  ^bb0(%s: tensor<32xf32>, %row: tensor<32xf32>, %u: tensor<32x32xf32>):
    %m = tl.contract %s, %u [[1], [1, 0], [0]] : tensor<32xf32>, tensor<32x32xf32> -> tensor<32xf32>
    %n = tl.add %m, %row : tensor<32xf32>
    tl.yield %n : tensor<32xf32>
  } : (tensor<32xf32>, tensor<8x32xf32>, tensor<32x32xf32>) -> tensor<32xf32>
  tl.write @head3, %last : tensor<32xf32>
  return
}
