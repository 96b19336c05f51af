// RUN: tl-opt %s --split-input-file --verify-diagnostics

// Elementwise ops take operands of one shape and of the dtypes they exist for. Ops that share a description (`Tl_Unary`,
// `Tl_Compare`, …) share its cases.

func.func @exp_of_integers() {
  %x = tl.constant 1 : tensor<4xi32>
  // expected-error @below {{operand #0 must be statically shaped tensor of 32-bit float or 64-bit float values, but got 'tensor<4xi32>'}}
  %y = tl.exp %x : tensor<4xi32>
  return
}

// -----

func.func @cast_c1_keeps_the_shape() {
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

// -----

func.func @cast_c2_bf16_is_cast_from_f32_alone() {
  %x = tl.constant 1 : tensor<4xi32>
  // expected-error @below {{bf16 is cast from and to f32 alone, not i32}}
  %y = tl.cast %x : tensor<4xi32> -> tensor<4xbf16>
  return
}

// -----

func.func @cast_c2_f16_is_cast_to_f32_alone() {
  %x = tl.constant 1.0 : tensor<4xf16>
  // expected-error @below {{f16 is cast from and to f32 alone, not f64}}
  %y = tl.cast %x : tensor<4xf16> -> tensor<4xf64>
  return
}

// -----

func.func @what_is_stored_is_not_computed_with() {
  %x = tl.constant 1.0 : tensor<4xbf16>
  // expected-error @below {{operand #0 must be statically shaped tensor of 32-bit float or 64-bit float or 32-bit signless integer values, but got 'tensor<4xbf16>'}}
  %y = tl.add %x, %x : tensor<4xbf16>
  return
}

// -----

func.func @what_is_stored_is_not_chosen(%c: tensor<4xi1>) {
  %x = tl.constant 1.0 : tensor<4xf16>
  // expected-error @below {{'out' must be statically shaped tensor of 32-bit float or 64-bit float or 32-bit signless integer or 1-bit signless integer or 8-bit unsigned integer values, but got 'tensor<4xf16>'}}
  %y = tl.select %c, %x, %x : tensor<4xf16>
  return
}

// -----

tl.variable @w parameter : tensor<4xbf16>

func.func @what_is_stored_has_no_gradient() {
  %w = tl.read @w : tensor<4xbf16>
  %x = tl.cast %w : tensor<4xbf16> -> tensor<4xf32>
  %loss = tl.reduce_sum %x [0] : tensor<4xf32> -> tensor<f32>
  // expected-error @below {{must be variadic of statically shaped tensor of 32-bit float or 64-bit float values}}
  %g = tl.gradient %loss wrt %w : tensor<f32>, tensor<4xbf16>
  return
}

// -----

func.func @unary_c1_result_of_another_type() {
  %x = tl.constant 1.0 : tensor<4xf32>
  // expected-error @below {{requires the same type for all operands and results}}
  %y = "tl.exp"(%x) : (tensor<4xf32>) -> tensor<4xf64>
  return
}

// -----

func.func @binary_c1_operands_of_two_types() {
  %a = tl.constant 1.0 : tensor<4xf32>
  %b = tl.constant 1.0 : tensor<4xf64>
  // expected-error @below {{requires the same type for all operands and results}}
  %y = "tl.add"(%a, %b) : (tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @logic_c1_operands_of_two_shapes() {
  %a = tl.constant true : tensor<4xi1>
  %b = tl.constant true : tensor<5xi1>
  // expected-error @below {{all non-scalar operands/results must have the same shape and base type}}
  %y = "tl.and"(%a, %b) : (tensor<4xi1>, tensor<5xi1>) -> tensor<4xi1>
  return
}

// -----

func.func @compare_c1_operands_of_two_types() {
  %a = tl.constant 1.0 : tensor<4xf32>
  %b = tl.constant 1 : tensor<4xi32>
  // expected-error @below {{failed to verify that all of {lhs, rhs} have same type}}
  %y = "tl.lt"(%a, %b) : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xi1>
  return
}

// -----

func.func @compare_c2_result_is_no_truth_value() {
  %a = tl.constant 1.0 : tensor<4xf32>
  // expected-error @below {{result #0 must be statically shaped tensor of 1-bit signless integer values, but got 'tensor<4xf32>'}}
  %y = "tl.lt"(%a, %a) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @select_c1_condition_of_another_shape() {
  %c = tl.constant true : tensor<5xi1>
  %a = tl.constant 1.0 : tensor<4xf32>
  // expected-error @below {{failed to verify that cond holds truth values of out's shape}}
  %y = "tl.select"(%c, %a, %a) : (tensor<5xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @select_c2_values_of_two_types() {
  %c = tl.constant true : tensor<4xi1>
  %a = tl.constant 1.0 : tensor<4xf32>
  %b = tl.constant 1.0 : tensor<4xf64>
  // expected-error @below {{failed to verify that all of {lhs, rhs, out} have same type}}
  %y = "tl.select"(%c, %a, %b) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}
