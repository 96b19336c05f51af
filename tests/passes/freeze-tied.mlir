// RUN: tl-opt %s --tl-differentiate --tl-simplify | FileCheck %s

// Tied parameters are one parameter: one gradient, the sum of what both places contribute.

tl.variable @w parameter : tensor<3x3xf32>

// CHECK-LABEL: func @step
func.func @step() {
  // CHECK: %[[A:.*]] = tl.contract {{.*}} -> tensor<3x3xf32>
  // CHECK: %[[B:.*]] = tl.contract {{.*}} -> tensor<3x3xf32>
  // CHECK: %[[DW:.*]] = tl.add %[[A]], %[[B]]
  // CHECK: tl.write @w, %[[DW]]
  %x = tl.input "x" : tensor<2x3xf32>
  %w = tl.read @w : tensor<3x3xf32>
  %h = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<2x3xf32>, tensor<3x3xf32> -> tensor<2x3xf32>
  %y = tl.contract %h, %w [[0, 2], [1, 2], [0, 1]] : tensor<2x3xf32>, tensor<3x3xf32> -> tensor<2x3xf32>
  %yy = tl.mul %y, %y : tensor<2x3xf32>
  %l = tl.reduce_sum %yy [0, 1] : tensor<2x3xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %w : tensor<f32>, tensor<3x3xf32>
  tl.write @w, %g : tensor<3x3xf32>
  return
}
