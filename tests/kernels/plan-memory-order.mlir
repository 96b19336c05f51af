// RUN: tl-opt %s --tl-fuse --tl-plan-memory | FileCheck %s

// What no kernel waits for runs as soon as it can, with what it alone needs: what it reads is still near, and its place is free for others.

// CHECK-LABEL: func @sums_of_the_first_product_come_before_the_second
// CHECK: tl.contract
// CHECK: tl.reduce_sum
// CHECK: tl.reduce_sum
// CHECK: tl.contract
// CHECK: tl.contract
// CHECK: tl.contract
func.func @sums_of_the_first_product_come_before_the_second() {
  %x = tl.input "x" : tensor<16x16xf32>
  %a = tl.contract %x, %x [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %b = tl.contract %a, %x [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %c = tl.contract %b, %b [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %d = tl.contract %c, %b [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  tl.output "y", %d : tensor<16x16xf32>
  %rows = tl.reduce_sum %a [1] : tensor<16x16xf32> -> tensor<16xf32>
  %all = tl.reduce_sum %rows [0] : tensor<16xf32> -> tensor<f32>
  tl.output "s", %all : tensor<f32>
  return
}

// What gives a number, such as the square of a gradient's norm, runs as soon as it can: one place does for both products.

// CHECK-LABEL: func @sums_run_at_once
// CHECK-SAME: tl.work_bytes = 16512
func.func @sums_run_at_once() {
  // CHECK: tl.contract
  // CHECK: tl.reduce_sum
  // CHECK: tl.contract
  // CHECK: tl.reduce_sum
  %x = tl.input "x" : tensor<64x64xf32>
  %a = tl.contract %x, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %b = tl.contract %x, %x [[2, 0], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %p = tl.contract %x, %x [[0, 2], [1, 2], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %sa = tl.reduce_sum %a [0, 1] : tensor<64x64xf32> -> tensor<f32>
  %sb = tl.reduce_sum %b [0, 1] : tensor<64x64xf32> -> tensor<f32>
  %q = tl.contract %p, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  tl.output "q", %q : tensor<64x64xf32>
  %s = tl.mul %sa, %sb : tensor<f32>
  %all = tl.broadcast %s [] : tensor<f32> -> tensor<64x64xf32>
  %r = tl.mul %p, %all : tensor<64x64xf32>
  tl.output "r", %r : tensor<64x64xf32>
  return
}
