// RUN: tl-opt %s --split-input-file --verify-diagnostics

// A scan hands on states that keep their types, along tensors of one length, by a body that does nothing else.

func.func @scan_c1_something_to_walk_along() {
  %s = tl.constant 0.0 : tensor<2xf32>
  // expected-error @below {{walks along nothing}}
  %r = tl.scan (%s) over () with () {
  ^bb0(%a: tensor<2xf32>):
    tl.yield %a : tensor<2xf32>
  } : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @scan_c1_one_length() {
  %s = tl.constant 0.0 : tensor<2xf32>
  %x = tl.constant 0.0 : tensor<5x2xf32>
  %y = tl.constant 0.0 : tensor<4x2xf32>
  // expected-error @below {{walks along f32[5, 2] and f32[4, 2]}}
  %r = tl.scan (%s) over (%x, %y) with () {
  ^bb0(%a: tensor<2xf32>, %p: tensor<2xf32>, %q: tensor<2xf32>):
    tl.yield %a : tensor<2xf32>
  } : (tensor<2xf32>, tensor<5x2xf32>, tensor<4x2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @scan_c2_arguments() {
  %s = tl.constant 0.0 : tensor<2xf32>
  %x = tl.constant 0.0 : tensor<5x2xf32>
  // expected-error @below {{argument 1 of the body is f32[5, 2], should be f32[2]}}
  %r = tl.scan (%s) over (%x) with () {
  ^bb0(%a: tensor<2xf32>, %p: tensor<5x2xf32>):
    tl.yield %a : tensor<2xf32>
  } : (tensor<2xf32>, tensor<5x2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @scan_c2_number_of_arguments() {
  %s = tl.constant 0.0 : tensor<2xf32>
  %x = tl.constant 0.0 : tensor<5x2xf32>
  // expected-error @below {{body takes 2 values, not 3}}
  %r = tl.scan (%s) over (%x) with (%s) {
  ^bb0(%a: tensor<2xf32>, %p: tensor<2xf32>):
    tl.yield %a : tensor<2xf32>
  } : (tensor<2xf32>, tensor<5x2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @scan_c3_state_keeps_its_type() {
  %s = tl.constant 0.0 : tensor<2xf32>
  %x = tl.constant 0.0 : tensor<5x3xf32>
  // expected-error @below {{state 0 is f32[2] and becomes f32[3]}}
  %r = tl.scan (%s) over (%x) with () {
  ^bb0(%a: tensor<2xf32>, %p: tensor<3xf32>):
    tl.yield %p : tensor<3xf32>
  } : (tensor<2xf32>, tensor<5x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @scan_c3_a_value_for_each_state() {
  %s = tl.constant 0.0 : tensor<2xf32>
  %x = tl.constant 0.0 : tensor<5x2xf32>
  // expected-error @below {{body yields 1 values for 2 states}}
  %r:2 = tl.scan (%s, %s) over (%x) with () {
  ^bb0(%a: tensor<2xf32>, %b: tensor<2xf32>, %p: tensor<2xf32>):
    tl.yield %p : tensor<2xf32>
  } : (tensor<2xf32>, tensor<2xf32>, tensor<5x2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  return
}

// -----

func.func @scan_c4_what_is_yielded_is_stacked() {
  %s = tl.constant 0.0 : tensor<2xf32>
  %x = tl.constant 0.0 : tensor<5x2xf32>
  // expected-error @below {{result is f32[2, 5], should be f32[5, 2]}}
  %r:2 = tl.scan (%s) over (%x) with () {
  ^bb0(%a: tensor<2xf32>, %p: tensor<2xf32>):
    tl.yield %a, %p : tensor<2xf32>, tensor<2xf32>
  } : (tensor<2xf32>, tensor<5x2xf32>) -> (tensor<2xf32>, tensor<2x5xf32>)
  return
}

// -----

func.func @scan_c4_number_of_results() {
  %s = tl.constant 0.0 : tensor<2xf32>
  %x = tl.constant 0.0 : tensor<5x2xf32>
  // expected-error @below {{has 1 results, should have 2}}
  %r = tl.scan (%s) over (%x) with () {
  ^bb0(%a: tensor<2xf32>, %p: tensor<2xf32>):
    tl.yield %a, %p : tensor<2xf32>, tensor<2xf32>
  } : (tensor<2xf32>, tensor<5x2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @scan_c5_no_random_number() {
  %s = tl.constant 0.0 : tensor<2xf32>
  %x = tl.constant 0.0 : tensor<5x2xf32>
  %r = tl.scan (%s) over (%x) with () {
  ^bb0(%a: tensor<2xf32>, %p: tensor<2xf32>):
    // expected-error @below {{stands in the body of a scan}}
    %u = tl.random site 1 : tensor<2xf32>
    tl.yield %u : tensor<2xf32>
  } : (tensor<2xf32>, tensor<5x2xf32>) -> tensor<2xf32>
  return
}
