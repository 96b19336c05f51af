// RUN: tl-opt %s --tl-fuse | FileCheck %s

// A value that has a place already, or is wanted in two places, is copied by a kernel.

// CHECK-LABEL: func @what_is_read_is_copied
func.func @what_is_read_is_copied() {
  // CHECK: %[[W:.*]] = tl.read "w"
  // CHECK: %[[C:.*]] = kernel.run(%[[W]])
  // CHECK: tl.write "old" at 64, %[[C]]
  %w = tl.read "w" at 0 : tensor<16xf32>
  tl.write "old" at 64, %w : tensor<16xf32>
  return
}

// CHECK-LABEL: func @second_place_is_a_copy
func.func @second_place_is_a_copy() {
  // CHECK: tl.write "w" at 0, %[[A:.*]] :
  // CHECK-NOT: tl.output "y" at 0, %[[A]] :
  // CHECK: tl.output "y"
  %w = tl.read "w" at 0 : tensor<16xf32>
  %n = tl.neg %w : tensor<16xf32>
  tl.write "w" at 0, %n : tensor<16xf32>
  tl.output "y" at 0, %n : tensor<16xf32>
  return
}
