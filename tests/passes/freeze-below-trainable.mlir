// RUN: tl-opt %s --tl-differentiate --tl-prune-frozen --tl-simplify | FileCheck %s

// A frozen layer below the lowest trainable one: its value stays as it is, nothing of it is differentiated, and the
// activations inside it are not needed after it.

tl.variable @enc.w parameter : tensor<3x4xf32>
tl.variable @head.w parameter : tensor<4x5xf32>

// CHECK-LABEL: func @probe
// CHECK-SAME: tl.pruned = "{{[0-9]+}} of {{[0-9]+}} ops stay; frozen: enc.w"
func.func @probe() {
  // CHECK-DAG: %[[X:.*]] = tl.input "x"
  // CHECK-DAG: %[[ENC:.*]] = tl.read @enc.w frozen
  // CHECK-DAG: %[[HEAD:.*]] = tl.read @head.w
  // CHECK: %[[H:.*]] = tl.contract %[[X]], %[[ENC]]
  // CHECK-NEXT: %[[T:.*]] = tl.tanh %[[H]]
  // CHECK-NEXT: %[[Y:.*]] = tl.contract %[[T]], %[[HEAD]]
  // CHECK-NEXT: %[[DY:.*]] = tl.add %[[Y]], %[[Y]]
  // CHECK-NEXT: %[[DW:.*]] = tl.contract %[[T]], %[[DY]]
  // CHECK-NEXT: %[[NEW:.*]] = tl.sub %[[HEAD]], %[[DW]]
  // CHECK-NEXT: tl.write @head.w, %[[NEW]]
  // CHECK-NEXT: return
  %x = tl.input "x" : tensor<2x3xf32>
  %enc = tl.read @enc.w frozen : tensor<3x4xf32>
  %head = tl.read @head.w : tensor<4x5xf32>
  %h = tl.contract %x, %enc [[0, 2], [2, 1], [0, 1]] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %t = tl.tanh %h : tensor<2x4xf32>
  %y = tl.contract %t, %head [[0, 2], [2, 1], [0, 1]] : tensor<2x4xf32>, tensor<4x5xf32> -> tensor<2x5xf32>
  %yy = tl.mul %y, %y : tensor<2x5xf32>
  %l = tl.reduce_sum %yy [0, 1] : tensor<2x5xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %head : tensor<f32>, tensor<4x5xf32>
  %new = tl.sub %head, %g : tensor<4x5xf32>
  tl.write @head.w, %new : tensor<4x5xf32>
  return
}
