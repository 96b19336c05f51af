// RUN: tl-opt %s --tl-fuse | FileCheck %s

// A value that has a place already, or is wanted in two places, is copied by a kernel.

tl.variable @w parameter : tensor<16xf32>
tl.variable @old parameter : tensor<16xf32>

// CHECK-LABEL: func @what_is_read_is_copied
func.func @what_is_read_is_copied() {
  // CHECK: %[[W:.*]] = tl.read @w
  // CHECK: %[[C:.*]] = kernel.run(%[[W]])
  // CHECK: tl.write @old, %[[C]]
  %w = tl.read @w : tensor<16xf32>
  tl.write @old, %w : tensor<16xf32>
  return
}

// CHECK-LABEL: func @second_place_is_a_copy
func.func @second_place_is_a_copy() {
  // CHECK: tl.write @w, %[[A:.*]] :
  // CHECK-NOT: tl.output "y", %[[A]] :
  // CHECK: tl.output "y"
  %w = tl.read @w : tensor<16xf32>
  %n = tl.neg %w : tensor<16xf32>
  tl.write @w, %n : tensor<16xf32>
  tl.output "y", %n : tensor<16xf32>
  return
}
