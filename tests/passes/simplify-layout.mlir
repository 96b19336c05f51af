// RUN: tl-opt %s --split-input-file --tl-simplify | FileCheck %s

// Layout ops compose, cancel, and go into the indices of contractions.

// CHECK-LABEL: func @transposes
func.func @transposes() {
  // CHECK: %[[X:.*]] = tl.input "x"
  // CHECK: %[[T:.*]] = tl.transpose %[[X]] [1, 2, 0]
  // CHECK: tl.output "once", %[[T]]
  // CHECK: tl.output "back", %[[X]]
  %x = tl.input "x" : tensor<2x3x4xf32>
  %a = tl.transpose %x [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %b = tl.transpose %a [2, 0, 1] : tensor<4x2x3xf32> -> tensor<3x4x2xf32>
  %c = tl.transpose %b [2, 0, 1] : tensor<3x4x2xf32> -> tensor<2x3x4xf32>
  tl.output "once", %b : tensor<3x4x2xf32>
  tl.output "back", %c : tensor<2x3x4xf32>
  return
}

// -----

// The order of two transposes matters.
// CHECK-LABEL: func @transposes_in_order
func.func @transposes_in_order() {
  // CHECK: tl.transpose %{{.*}} [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
  %x = tl.input "x" : tensor<2x3x4xf32>
  %a = tl.transpose %x [1, 0, 2] : tensor<2x3x4xf32> -> tensor<3x2x4xf32>
  %b = tl.transpose %a [0, 2, 1] : tensor<3x2x4xf32> -> tensor<3x4x2xf32>
  tl.output "y", %b : tensor<3x4x2xf32>
  return
}

// -----

// CHECK-LABEL: func @reshapes
func.func @reshapes() {
  // CHECK: %[[X:.*]] = tl.input "x"
  // CHECK-NEXT: tl.output "y", %[[X]]
  %x = tl.input "x" : tensor<2x6xf32>
  %a = tl.reshape %x : tensor<2x6xf32> -> tensor<2x1x6xf32>
  %b = tl.transpose %a [1, 0, 2] : tensor<2x1x6xf32> -> tensor<1x2x6xf32>
  %c = tl.reshape %b : tensor<1x2x6xf32> -> tensor<2x6xf32>
  tl.output "y", %c : tensor<2x6xf32>
  return
}

// -----

// CHECK-LABEL: func @broadcasts
func.func @broadcasts() {
  // CHECK: tl.broadcast %{{.*}} [2] : tensor<4xf32> -> tensor<2x3x4xf32>
  %x = tl.input "x" : tensor<4xf32>
  %a = tl.broadcast %x [1] : tensor<4xf32> -> tensor<3x4xf32>
  %b = tl.broadcast %a [1, 2] : tensor<3x4xf32> -> tensor<2x3x4xf32>
  tl.output "y", %b : tensor<2x3x4xf32>
  return
}

// -----

// Σ over 2 repetitions and an axis of 4: one sum, doubled; the axis of 3 stays a repetition.
// CHECK-LABEL: func @sum_of_repetitions
func.func @sum_of_repetitions() {
  // CHECK-DAG: %[[TWO:.*]] = tl.constant 2.0
  // CHECK-DAG: %[[X:.*]] = tl.input "x"
  // CHECK: %[[S:.*]] = tl.reduce_sum %[[X]] [0] : tensor<4xf32> -> tensor<f32>
  // CHECK: %[[D:.*]] = tl.mul %[[S]], %[[TWO]]
  // CHECK: %[[B:.*]] = tl.broadcast %[[D]] [] : tensor<f32> -> tensor<3xf32>
  // CHECK: tl.output "y", %[[B]]
  %x = tl.input "x" : tensor<4xf32>
  %a = tl.broadcast %x [2] : tensor<4xf32> -> tensor<2x3x4xf32>
  %b = tl.reduce_sum %a [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  tl.output "y", %b : tensor<3xf32>
  return
}

// -----

// Sums of reals are not merged: that would change their order.
// CHECK-LABEL: func @sums_keep_their_order
func.func @sums_keep_their_order() {
  // CHECK: tl.reduce_sum
  // CHECK: tl.reduce_sum
  %x = tl.input "x" : tensor<3x4xf32>
  %a = tl.reduce_sum %x [1] : tensor<3x4xf32> -> tensor<3xf32>
  %b = tl.reduce_sum %a [0] : tensor<3xf32> -> tensor<f32>
  tl.output "y", %b : tensor<f32>
  return
}

// -----

// CHECK-LABEL: func @contract_of_transposes
func.func @contract_of_transposes() {
  // CHECK: %[[A:.*]] = tl.input "a"
  // CHECK: %[[B:.*]] = tl.input "b"
  // CHECK-NEXT: %[[Y:.*]] = tl.contract %[[A]], %[[B]] {{\[\[}}2, 0], [1, 2], [1, 0]] : tensor<3x2xf32>, tensor<4x3xf32> -> tensor<4x2xf32>
  // CHECK-NEXT: tl.output "y", %[[Y]]
  %a = tl.input "a" : tensor<3x2xf32>
  %b = tl.input "b" : tensor<4x3xf32>
  %at = tl.transpose %a [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
  %bt = tl.transpose %b [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
  %y = tl.contract %at, %bt [[0, 2], [2, 1], [0, 1]] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %yt = tl.transpose %y [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
  tl.output "y", %yt : tensor<4x2xf32>
  return
}

// -----

// A transpose that is not its own inverse.
// CHECK-LABEL: func @contract_of_turned_axes
func.func @contract_of_turned_axes() {
  // CHECK: %[[X:.*]] = tl.input "x"
  // CHECK: tl.contract %[[X]], %{{.*}} {{\[\[}}1, 2, 0], [2, 3], [0, 1, 3]] : tensor<2x3x4xf32>, tensor<3x5xf32> -> tensor<4x2x5xf32>
  %x = tl.input "x" : tensor<2x3x4xf32>
  %w = tl.input "w" : tensor<3x5xf32>
  %t = tl.transpose %x [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %y = tl.contract %t, %w [[0, 1, 2], [2, 3], [0, 1, 3]] : tensor<4x2x3xf32>, tensor<3x5xf32> -> tensor<4x2x5xf32>
  tl.output "y", %y : tensor<4x2x5xf32>
  return
}

// -----

// A weight repeated for every record of a batch is one weight.
// CHECK-LABEL: func @contract_of_broadcast
func.func @contract_of_broadcast() {
  // CHECK: tl.contract %{{.*}}, %{{.*}} {{\[\[}}0, 1, 3], [3, 2], [0, 1, 2]] : tensor<8x2x3xf32>, tensor<3x4xf32> -> tensor<8x2x4xf32>
  %x = tl.input "x" : tensor<8x2x3xf32>
  %w = tl.input "w" : tensor<3x4xf32>
  %ws = tl.broadcast %w [1, 2] : tensor<3x4xf32> -> tensor<8x3x4xf32>
  %y = tl.contract %x, %ws [[0, 1, 3], [0, 3, 2], [0, 1, 2]] : tensor<8x2x3xf32>, tensor<8x3x4xf32> -> tensor<8x2x4xf32>
  tl.output "y", %y : tensor<8x2x4xf32>
  return
}

// -----

// CHECK-LABEL: func @sum_of_negatives
func.func @sum_of_negatives() {
  // CHECK: %[[S:.*]] = tl.reduce_sum %{{.*}} [0]
  // CHECK: %[[N:.*]] = tl.neg %[[S]]
  // CHECK: tl.output "y", %[[N]]
  %x = tl.input "x" : tensor<4xf32>
  %n = tl.neg %x : tensor<4xf32>
  %s = tl.reduce_sum %n [0] : tensor<4xf32> -> tensor<f32>
  tl.output "y", %s : tensor<f32>
  return
}

// -----

// What the parts of a tensor hand back lies side by side.
// CHECK-LABEL: func @sum_of_pads
func.func @sum_of_pads() {
  // CHECK: tl.concat axis 1 %[[A:.*]], %[[B:.*]], %[[C:.*]] : tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x4xf32> -> tensor<3x7xf32>
  // CHECK-NOT: tl.pad
  %a = tl.input "a" : tensor<3x2xf32>
  %b = tl.input "b" : tensor<3x1xf32>
  %c = tl.input "c" : tensor<3x4xf32>
  %p = tl.pad %a before [0, 0] after [0, 5] : tensor<3x2xf32> -> tensor<3x7xf32>
  %q = tl.pad %b before [0, 2] after [0, 4] : tensor<3x1xf32> -> tensor<3x7xf32>
  %r = tl.pad %c before [0, 3] after [0, 0] : tensor<3x4xf32> -> tensor<3x7xf32>
  %s = tl.add %r, %p : tensor<3x7xf32>
  %t = tl.add %s, %q : tensor<3x7xf32>
  tl.output "y", %t : tensor<3x7xf32>
  return
}

// -----

// Parts that leave a gap or overlap are added.
// CHECK-LABEL: func @pads_with_a_gap
func.func @pads_with_a_gap() {
  // CHECK-NOT: tl.concat
  // CHECK: tl.output "y"
  %a = tl.input "a" : tensor<3x2xf32>
  %b = tl.input "b" : tensor<3x1xf32>
  %p = tl.pad %a before [0, 0] after [0, 2] : tensor<3x2xf32> -> tensor<3x4xf32>
  %q = tl.pad %b before [0, 3] after [0, 0] : tensor<3x1xf32> -> tensor<3x4xf32>
  %s = tl.add %p, %q : tensor<3x4xf32>
  %r = tl.pad %b before [0, 1] after [0, 2] : tensor<3x1xf32> -> tensor<3x4xf32>
  %t = tl.add %p, %r : tensor<3x4xf32>
  tl.output "y", %s : tensor<3x4xf32>
  tl.output "z", %t : tensor<3x4xf32>
  return
}

// -----

// A transpose goes to the operands where a product takes it in.
// CHECK-LABEL: func @transpose_of_sum
func.func @transpose_of_sum() {
  // CHECK: %[[P:.*]] = tl.contract %{{.*}}, %{{.*}} {{\[\[}}0, 2], [2, 1], [1, 0]]
  // CHECK: tl.add %[[P]], %{{.*}} : tensor<5x3xf32>
  %x = tl.input "x" : tensor<3x4xf32>
  %w = tl.input "w" : tensor<4x5xf32>
  %b = tl.input "b" : tensor<5xf32>
  %p = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
  %bs = tl.broadcast %b [1] : tensor<5xf32> -> tensor<3x5xf32>
  %s = tl.add %p, %bs : tensor<3x5xf32>
  %t = tl.transpose %s [1, 0] : tensor<3x5xf32> -> tensor<5x3xf32>
  tl.output "y", %t : tensor<5x3xf32>
  return
}

// -----

// A table of one number has rows that are not there, too: they are NaN.
// CHECK-LABEL: func @rows_of_a_constant_table
func.func @rows_of_a_constant_table() {
  // CHECK: tl.gather
  %ids = tl.input "ids" : tensor<4xi32>
  %zeros = tl.constant 0.0 : tensor<3xf32>
  %y = tl.gather %zeros, %ids : tensor<3xf32>, tensor<4xi32> -> tensor<4xf32>
  tl.output "y", %y : tensor<4xf32>
  return
}

// -----

// What is rounded to few digits is rounded before it is arranged, once for all that read it; a product takes the transpose in.
// CHECK-LABEL: func @round_before_layout
func.func @round_before_layout() {
  // CHECK: %[[X:.*]] = tl.input "x"
  // CHECK: %[[B:.*]] = tl.cast %[[X]] : tensor<2x6xf32> -> tensor<2x6xbf16>
  // CHECK: tl.contract %[[B]], %[[B]] {{.*}} : tensor<2x6xbf16>, tensor<2x6xbf16> -> tensor<2x2xf32>
  // CHECK: %[[P:.*]] = tl.pad %[[B]]
  // CHECK: tl.window %[[P]]
  %x = tl.input "x" : tensor<2x6xf32>
  %t = tl.transpose %x [1, 0] : tensor<2x6xf32> -> tensor<6x2xf32>
  %a = tl.cast %x : tensor<2x6xf32> -> tensor<2x6xbf16>
  %b = tl.cast %t : tensor<6x2xf32> -> tensor<6x2xbf16>
  %y = tl.contract %a, %b [[0, 1], [1, 2], [0, 2]] : tensor<2x6xbf16>, tensor<6x2xbf16> -> tensor<2x2xf32>
  tl.output "y", %y : tensor<2x2xf32>
  %p = tl.pad %x before [0, 1] after [0, 1] : tensor<2x6xf32> -> tensor<2x8xf32>
  %w = tl.window %p axis 1 size 3 stride 1 dilation 1 : tensor<2x8xf32> -> tensor<2x6x3xf32>
  %c = tl.cast %w : tensor<2x6x3xf32> -> tensor<2x6x3xbf16>
  %z = tl.contract %c, %c [[0, 1, 2], [3, 1, 2], [0, 3]] : tensor<2x6x3xbf16>, tensor<2x6x3xbf16> -> tensor<2x2xf32>
  tl.output "z", %z : tensor<2x2xf32>
  return
}
