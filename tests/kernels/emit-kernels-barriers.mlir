// RUN: tl-opt %s --tl-normalize --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s

// Threads wait for each other only between kernels they share of which one reads what the other writes.

// CHECK: func private @tlBarrier(!llvm.ptr)

tl.variable @w parameter : tensor<128x128xf32>

// CHECK-LABEL: func @dependent_kernels_have_a_barrier
func.func @dependent_kernels_have_a_barrier() {
  // CHECK: call @kernel
  // CHECK: call @tlBarrier
  // CHECK: call @kernel
  // CHECK-NOT: call @tlBarrier
  // CHECK: return
  %x = tl.input "x" : tensor<128x128xf32>
  %a = tl.contract %x, %x [[0, 2], [2, 1], [0, 1]] : tensor<128x128xf32>, tensor<128x128xf32> -> tensor<128x128xf32>
  %b = tl.contract %a, %x [[0, 2], [2, 1], [0, 1]] : tensor<128x128xf32>, tensor<128x128xf32> -> tensor<128x128xf32>
  tl.output "y", %b : tensor<128x128xf32>
  return
}

// CHECK-LABEL: func @independent_kernels_have_none
func.func @independent_kernels_have_none() {
  // CHECK: call @kernel
  // CHECK-NOT: call @tlBarrier
  // CHECK: call @kernel
  // CHECK-NOT: call @tlBarrier
  // CHECK: return
  %x = tl.input "x" : tensor<128x128xf32>
  %a = tl.contract %x, %x [[0, 2], [2, 1], [0, 1]] : tensor<128x128xf32>, tensor<128x128xf32> -> tensor<128x128xf32>
  %b = tl.contract %x, %x [[2, 0], [2, 1], [0, 1]] : tensor<128x128xf32>, tensor<128x128xf32> -> tensor<128x128xf32>
  tl.output "a", %a : tensor<128x128xf32>
  tl.output "b", %b : tensor<128x128xf32>
  return
}

// What one kernel reads, another may overwrite when all threads have read it.
// CHECK-LABEL: func @readers_before_the_writer
func.func @readers_before_the_writer() {
  // CHECK: call @kernel
  // CHECK: call @tlBarrier
  // CHECK: call @kernel
  // CHECK: return
  %x = tl.input "x" : tensor<128x128xf32>
  %w = tl.read @w : tensor<128x128xf32>
  %a = tl.contract %w, %x [[0, 2], [2, 1], [0, 1]] : tensor<128x128xf32>, tensor<128x128xf32> -> tensor<128x128xf32>
  tl.output "a", %a : tensor<128x128xf32>
  %b = tl.contract %x, %x [[0, 2], [2, 1], [0, 1]] : tensor<128x128xf32>, tensor<128x128xf32> -> tensor<128x128xf32>
  tl.write @w, %b : tensor<128x128xf32>
  return
}

// A small kernel runs on the first thread alone; the others wait before they read its result.
// CHECK-LABEL: func @small_kernel_is_for_the_first_thread
func.func @small_kernel_is_for_the_first_thread() {
  // CHECK: scf.if
  // CHECK: call @kernel
  // CHECK: }
  // CHECK: call @tlBarrier
  // CHECK: call @kernel
  // CHECK: return
  %x = tl.input "x" : tensor<128x128xf32>
  %v = tl.input "v" : tensor<128xf32>
  %e = tl.exp %v : tensor<128xf32>
  %s = tl.reduce_sum %e [0] : tensor<128xf32> -> tensor<f32>
  %r = tl.broadcast %s [] : tensor<f32> -> tensor<128x128xf32>
  %a = tl.contract %x, %x [[0, 2], [2, 1], [0, 1]] : tensor<128x128xf32>, tensor<128x128xf32> -> tensor<128x128xf32>
  %b = tl.mul %a, %r : tensor<128x128xf32>
  tl.output "b", %b : tensor<128x128xf32>
  return
}

// CHECK-LABEL: func @small_function_knows_no_threads
// CHECK-SAME: tl.parallel = false
func.func @small_function_knows_no_threads() {
  // CHECK-NOT: scf.if
  // CHECK-NOT: call @tlBarrier
  // CHECK: return
  %x = tl.input "x" : tensor<16x16xf32>
  %a = tl.contract %x, %x [[0, 2], [2, 1], [0, 1]] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %s = tl.reduce_sum %a [0, 1] : tensor<16x16xf32> -> tensor<f32>
  tl.output "s", %s : tensor<f32>
  return
}
