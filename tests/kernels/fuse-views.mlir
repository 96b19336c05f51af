// RUN: tl-opt %s --tl-fuse | FileCheck %s

// What only moves indices is repeated in its users; it is stored where somebody needs it in memory.

tl.variable @w parameter : tensor<16x4xf32>

// CHECK-LABEL: func @broadcast_is_in_both_users
func.func @broadcast_is_in_both_users() {
  // CHECK: kernel.run
  // CHECK: tl.broadcast
  // CHECK: kernel.run
  // CHECK: tl.broadcast
  // CHECK-NOT: kernel.run
  %x = tl.input "x" : tensor<8x16xf32>
  %b = tl.input "b" : tensor<16xf32>
  %s = tl.broadcast %b [1] : tensor<16xf32> -> tensor<8x16xf32>
  %y = tl.add %x, %s : tensor<8x16xf32>
  %m = tl.mul %x, %s : tensor<8x16xf32>
  %z = tl.reduce_sum %m [1] : tensor<8x16xf32> -> tensor<8xf32>
  tl.output "y", %y : tensor<8x16xf32>
  tl.output "z", %z : tensor<8xf32>
  return
}

// CHECK-LABEL: func @contraction_reads_memory
func.func @contraction_reads_memory() {
  // CHECK: %[[T:.*]] = kernel.run
  // CHECK: tl.transpose
  // CHECK: kernel.run(%{{.*}}%[[T]]{{[,)]}}
  // CHECK-NOT: tl.transpose
  // CHECK: tl.contract
  %x = tl.input "x" : tensor<8x4xf32>
  %w = tl.read @w : tensor<16x4xf32>
  %t = tl.transpose %w [1, 0] : tensor<16x4xf32> -> tensor<4x16xf32>
  %y = tl.contract %x, %t [[0, 2], [2, 1], [0, 1]] : tensor<8x4xf32>, tensor<4x16xf32> -> tensor<8x16xf32>
  tl.output "y", %y : tensor<8x16xf32>
  return
}

// CHECK-LABEL: func @reshape_is_another_name
func.func @reshape_is_another_name() {
  // CHECK: %[[K:.*]] = kernel.run
  // CHECK: %[[N:.*]] = tl.reshape %[[K]]
  // CHECK-NEXT: tl.output "y", %[[N]]
  %x = tl.input "x" : tensor<8x16xf32>
  %n = tl.neg %x : tensor<8x16xf32>
  %y = tl.reshape %n : tensor<8x16xf32> -> tensor<128xf32>
  tl.output "y", %y : tensor<128xf32>
  return
}
