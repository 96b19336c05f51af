// RUN: tl-opt %s --split-input-file --verify-diagnostics

// Elementwise ops take operands of one shape and of the dtypes they exist for.

func.func @exp_of_integers() {
  %x = tl.constant 1 : tensor<4xi32>
  // expected-error @below {{operand #0 must be statically shaped tensor of 32-bit float or 64-bit float values, but got 'tensor<4xi32>'}}
  %y = tl.exp %x : tensor<4xi32>
  return
}

// -----

func.func @c1_cast_keeps_the_shape() {
  %x = tl.constant 1 : tensor<4xi32>
  // expected-error @below {{must have the same shape}}
  %y = tl.cast %x : tensor<4xi32> -> tensor<5xf32>
  return
}

// -----

func.func @unknown_element_type() {
  // expected-error @below {{expected a tensor of static shape}}
  %x = tl.constant 1 : tensor<4xi17>
  return
}
