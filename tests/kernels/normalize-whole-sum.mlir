// RUN: tl-opt %s --tl-normalize | FileCheck %s

// A sum over everything is done row by row first where it is large, so that threads can share it.

// CHECK-LABEL: func @large_sum_has_two_steps
func.func @large_sum_has_two_steps() {
  // CHECK: %[[ROWS:.*]] = tl.reduce_sum %{{.*}} [1] : tensor<256x256xf32> -> tensor<256xf32>
  // CHECK-NEXT: %[[ALL:.*]] = tl.reduce_sum %[[ROWS]] [0] : tensor<256xf32> -> tensor<f32>
  // CHECK-NEXT: tl.output "y", %[[ALL]]
  %x = tl.input "x" : tensor<256x256xf32>
  %y = tl.reduce_sum %x [0, 1] : tensor<256x256xf32> -> tensor<f32>
  tl.output "y", %y : tensor<f32>
  return
}

// CHECK-LABEL: func @small_sum_stays
func.func @small_sum_stays() {
  // CHECK: tl.reduce_sum %{{.*}} [0, 1] : tensor<16x16xf32> -> tensor<f32>
  %x = tl.input "x" : tensor<16x16xf32>
  %y = tl.reduce_sum %x [0, 1] : tensor<16x16xf32> -> tensor<f32>
  tl.output "y", %y : tensor<f32>
  return
}
