// RUN: tl-opt %s --tl-differentiate --tl-prune-frozen | FileCheck %s

// What only a frozen parameter would have needed is gone: its slot is not read, its decay and its share of a norm are
// not computed.

// CHECK-LABEL: func @step
func.func @step() {
  // CHECK-NOT: "enc.w/m"
  // CHECK-NOT: tl.sqrt
  // CHECK: tl.write "head.w"
  %enc = tl.read "enc.w" at 0 frozen : tensor<4xf32>
  %m = tl.read "enc.w/m" at 64 : tensor<4xf32>
  %head = tl.read "head.w" at 128 : tensor<4xf32>
  %y = tl.mul %enc, %head : tensor<4xf32>
  %l = tl.reduce_sum %y [0] : tensor<4xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %head : tensor<f32>, tensor<4xf32>
  %square = tl.mul %m, %m : tensor<4xf32>
  %norm = tl.reduce_sum %square [0] : tensor<4xf32> -> tensor<f32>
  %root = tl.sqrt %norm : tensor<f32>
  tl.write "head.w" at 128, %g : tensor<4xf32>
  return
}
