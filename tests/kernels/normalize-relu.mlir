// RUN: tl-opt %s --tl-normalize | FileCheck %s

// The derivative of a relu asks what the relu stored, so that its argument need not be kept.

// CHECK-LABEL: func @comparison_takes_the_maximum
func.func @comparison_takes_the_maximum() {
  // CHECK: %[[R:.*]] = tl.max
  // CHECK: tl.gt %[[R]], %{{.*}}
  %x = tl.input "x" : tensor<64xf32>
  %0 = tl.constant 0.0 : tensor<64xf32>
  %r = tl.max %x, %0 : tensor<64xf32>
  %c = tl.gt %x, %0 : tensor<64xf32>
  tl.output "r", %r : tensor<64xf32>
  tl.output "c", %c : tensor<64xi1>
  return
}

// max(x, 1) tells nothing of x > 0 where x is below 1.
// CHECK-LABEL: func @other_bounds_are_left_alone
func.func @other_bounds_are_left_alone() {
  // CHECK: %[[X:.*]] = tl.input
  // CHECK: tl.gt %[[X]], %{{.*}}
  %x = tl.input "x" : tensor<64xf32>
  %0 = tl.constant 0.0 : tensor<64xf32>
  %1 = tl.constant 1.0 : tensor<64xf32>
  %r = tl.max %x, %1 : tensor<64xf32>
  %c = tl.gt %x, %0 : tensor<64xf32>
  tl.output "r", %r : tensor<64xf32>
  tl.output "c", %c : tensor<64xi1>
  return
}
