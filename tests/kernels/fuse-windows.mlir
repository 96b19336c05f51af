// RUN: tl-opt %s --tl-normalize --cse --tl-fuse | FileCheck %s

// A contraction reads windows where they are: nothing is as large as the windows but in name. The padded copy is made from
// what it is computed from, and read by all others.

// CHECK-LABEL: func @windows_are_read_in_place
func.func @windows_are_read_in_place() {
  // CHECK: %[[P:.*]] = kernel.run
  // CHECK: tl.max
  // CHECK: tl.pad
  // CHECK: kernel.yield %{{.*}} : tensor<2x10x10x4xf32>
  // CHECK: kernel.run(%[[P]]
  // CHECK: tl.window
  // CHECK: tl.window
  // CHECK: tl.contract
  // CHECK: kernel.yield %{{.*}} : tensor<2x8x8x16xf32>
  // CHECK: kernel.run(%[[P]]
  // CHECK: tl.slice
  // CHECK: tl.reduce_sum
  // CHECK-NOT: kernel.run
  %x = tl.input "x" : tensor<2x8x8x4xf32>
  %w = tl.input "w" : tensor<3x3x4x16xf32>
  %zero = tl.constant 0.0 : tensor<2x8x8x4xf32>
  %h = tl.max %x, %zero : tensor<2x8x8x4xf32>
  %p = tl.pad %h before [0, 1, 1, 0] after [0, 1, 1, 0] : tensor<2x8x8x4xf32> -> tensor<2x10x10x4xf32>
  %a = tl.window %p axis 1 size 3 stride 1 dilation 1 : tensor<2x10x10x4xf32> -> tensor<2x8x3x10x4xf32>
  %b = tl.window %a axis 3 size 3 stride 1 dilation 1 : tensor<2x8x3x10x4xf32> -> tensor<2x8x3x8x3x4xf32>
  %y = tl.contract %b, %w [[0, 1, 2, 3, 4, 5], [2, 4, 5, 6], [0, 1, 3, 6]] : tensor<2x8x3x8x3x4xf32>, tensor<3x3x4x16xf32> -> tensor<2x8x8x16xf32>
  %s = tl.reduce_sum %h [3] : tensor<2x8x8x4xf32> -> tensor<2x8x8xf32>
  tl.output "y", %y : tensor<2x8x8x16xf32>
  tl.output "s", %s : tensor<2x8x8xf32>
  return
}

// What follows from one large tensor and a few numbers is computed from them where it is needed, and not stored.

// CHECK-LABEL: func @differences_are_computed_again
func.func @differences_are_computed_again() {
  // CHECK: tl.reduce_sum
  // CHECK: kernel.yield %{{.*}} : tensor<16xf32>
  // CHECK: kernel.run
  // CHECK: tl.sub
  // CHECK: tl.reduce_sum
  // CHECK: kernel.yield %{{.*}} : tensor<16xf32>
  // CHECK: kernel.run
  // CHECK: tl.sub
  // CHECK: kernel.yield %{{.*}} : tensor<512x16xf32>
  // CHECK-NOT: kernel.run
  %x = tl.input "x" : tensor<512x16xf32>
  %m = tl.reduce_sum %x [0] : tensor<512x16xf32> -> tensor<16xf32>
  %s = tl.broadcast %m [1] : tensor<16xf32> -> tensor<512x16xf32>
  %d = tl.sub %x, %s : tensor<512x16xf32>
  %q = tl.mul %d, %d : tensor<512x16xf32>
  %v = tl.reduce_sum %q [0] : tensor<512x16xf32> -> tensor<16xf32>
  %t = tl.broadcast %v [1] : tensor<16xf32> -> tensor<512x16xf32>
  %y = tl.mul %d, %t : tensor<512x16xf32>
  tl.output "y", %y : tensor<512x16xf32>
  return
}

// What is summed of a product that others read is not stored beside it: the sum computes it again.

// CHECK-LABEL: func @masked_sum_of_a_product
func.func @masked_sum_of_a_product() {
  // CHECK: tl.contract
  // CHECK-NOT: tl.mul
  // CHECK: kernel.yield %{{.*}} : tensor<512x16xf32>
  // CHECK: kernel.run
  // CHECK: tl.mul
  // CHECK: tl.reduce_sum
  // CHECK: kernel.yield %{{.*}} : tensor<16xf32>
  // CHECK-NOT: kernel.run
  %x = tl.input "x" : tensor<512x8xf32>
  %w = tl.input "w" : tensor<8x16xf32>
  %v = tl.input "valid" : tensor<512xf32>
  %y = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<512x8xf32>, tensor<8x16xf32> -> tensor<512x16xf32>
  %m = tl.broadcast %v [0] : tensor<512xf32> -> tensor<512x16xf32>
  %p = tl.mul %y, %m : tensor<512x16xf32>
  %s = tl.reduce_sum %p [0] : tensor<512x16xf32> -> tensor<16xf32>
  tl.output "y", %y : tensor<512x16xf32>
  tl.output "s", %s : tensor<16xf32>
  return
}
