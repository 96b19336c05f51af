// RUN: tl-opt %s --split-input-file --verify-diagnostics

// A kernel's body takes and yields what stands outside of it.

func.func @run_c1_argument_of_another_type(%x: tensor<4xf32>) {
  // expected-error @below {{region and operands or results differ in type}}
  %y = kernel.run (%x) {
  ^bb0(%a: tensor<5xf32>):
    %0 = tl.constant 1.0 : tensor<4xf32>
    kernel.yield %0 : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @run_c1_result_of_another_type(%x: tensor<4xf32>) {
  // expected-error @below {{region and operands or results differ in type}}
  %y = kernel.run (%x) {
  ^bb0(%a: tensor<4xf32>):
    kernel.yield %a : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<5xf32>
  return
}
