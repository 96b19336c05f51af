// RUN: tl-opt %s --tl-normalize --cse --tl-fuse --tl-plan-memory --tl-emit-kernels --split-input-file | FileCheck %s

// Rows that no cache of the core holds are asked for while the tile before them is summed up; those that it holds are not.

// CHECK-LABEL: func private @kernel
// CHECK: memref.prefetch
func.func @from_memory() {
  %x = tl.input "x" : tensor<8192x64xf32>
  %w = tl.input "w" : tensor<64x64xf32>
  %y = tl.contract %x, %w [[0, 1], [1, 2], [0, 2]] : tensor<8192x64xf32>, tensor<64x64xf32> -> tensor<8192x64xf32>
  tl.output "y", %y : tensor<8192x64xf32>
  return
}

// -----

// CHECK-LABEL: func private @kernel
// CHECK-NOT: memref.prefetch
func.func @from_the_cache() {
  %x = tl.input "x" : tensor<512x64xf32>
  %w = tl.input "w" : tensor<64x64xf32>
  %y = tl.contract %x, %w [[0, 1], [1, 2], [0, 2]] : tensor<512x64xf32>, tensor<64x64xf32> -> tensor<512x64xf32>
  tl.output "y", %y : tensor<512x64xf32>
  return
}
