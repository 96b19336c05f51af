// RUN: tl-opt %s --split-input-file --verify-diagnostics

// A contraction's loops and sizes agree.

func.func @contract_c1_one_loop_per_axis() {
  %a = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{1 loops for f32[2, 3]}}
  %y = tl.contract %a, %a [[0], [0, 1], [0]] : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @contract_c2_a_loop_twice() {
  %a = tl.constant 1.0 : tensor<3x3xf32>
  // expected-error @below {{an operand uses a loop twice}}
  %y = tl.contract %a, %a [[0, 0], [0, 1], [1]] : tensor<3x3xf32>, tensor<3x3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @contract_c3_inner_sizes_differ() {
  %a = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{loop 1 has sizes 3 and 2}}
  %y = tl.contract %a, %a [[0, 1], [1, 2], [0, 2]] : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @contract_c4_out_needs_an_operand() {
  %a = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{loop 5 of out is in no operand}}
  %y = tl.contract %a, %a [[0, 1], [0, 1], [5]] : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @contract_c3_sizes_of_out() {
  %a = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{result is f32[2, 2], should be f32[3, 3]}}
  %y = tl.contract %a, %a [[0, 1], [0, 2], [1, 2]] : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @contract_c5_element_types_differ() {
  %a = tl.constant 1.0 : tensor<2x3xf32>
  %b = tl.constant 1.0 : tensor<3x2xf64>
  // expected-error @below {{operands are f32[2, 3] and f64[3, 2], not both f32, both f64 or both bf16}}
  %y = tl.contract %a, %b [[0, 1], [1, 2], [0, 2]] : tensor<2x3xf32>, tensor<3x2xf64> -> tensor<2x2xf32>
  return
}

// -----

func.func @contract_c5_sums_of_few_digits() {
  %a = tl.constant 1.0 : tensor<2x3xbf16>
  // expected-error @below {{'tl.contract' op result #0 must be}}
  %y = tl.contract %a, %a [[0, 1], [2, 1], [0, 2]] : tensor<2x3xbf16>, tensor<2x3xbf16> -> tensor<2x2xbf16>
  return
}
