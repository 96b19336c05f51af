// RUN: tl-opt %s --split-input-file --tl-prune-frozen --verify-diagnostics

// No frozen variable, parameter or buffer, is written, and no variable twice.

func.func @frozen_buffer_is_written() {
  // expected-note @below {{it is read as frozen here}}
  %mean = tl.read "norm.mean" at 0 frozen : tensor<4xf32>
  // expected-error @below {{writes "norm.mean", which is frozen}}
  tl.write "norm.mean" at 0, %mean : tensor<4xf32>
  return
}

// -----

func.func @written_twice() {
  %w = tl.read "w" at 0 : tensor<4xf32>
  // expected-note @below {{the first is here}}
  tl.write "w" at 0, %w : tensor<4xf32>
  // expected-error @below {{writes "w" a second time}}
  tl.write "w" at 0, %w : tensor<4xf32>
  return
}

// -----

func.func @gradient_is_left() {
  %w = tl.read "w" at 0 : tensor<f32>
  // expected-error @below {{is not explicit yet}}
  %g = tl.gradient %w wrt %w : tensor<f32>, tensor<f32>
  tl.write "w" at 0, %g : tensor<f32>
  return
}
