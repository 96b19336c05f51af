// RUN: tl-opt %s --tl-differentiate --tl-prune-frozen | FileCheck %s

// What only a frozen parameter would have needed is gone: its slot is not read, its decay and its share of a norm are
// not computed.

tl.variable @enc.w parameter : tensor<4xf32>
tl.variable @"enc.w/m" slot "m" of @enc.w : tensor<4xf32>
tl.variable @head.w parameter : tensor<4xf32>

// CHECK-LABEL: func @step
func.func @step() {
  // CHECK-NOT: "enc.w/m"
  // CHECK-NOT: tl.sqrt
  // CHECK: tl.write @head.w
  %enc = tl.read @enc.w frozen : tensor<4xf32>
  %m = tl.read @"enc.w/m" : tensor<4xf32>
  %head = tl.read @head.w : tensor<4xf32>
  %y = tl.mul %enc, %head : tensor<4xf32>
  %l = tl.reduce_sum %y [0] : tensor<4xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %head : tensor<f32>, tensor<4xf32>
  %square = tl.mul %m, %m : tensor<4xf32>
  %norm = tl.reduce_sum %square [0] : tensor<4xf32> -> tensor<f32>
  %root = tl.sqrt %norm : tensor<f32>
  tl.write @head.w, %g : tensor<4xf32>
  return
}
