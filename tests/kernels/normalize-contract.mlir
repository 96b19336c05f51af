// RUN: tl-opt %s --tl-normalize --cse | FileCheck %s

// Whatever the indices, what is left is a contraction whose right operand ends in the result's last axis, or a product.

tl.variable @w parameter : tensor<4x3xf32>

// CHECK-LABEL: func @right_operand_is_turned
func.func @right_operand_is_turned() {
  // CHECK: %[[X:.*]] = tl.input "x"
  // CHECK: %[[W:.*]] = tl.read @w
  // CHECK: %[[T:.*]] = tl.transpose %[[W]] [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
  // CHECK: tl.contract %[[X]], %[[T]] {{\[\[}}0, 2], [2, 1], [0, 1]]
  %x = tl.input "x" : tensor<2x3xf32>
  %w = tl.read @w : tensor<4x3xf32>
  %y = tl.contract %x, %w [[0, 2], [1, 2], [0, 1]] : tensor<2x3xf32>, tensor<4x3xf32> -> tensor<2x4xf32>
  tl.output "y", %y : tensor<2x4xf32>
  return
}

// CHECK-LABEL: func @left_operand_with_the_last_axis_becomes_the_right_one
func.func @left_operand_with_the_last_axis_becomes_the_right_one() {
  // CHECK: %[[A:.*]] = tl.input "a"
  // CHECK: %[[B:.*]] = tl.input "b"
  // CHECK: tl.contract %[[B]], %[[A]] {{\[\[}}1, 2], [2, 0], [1, 0]]
  %a = tl.input "a" : tensor<3x4xf32>
  %b = tl.input "b" : tensor<2x3xf32>
  %y = tl.contract %a, %b [[2, 0], [1, 2], [1, 0]] : tensor<3x4xf32>, tensor<2x3xf32> -> tensor<2x4xf32>
  tl.output "y", %y : tensor<2x4xf32>
  return
}

// CHECK-LABEL: func @one_transpose_serves_two
func.func @one_transpose_serves_two() {
  // CHECK-COUNT-1: tl.transpose
  // CHECK-NOT: tl.transpose
  %x = tl.input "x" : tensor<2x3xf32>
  %z = tl.input "z" : tensor<5x3xf32>
  %w = tl.read @w : tensor<4x3xf32>
  %y = tl.contract %x, %w [[0, 2], [1, 2], [0, 1]] : tensor<2x3xf32>, tensor<4x3xf32> -> tensor<2x4xf32>
  %v = tl.contract %z, %w [[0, 2], [1, 2], [0, 1]] : tensor<5x3xf32>, tensor<4x3xf32> -> tensor<5x4xf32>
  tl.output "y", %y : tensor<2x4xf32>
  tl.output "v", %v : tensor<5x4xf32>
  return
}

// CHECK-LABEL: func @outer_product_is_a_product
func.func @outer_product_is_a_product() {
  // CHECK-NOT: tl.contract
  // CHECK: tl.mul %{{.*}} : tensor<3x4xf32>
  %a = tl.input "a" : tensor<3xf32>
  %b = tl.input "b" : tensor<4xf32>
  %y = tl.contract %a, %b [[0], [1], [0, 1]] : tensor<3xf32>, tensor<4xf32> -> tensor<3x4xf32>
  tl.output "y", %y : tensor<3x4xf32>
  return
}

// Each row is a sum along memory: turning the matrix would cost more than it saves.
// CHECK-LABEL: func @matrix_times_vector_is_a_sum
func.func @matrix_times_vector_is_a_sum() {
  // CHECK-NOT: tl.transpose
  // CHECK: %[[P:.*]] = tl.mul
  // CHECK: tl.reduce_sum %[[P]] [1] : tensor<3x4xf32> -> tensor<3xf32>
  %a = tl.input "a" : tensor<3x4xf32>
  %b = tl.input "b" : tensor<4xf32>
  %y = tl.contract %a, %b [[0, 1], [1], [0]] : tensor<3x4xf32>, tensor<4xf32> -> tensor<3xf32>
  tl.output "y", %y : tensor<3xf32>
  return
}

// The last axis of the result belongs to both: the one that gives the rows stands left, and each lane is a sum.
// CHECK-LABEL: func @lanes_of_both_operands
func.func @lanes_of_both_operands() {
  // CHECK: %[[W:.*]] = tl.input "w"
  // CHECK: %[[X:.*]] = tl.input "x"
  // CHECK: tl.contract %[[X]], %[[W]] {{\[\[}}0, 1, 2], [1, 2], [0, 2]]
  %w = tl.input "w" : tensor<3x8xf32>
  %x = tl.input "x" : tensor<5x3x8xf32>
  %y = tl.contract %w, %x [[1, 2], [0, 1, 2], [0, 2]] : tensor<3x8xf32>, tensor<5x3x8xf32> -> tensor<5x8xf32>
  tl.output "y", %y : tensor<5x8xf32>
  return
}

// Nobody serves several rows: a product and a sum, whose lanes are the result's.
// CHECK-LABEL: func @batch_of_sums
func.func @batch_of_sums() {
  // CHECK: %[[P:.*]] = tl.mul {{.*}} : tensor<3x5x8xf32>
  // CHECK: tl.reduce_sum %[[P]] [0] : tensor<3x5x8xf32> -> tensor<5x8xf32>
  %a = tl.input "a" : tensor<5x3x8xf32>
  %b = tl.input "b" : tensor<5x3x8xf32>
  %y = tl.contract %a, %b [[0, 1, 2], [0, 1, 2], [0, 2]] : tensor<5x3x8xf32>, tensor<5x3x8xf32> -> tensor<5x8xf32>
  tl.output "y", %y : tensor<5x8xf32>
  return
}

// CHECK-LABEL: func @loop_of_one_operand_is_summed_first
func.func @loop_of_one_operand_is_summed_first() {
  // CHECK: %[[S:.*]] = tl.reduce_sum %{{.*}} [1] : tensor<5x6xf32> -> tensor<5xf32>
  // CHECK: tl.contract %[[S]], %{{.*}} {{\[\[}}1], [1, 2], [2]]
  %a = tl.input "a" : tensor<5x6xf32>
  %b = tl.input "b" : tensor<5x7xf32>
  %y = tl.contract %a, %b [[1, 0], [1, 2], [2]] : tensor<5x6xf32>, tensor<5x7xf32> -> tensor<7xf32>
  tl.output "y", %y : tensor<7xf32>
  return
}
