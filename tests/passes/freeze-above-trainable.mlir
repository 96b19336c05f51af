// RUN: tl-opt %s --tl-differentiate --tl-prune-frozen --tl-simplify | FileCheck %s

// A frozen layer above a trainable one: the gradient passes through its weight, none is computed for it, and the report
// says that it still costs something.

tl.variable @enc.w parameter : tensor<3x4xf32>
tl.variable @head.w parameter : tensor<4x5xf32>
tl.variable @head.b parameter : tensor<5xf32>

// CHECK-LABEL: func @step
// CHECK-SAME: frozen: head.w, head.b; frozen but still on the gradient path: head.w"
func.func @step() {
  // CHECK-DAG: %[[X:.*]] = tl.input "x"
  // CHECK-DAG: %[[HEAD:.*]] = tl.read @head.w frozen
  // CHECK: %[[Y:.*]] = tl.add
  // CHECK-NEXT: %[[DY:.*]] = tl.add %[[Y]], %[[Y]]
  // CHECK-NEXT: %[[DH:.*]] = tl.contract %[[DY]], %[[HEAD]]
  // CHECK-NEXT: %[[DW:.*]] = tl.contract %[[X]], %[[DH]]
  // CHECK-NEXT: tl.write @enc.w, %[[DW]]
  // CHECK-NEXT: return
  %x = tl.input "x" : tensor<2x3xf32>
  %enc = tl.read @enc.w : tensor<3x4xf32>
  %head = tl.read @head.w frozen : tensor<4x5xf32>
  %bias = tl.read @head.b frozen : tensor<5xf32>
  %h = tl.contract %x, %enc [[0, 2], [2, 1], [0, 1]] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %p = tl.contract %h, %head [[0, 2], [2, 1], [0, 1]] : tensor<2x4xf32>, tensor<4x5xf32> -> tensor<2x5xf32>
  %b = tl.broadcast %bias [1] : tensor<5xf32> -> tensor<2x5xf32>
  %y = tl.add %p, %b : tensor<2x5xf32>
  %yy = tl.mul %y, %y : tensor<2x5xf32>
  %l = tl.reduce_sum %yy [0, 1] : tensor<2x5xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %enc : tensor<f32>, tensor<3x4xf32>
  tl.write @enc.w, %g : tensor<3x4xf32>
  return
}
