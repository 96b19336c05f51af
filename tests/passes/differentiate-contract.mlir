// RUN: tl-opt %s --tl-differentiate --tl-simplify | FileCheck %s

// A contraction's gradients are contractions of the same loops.

tl.variable @x parameter : tensor<2x3xf32>
tl.variable @w parameter : tensor<3x4xf32>
tl.variable @a parameter : tensor<2x3xf32>

// Y = X·W        dX = dY·Wᵀ        dW = Xᵀ·dY
// CHECK-LABEL: func @product
func.func @product() {
  // CHECK: %[[X:.*]] = tl.read @x
  // CHECK: %[[W:.*]] = tl.read @w
  // CHECK: %[[DY:.*]] = tl.input "dy"
  // CHECK: %[[DX:.*]] = tl.contract %[[DY]], %[[W]] {{\[\[}}0, 1], [2, 1], [0, 2]]
  // CHECK: %[[DW:.*]] = tl.contract %[[X]], %[[DY]] {{\[\[}}0, 2], [0, 1], [2, 1]]
  // CHECK: tl.write @x, %[[DX]]
  // CHECK: tl.write @w, %[[DW]]
  %x = tl.read @x : tensor<2x3xf32>
  %w = tl.read @w : tensor<3x4xf32>
  %dy = tl.input "dy" : tensor<2x4xf32>
  %y = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %p = tl.mul %y, %dy : tensor<2x4xf32>
  %l = tl.reduce_sum %p [0, 1] : tensor<2x4xf32> -> tensor<f32>
  %g:2 = tl.gradient %l wrt %x, %w : tensor<f32>, tensor<2x3xf32>, tensor<3x4xf32>
  tl.write @x, %g#0 : tensor<2x3xf32>
  tl.write @w, %g#1 : tensor<3x4xf32>
  return
}

// y[i] = Σ a[i, k]·b[i]: loop k is a's alone, so da repeats along it.
// CHECK-LABEL: func @loop_of_one_operand
func.func @loop_of_one_operand() {
  // CHECK: %[[B:.*]] = tl.input "b"
  // CHECK: %[[D:.*]] = tl.contract %{{.*}}, %[[B]] {{\[\[}}0], [0], [0]] : tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  // CHECK: %[[DA:.*]] = tl.broadcast %[[D]] [0] : tensor<2xf32> -> tensor<2x3xf32>
  // CHECK: tl.write @a, %[[DA]]
  %a = tl.read @a : tensor<2x3xf32>
  %b = tl.input "b" : tensor<2xf32>
  %dy = tl.input "dy" : tensor<2xf32>
  %y = tl.contract %a, %b [[0, 1], [0], [0]] : tensor<2x3xf32>, tensor<2xf32> -> tensor<2xf32>
  %p = tl.mul %y, %dy : tensor<2xf32>
  %l = tl.reduce_sum %p [0] : tensor<2xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %a : tensor<f32>, tensor<2x3xf32>
  tl.write @a, %g : tensor<2x3xf32>
  return
}
