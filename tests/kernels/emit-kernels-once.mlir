// RUN: tl-opt %s --tl-normalize --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s --implicit-check-not='= tl.' --implicit-check-not=tl.output --implicit-check-not=kernel.run

// Equal kernels are one function, called with other arguments; nothing of `tl` is left.

tl.variable @w parameter : tensor<16x16xf32>
tl.variable @v parameter : tensor<16x16xf32>

// CHECK-LABEL: func @two_layers
func.func @two_layers() {
  // CHECK: call @[[K:kernel[^(]*]](
  // CHECK: call @[[K]](
  // CHECK: return
  // CHECK-COUNT-1: func private @kernel
  // CHECK-NOT: func private @kernel
  %x = tl.input "x" : tensor<16x16xf32>
  %w = tl.read @w : tensor<16x16xf32>
  %v = tl.read @v : tensor<16x16xf32>
  %a = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %b = tl.contract %a, %v [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  tl.output "y", %b : tensor<16x16xf32>
  return
}
