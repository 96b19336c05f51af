// RUN: tl-opt %s --tl-normalize --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s

// Kernels that differ in a number alone are two functions.

tl.variable @w parameter : tensor<16x16xf32>
tl.variable @v parameter : tensor<16x16xf32>

// CHECK-LABEL: func @two_scales
func.func @two_scales() {
  // CHECK: call @[[K:kernel[^(]*]](
  // CHECK-NOT: call @[[K]](
  // CHECK: call @kernel
  // CHECK: return
  // CHECK-COUNT-2: func private @kernel
  %x = tl.input "x" : tensor<16x16xf32>
  %w = tl.read @w : tensor<16x16xf32>
  %v = tl.read @v : tensor<16x16xf32>
  %two = tl.constant 2.0 : tensor<16x16xf32>
  %three = tl.constant 3.0 : tensor<16x16xf32>
  %a = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %b = tl.mul %a, %two : tensor<16x16xf32>
  %c = tl.contract %b, %v [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %d = tl.mul %c, %three : tensor<16x16xf32>
  tl.output "y", %d : tensor<16x16xf32>
  return
}
