// RUN: tl-opt %s --split-input-file --verify-diagnostics

// What functions name is declared, and used as it is declared.

func.func @read_c1_no_such_variable() {
  // expected-error @below {{names @w, which is no variable}}
  %w = tl.read @w : tensor<4xf32>
  return
}

// -----

// A variable is one of its stage.
tl.stage @ae {
  tl.variable @w parameter : tensor<4xf32>
}
tl.stage @cls {
}

func.func @read_c1_of_another_stage() {
  %w = tl.read @ae::@w : tensor<4xf32>
  // expected-error @below {{names @cls::@w, which is no variable}}
  %v = tl.read @cls::@w : tensor<4xf32>
  return
}

// -----

// expected-note @below {{it is declared here}}
tl.variable @w parameter : tensor<4xf32>

func.func @read_c2_of_another_type() {
  // expected-error @below {{has 'tensor<2x2xf32>' for @w, which is 'tensor<4xf32>'}}
  %w = tl.read @w : tensor<2x2xf32>
  return
}

// -----

tl.runtime_scalar @lr

func.func @write_c1_scalar_is_no_variable() {
  %x = tl.scalar @lr : tensor<f64>
  // expected-error @below {{names @lr, which is no variable}}
  tl.write @lr, %x : tensor<f64>
  return
}

// -----

// expected-note @below {{it is declared here}}
tl.variable @w parameter : tensor<4xf32>

func.func @write_c2_of_another_type() {
  %x = tl.input "x" : tensor<4xf64>
  // expected-error @below {{has 'tensor<4xf64>' for @w, which is 'tensor<4xf32>'}}
  tl.write @w, %x : tensor<4xf64>
  return
}

// -----

tl.variable @w parameter : tensor<4xf32>
tl.variable @v parameter : tensor<4xf32>

func.func @write_c3_twice() {
  %w = tl.read @w : tensor<4xf32>
  // expected-note @below {{the first is here}}
  tl.write @w, %w : tensor<4xf32>
  tl.write @v, %w : tensor<4xf32>
  // expected-error @below {{writes @w a second time}}
  tl.write @w, %w : tensor<4xf32>
  return
}

// -----

tl.variable @norm.mean buffer : tensor<4xf32>
tl.variable @w parameter : tensor<4xf32>

func.func @write_c4_frozen() {
  // expected-note @below {{it is read as frozen here}}
  %mean = tl.read @norm.mean frozen : tensor<4xf32>
  tl.write @w, %mean : tensor<4xf32>
  // expected-error @below {{writes @norm.mean, which is frozen}}
  tl.write @norm.mean, %mean : tensor<4xf32>
  return
}

// -----

tl.variable @w parameter : tensor<4xf32>

func.func @scalar_c1_variable_is_no_scalar() {
  // expected-error @below {{names @w, which is no run-time scalar}}
  %x = tl.scalar @w : tensor<f64>
  return
}

// -----

func.func @input_c1_twice() {
  %x = tl.input "x" : tensor<4xf32>
  // expected-error @below {{is the second named "x"}}
  %y = tl.input "x" : tensor<4xf32>
  return
}

// -----

func.func @output_c1_twice() {
  %x = tl.input "x" : tensor<4xf32>
  tl.output "y", %x : tensor<4xf32>
  tl.output "z", %x : tensor<4xf32>
  // expected-error @below {{is the second named "y"}}
  tl.output "y", %x : tensor<4xf32>
  return
}

// -----

module @variable_c1_of_a_buffer {
  tl.variable @mean buffer : tensor<4xf32>
  // expected-error @below {{is of @mean, which is no parameter}}
  tl.variable @"mean/m" slot "m" of @mean : tensor<4xf32>
}

// -----

// A slot of a parameter of another stage would be laid out beside nothing.
module @variable_c1_of_another_stage {
  tl.variable @w parameter : tensor<4xf32>
  tl.stage @cls {
    // expected-error @below {{is of @w, which is no parameter}}
    tl.variable @"w/m" slot "m" of @w : tensor<4xf32>
  }
}

// -----

module @variable_c2_which_state {
  tl.variable @w parameter : tensor<4xf32>
  // expected-error @below {{is a slot and does not say of what, or which}}
  tl.variable @"w/m" slot of @w : tensor<4xf32>
}

// -----

module @variable_c2_only_a_slot_has_a_state {
  // expected-error @below {{has a state and is no slot}}
  tl.variable @w parameter "m" : tensor<4xf32>
}

// -----

module @variable_c3_only_gradients_lie_in_a_range {
  // expected-error @below {{is in a range of gradients and is no accumulator}}
  tl.variable @w parameter in "main" : tensor<4xf32>
}
