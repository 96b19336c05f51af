// RUN: tl-opt %s --tl-fuse | FileCheck %s

// Scalars are computed together, whatever they belong to.

tl.runtime_scalar @rate
tl.runtime_scalar @decay

// CHECK-LABEL: func @counters_and_rates_are_one_kernel
func.func @counters_and_rates_are_one_kernel() {
  // CHECK-COUNT-1: kernel.run
  // CHECK-NOT: kernel.run
  %rate = tl.scalar @rate : tensor<f64>
  %decay = tl.scalar @decay : tensor<f64>
  %p = tl.mul %rate, %decay : tensor<f64>
  %q = tl.add %decay, %decay : tensor<f64>
  %r = tl.sqrt %rate : tensor<f64>
  tl.output "p", %p : tensor<f64>
  tl.output "q", %q : tensor<f64>
  tl.output "r", %r : tensor<f64>
  return
}
