// RUN: tl-opt %s --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s

// Columns of a weight gradient are copied in stretches as wide as the second cache takes, where its sum is short: 16 tiles of 32 columns for 256 steps. One tile
// after the other they would be read from pages of their own, a line or two of each.
// CHECK-LABEL: func.func private @kernel.0
// CHECK: memref.alloca() {{.*}} : memref<131072xf32>
func.func @wide() {
  %x = tl.input "x" : tensor<256x256xf32>
  %g = tl.input "g" : tensor<256x4096xf32>
  %w = tl.contract %x, %g [[2, 0], [2, 1], [0, 1]] : tensor<256x256xf32>, tensor<256x4096xf32> -> tensor<256x4096xf32>
  tl.output "w", %w : tensor<256x4096xf32>
  return
}

// Of a long sum all rows are copied once for a piece of it, and the columns of one tile after the other stay in the first cache.
// CHECK-LABEL: func.func private @kernel.1
// CHECK: memref.alloca() {{.*}} : memref<4096xf32>
func.func @long() {
  %x = tl.input "x" : tensor<768x128xf32>
  %g = tl.input "g" : tensor<768x512xf32>
  %w = tl.contract %x, %g [[2, 0], [2, 1], [0, 1]] : tensor<768x128xf32>, tensor<768x512xf32> -> tensor<128x512xf32>
  tl.output "w", %w : tensor<128x512xf32>
  return
}
