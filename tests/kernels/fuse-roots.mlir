// RUN: tl-opt %s --tl-fuse | FileCheck %s

// A contraction or reduction takes the pointwise work around it along: nothing between them is stored.

tl.variable @w parameter : tensor<4x16xf32>
tl.variable @b parameter : tensor<16xf32>
tl.variable @m parameter : tensor<4x16xf32>

// CHECK-LABEL: func @bias_and_relu_join_the_layer
func.func @bias_and_relu_join_the_layer() {
  // CHECK-COUNT-1: kernel.run
  // CHECK: tl.contract
  // CHECK: tl.add
  // CHECK: tl.max
  // CHECK: kernel.yield %{{[^,]*}} : tensor<8x16xf32>
  // CHECK-NOT: kernel.run
  %x = tl.input "x" : tensor<8x4xf32>
  %w = tl.read @w : tensor<4x16xf32>
  %b = tl.read @b : tensor<16xf32>
  %h = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<8x4xf32>, tensor<4x16xf32> -> tensor<8x16xf32>
  %s = tl.broadcast %b [1] : tensor<16xf32> -> tensor<8x16xf32>
  %a = tl.add %h, %s : tensor<8x16xf32>
  %0 = tl.constant 0.0 : tensor<8x16xf32>
  %y = tl.max %a, %0 : tensor<8x16xf32>
  tl.output "y", %y : tensor<8x16xf32>
  return
}

// The gradient itself is never in memory.
// CHECK-LABEL: func @optimizer_joins_the_weight_gradient
func.func @optimizer_joins_the_weight_gradient() {
  // CHECK-COUNT-1: kernel.run
  // CHECK: tl.contract
  // CHECK: kernel.yield %{{[^,]*}}, %{{[^,]*}} : tensor<4x16xf32>, tensor<4x16xf32>
  // CHECK-NOT: kernel.run
  %x = tl.input "x" : tensor<8x4xf32>
  %d = tl.input "d" : tensor<8x16xf32>
  %w = tl.read @w : tensor<4x16xf32>
  %m = tl.read @m : tensor<4x16xf32>
  %g = tl.contract %x, %d [[2, 0], [2, 1], [0, 1]] : tensor<8x4xf32>, tensor<8x16xf32> -> tensor<4x16xf32>
  %c = tl.constant 0.5 : tensor<4x16xf32>
  %mc = tl.mul %m, %c : tensor<4x16xf32>
  %mn = tl.add %mc, %g : tensor<4x16xf32>
  %wn = tl.sub %w, %mn : tensor<4x16xf32>
  tl.write @m, %mn : tensor<4x16xf32>
  tl.write @w, %wn : tensor<4x16xf32>
  return
}

// CHECK-LABEL: func @what_only_a_sum_reads_is_computed_in_it
func.func @what_only_a_sum_reads_is_computed_in_it() {
  // CHECK-COUNT-1: kernel.run
  // CHECK: tl.mul
  // CHECK: tl.reduce_sum
  // CHECK: kernel.yield %{{[^,]*}} : tensor<8xf32>
  // CHECK-NOT: kernel.run
  %x = tl.input "x" : tensor<8x16xf32>
  %p = tl.mul %x, %x : tensor<8x16xf32>
  %s = tl.reduce_sum %p [1] : tensor<8x16xf32> -> tensor<8xf32>
  %r = tl.sqrt %s : tensor<8xf32>
  tl.output "y", %r : tensor<8xf32>
  return
}

// What another kernel stores anyway is squared by the sum that reads the squares: they are not stored beside it.
// CHECK-LABEL: func @a_sum_squares_what_another_kernel_stores
func.func @a_sum_squares_what_another_kernel_stores() {
  // CHECK: kernel.run
  // CHECK: tl.contract
  // CHECK-NEXT: kernel.yield %{{[^,]*}} : tensor<64x64xf32>
  // CHECK: kernel.run
  // CHECK: tl.cast
  // CHECK: tl.mul
  // CHECK: tl.reduce_sum
  // CHECK-NEXT: kernel.yield %{{[^,]*}} : tensor<f64>
  // CHECK-NOT: kernel.run
  %x = tl.input "x" : tensor<8x64xf32>
  %d = tl.input "d" : tensor<8x64xf32>
  %g = tl.contract %x, %d [[2, 0], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<8x64xf32> -> tensor<64x64xf32>
  %wide = tl.cast %g : tensor<64x64xf32> -> tensor<64x64xf64>
  %p = tl.mul %wide, %wide : tensor<64x64xf64>
  %s = tl.reduce_sum %p [0, 1] : tensor<64x64xf64> -> tensor<f64>
  tl.output "g", %g : tensor<64x64xf32>
  tl.output "s", %s : tensor<f64>
  return
}

// CHECK-LABEL: func @what_others_read_too_is_stored
func.func @what_others_read_too_is_stored() {
  // CHECK-COUNT-2: kernel.run
  // CHECK-NOT: kernel.run
  %x = tl.input "x" : tensor<8x16xf32>
  %p = tl.exp %x : tensor<8x16xf32>
  %s = tl.reduce_sum %p [1] : tensor<8x16xf32> -> tensor<8xf32>
  tl.output "p", %p : tensor<8x16xf32>
  tl.output "s", %s : tensor<8xf32>
  return
}

// A result that the sum of the same row is needed for cannot be computed beside that sum.
// CHECK-LABEL: func @what_needs_a_whole_row_waits_for_it
func.func @what_needs_a_whole_row_waits_for_it() {
  // CHECK: %[[S:.*]] = kernel.run
  // CHECK: tl.reduce_sum
  // CHECK: kernel.run(%{{.*}}%[[S]]{{[,)]}}
  // CHECK: tl.div
  %x = tl.input "x" : tensor<8x16xf32>
  %s = tl.reduce_sum %x [1] : tensor<8x16xf32> -> tensor<8xf32>
  %b = tl.broadcast %s [0] : tensor<8xf32> -> tensor<8x16xf32>
  %y = tl.div %x, %b : tensor<8x16xf32>
  tl.output "y", %y : tensor<8x16xf32>
  return
}

// Of the sums of rows, which come one by one, an exponential waits for its own polynomial: it is of a kernel that has many side by side. Of one sum it stays.
// CHECK-LABEL: func @a_series_of_the_sums_of_rows_is_apart
func.func @a_series_of_the_sums_of_rows_is_apart() {
  // CHECK: kernel.run
  // CHECK: tl.reduce_sum
  // CHECK: tl.sqrt
  // CHECK-NOT: tl.exp
  // CHECK: kernel.run
  // CHECK: tl.exp
  // CHECK-NOT: kernel.run
  %x = tl.input "x" : tensor<32x16xf32>
  %s = tl.reduce_sum %x [1] : tensor<32x16xf32> -> tensor<32xf32>
  %r = tl.sqrt %s : tensor<32xf32>
  %e = tl.exp %r : tensor<32xf32>
  tl.output "y", %e : tensor<32xf32>
  return
}

// CHECK-LABEL: func @a_series_of_one_sum_or_of_columns_stays
func.func @a_series_of_one_sum_or_of_columns_stays() {
  // CHECK: tl.reduce_sum {{.*}} [0]
  // CHECK-NEXT: tl.exp
  // CHECK: tl.reduce_sum {{.*}} [0, 1]
  // CHECK-NEXT: tl.exp
  %x = tl.input "x" : tensor<32x16xf32>
  %s = tl.reduce_sum %x [0] : tensor<32x16xf32> -> tensor<16xf32>
  %e = tl.exp %s : tensor<16xf32>
  %a = tl.reduce_sum %x [0, 1] : tensor<32x16xf32> -> tensor<f32>
  %o = tl.exp %a : tensor<f32>
  tl.output "y", %e : tensor<16xf32>
  tl.output "z", %o : tensor<f32>
  return
}
