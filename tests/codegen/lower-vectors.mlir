// RUN: tl-opt %s --pass-pipeline='builtin.module(func.func(tl-lower-vectors))' | FileCheck %s

// A block of 16 x 16 is turned over by shuffles of rows, not by single elements.

// CHECK-LABEL: func @transposed_block_is_shuffled
// CHECK-COUNT-64: vector.shuffle
// CHECK-NOT: vector.transpose
func.func @transposed_block_is_shuffled(%x: vector<16x16xf32>) -> vector<16x16xf32> {
  %y = vector.transpose %x, [1, 0] : vector<16x16xf32> to vector<16x16xf32>
  return %y : vector<16x16xf32>
}

// A row that may leave its memref is loaded under a mask.

// CHECK-LABEL: func @ragged_end_is_masked
// CHECK: vector.maskedload
// CHECK-NOT: vector.transfer_read
func.func @ragged_end_is_masked(%m: memref<20xf32>, %i: index) -> vector<16xf32> {
  %zero = arith.constant 0.0 : f32
  %x = vector.transfer_read %m[%i], %zero : memref<20xf32>, vector<16xf32>
  return %x : vector<16xf32>
}
