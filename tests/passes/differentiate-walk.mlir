// RUN: tl-opt %s --tl-differentiate --tl-simplify | FileCheck %s

// The walk back from a loss meets each value that depends on a wanted one, once, and no other.

tl.variable @x parameter : tensor<4xf32>
tl.variable @x2 parameter : tensor<f32>

// Contributions to one value are added.
// CHECK-LABEL: func @used_twice
func.func @used_twice() {
  // CHECK: %[[X:.*]] = tl.read @x
  // CHECK: %[[D:.*]] = tl.add %[[X]], %[[X]]
  // CHECK: tl.write @x, %[[D]]
  %x = tl.read @x : tensor<4xf32>
  %y = tl.mul %x, %x : tensor<4xf32>
  %l = tl.reduce_sum %y [0] : tensor<4xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<4xf32>
  tl.write @x, %g : tensor<4xf32>
  return
}

// Nothing flows through stop_gradient, which is gone afterwards.
// CHECK-LABEL: func @stop_gradient
func.func @stop_gradient() {
  // CHECK-NEXT: %[[X:.*]] = tl.read @x2
  // CHECK-NEXT: %[[E:.*]] = tl.exp %[[X]]
  // CHECK-NEXT: tl.write @x2, %[[E]]
  // CHECK-NEXT: return
  %x = tl.read @x2 : tensor<f32>
  %e = tl.exp %x : tensor<f32>
  %s = tl.stop_gradient %e : tensor<f32>
  %l = tl.mul %x, %s : tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<f32>
  tl.write @x2, %g : tensor<f32>
  return
}

// A loss may contain a gradient: d/dx (d/dx x³) = 6x, here as x + x + 2x + … of products with 1.
// CHECK-LABEL: func @second_derivative
func.func @second_derivative() {
  // CHECK-NOT: tl.gradient
  // CHECK: tl.write @x2
  %x = tl.read @x2 : tensor<f32>
  %xx = tl.mul %x, %x : tensor<f32>
  %xxx = tl.mul %xx, %x : tensor<f32>
  %g = tl.gradient %xxx wrt %x : tensor<f32>, tensor<f32>
  %h = tl.gradient %g wrt %x : tensor<f32>, tensor<f32>
  tl.write @x2, %h : tensor<f32>
  return
}

// A value that reaches the loss only through a flat op has gradient zero.
// CHECK-LABEL: func @flat
func.func @flat() {
  // CHECK: %[[ZERO:.*]] = tl.constant 0.0
  // CHECK: tl.write @x2, %[[ZERO]]
  %x = tl.read @x2 : tensor<f32>
  %l = tl.floor %x : tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<f32>
  tl.write @x2, %g : tensor<f32>
  return
}
