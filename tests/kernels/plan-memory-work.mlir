// RUN: tl-opt %s --tl-fuse --tl-plan-memory | FileCheck %s

// Scratch (arena 1) is used again when nobody reads it any more; an output (arena 3) needs none.

// CHECK-LABEL: func @chain_needs_two_places
// CHECK-SAME: tl.work_bytes = 2048
func.func @chain_needs_two_places() {
  // CHECK: kernel.run{{.*}} {places = {{\[\[}}1, 0]]}
  // CHECK: kernel.run{{.*}} {places = {{\[\[}}1, 1024]]}
  // CHECK: kernel.run{{.*}} {places = {{\[\[}}1, 0]]}
  // CHECK: kernel.run{{.*}} {places = {{\[\[}}3, 0]]}
  %x = tl.input "x" : tensor<16x16xf32>
  %a = tl.contract %x, %x [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %b = tl.contract %a, %x [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %c = tl.contract %b, %x [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %d = tl.contract %c, %x [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  tl.output "y", %d : tensor<16x16xf32>
  return
}
