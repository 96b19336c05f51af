// RUN: tl-opt %s --tl-normalize | FileCheck %s

// Pointwise work does not stop at a reshape: it goes behind.

// CHECK-LABEL: func @reshape_goes_behind
func.func @reshape_goes_behind() {
  // CHECK: %[[S:.*]] = tl.select %{{.*}} : tensor<4x2x3x2x8xf32>
  // CHECK: %[[M:.*]] = tl.mul %[[S]], %{{.*}} : tensor<4x2x3x2x8xf32>
  // CHECK-NEXT: %[[R:.*]] = tl.reshape %[[M]] : tensor<4x2x3x2x8xf32> -> tensor<8x6x8xf32>
  // CHECK-NEXT: tl.output "y", %[[R]]
  %x = tl.input "x" : tensor<8x6x8xf32>
  %c = tl.input "c" : tensor<4x2x3x2x8xi1>
  %d = tl.input "d" : tensor<4x2x3x2x8xf32>
  %zero = tl.constant 0.0 : tensor<4x2x3x2x8xf32>
  %s = tl.select %c, %d, %zero : tensor<4x2x3x2x8xf32>
  %r = tl.reshape %s : tensor<4x2x3x2x8xf32> -> tensor<8x6x8xf32>
  %y = tl.mul %r, %x : tensor<8x6x8xf32>
  tl.output "y", %y : tensor<8x6x8xf32>
  return
}

// Few sums of many terms: threads share those of each record.

// CHECK-LABEL: func @channels_are_summed_in_two_steps
func.func @channels_are_summed_in_two_steps() {
  // CHECK: %[[R:.*]] = tl.reduce_sum %{{.*}} [1, 2] : tensor<8x32x32x16xf32> -> tensor<8x16xf32>
  // CHECK-NEXT: %[[S:.*]] = tl.reduce_sum %[[R]] [0] : tensor<8x16xf32> -> tensor<16xf32>
  // CHECK-NEXT: tl.output "y", %[[S]]
  %x = tl.input "x" : tensor<8x32x32x16xf32>
  %y = tl.reduce_sum %x [0, 1, 2] : tensor<8x32x32x16xf32> -> tensor<16xf32>
  tl.output "y", %y : tensor<16xf32>
  return
}
