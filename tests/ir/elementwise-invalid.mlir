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

// -----

func.func @c2_bf16_is_cast_from_f32_alone() {
  %x = tl.constant 1 : tensor<4xi32>
  // expected-error @below {{bf16 is cast from and to f32 alone, not i32}}
  %y = tl.cast %x : tensor<4xi32> -> tensor<4xbf16>
  return
}

// -----

func.func @c2_f16_is_cast_to_f32_alone() {
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
