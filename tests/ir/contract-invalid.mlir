// RUN: tl-opt %s --split-input-file --verify-diagnostics

// A contraction's loops and sizes agree.

func.func @c1_one_loop_per_axis() {
  %a = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{1 loops for f32[2, 3]}}
  %y = tl.contract %a, %a [[0], [0, 1], [0]] : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @c2_a_loop_twice() {
  %a = tl.constant 1.0 : tensor<3x3xf32>
  // expected-error @below {{an operand uses a loop twice}}
  %y = tl.contract %a, %a [[0, 0], [0, 1], [1]] : tensor<3x3xf32>, tensor<3x3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @c3_inner_sizes_differ() {
  %a = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{loop 1 has sizes 3 and 2}}
  %y = tl.contract %a, %a [[0, 1], [1, 2], [0, 2]] : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @c4_out_needs_an_operand() {
  %a = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{loop 5 of out is in no operand}}
  %y = tl.contract %a, %a [[0, 1], [0, 1], [5]] : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @result_has_another_shape() {
  %a = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{result is f32[2, 2], should be f32[3, 3]}}
  %y = tl.contract %a, %a [[0, 1], [0, 2], [1, 2]] : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x2xf32>
  return
}
