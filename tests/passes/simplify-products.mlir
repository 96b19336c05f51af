// RUN: tl-opt %s --split-input-file --tl-simplify | FileCheck %s

// A product of three begins with the two that leave the least to do, where all that is made of the first product does.

// CHECK-LABEL: func @low_rank
func.func @low_rank() {
  // CHECK-DAG: %[[X:.*]] = tl.input "x"
  // CHECK-DAG: %[[D:.*]] = tl.input "d"
  // CHECK-DAG: %[[A:.*]] = tl.input "a"
  // CHECK-DAG: %[[B:.*]] = tl.input "b"
  // CHECK-NOT: tensor<96x80xf32>
  // CHECK: tl.output "da"
  // CHECK: tl.output "db"
  %x = tl.input "x" : tensor<64x96xf32>
  %d = tl.input "d" : tensor<64x80xf32>
  %a = tl.input "a" : tensor<96x4xf32>
  %b = tl.input "b" : tensor<4x80xf32>
  %half = tl.constant 0.5 : tensor<96x80xf32>
  %w = tl.contract %x, %d [[2, 0], [2, 1], [0, 1]] : tensor<64x96xf32>, tensor<64x80xf32> -> tensor<96x80xf32>
  %s = tl.mul %w, %half : tensor<96x80xf32>
  %da = tl.contract %s, %b [[0, 2], [1, 2], [0, 1]] : tensor<96x80xf32>, tensor<4x80xf32> -> tensor<96x4xf32>
  %db = tl.contract %a, %s [[2, 0], [2, 1], [0, 1]] : tensor<96x4xf32>, tensor<96x80xf32> -> tensor<4x80xf32>
  tl.output "da", %da : tensor<96x4xf32>
  tl.output "db", %db : tensor<4x80xf32>
  return
}

// -----

// Where something else reads the first product, it is made anyway.

// CHECK-LABEL: func @read_besides
func.func @read_besides() {
  // CHECK: tl.contract {{.*}} -> tensor<96x80xf32>
  // CHECK: tl.contract {{.*}} -> tensor<96x4xf32>
  %x = tl.input "x" : tensor<64x96xf32>
  %d = tl.input "d" : tensor<64x80xf32>
  %b = tl.input "b" : tensor<4x80xf32>
  %w = tl.contract %x, %d [[2, 0], [2, 1], [0, 1]] : tensor<64x96xf32>, tensor<64x80xf32> -> tensor<96x80xf32>
  %da = tl.contract %w, %b [[0, 2], [1, 2], [0, 1]] : tensor<96x80xf32>, tensor<4x80xf32> -> tensor<96x4xf32>
  tl.output "w", %w : tensor<96x80xf32>
  tl.output "da", %da : tensor<96x4xf32>
  return
}

// -----

// Where little is won, products stay in their order, and with them every bit.

// CHECK-LABEL: func @little_won
func.func @little_won() {
  // CHECK: tl.contract {{.*}} -> tensor<64x64xf32>
  // CHECK: tl.contract {{.*}} -> tensor<64x48xf32>
  %x = tl.input "x" : tensor<64x64xf32>
  %y = tl.input "y" : tensor<64x64xf32>
  %z = tl.input "z" : tensor<64x48xf32>
  %w = tl.contract %x, %y [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %v = tl.contract %w, %z [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x48xf32> -> tensor<64x48xf32>
  tl.output "v", %v : tensor<64x48xf32>
  return
}
