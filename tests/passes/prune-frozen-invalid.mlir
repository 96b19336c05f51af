// RUN: tl-opt %s --tl-prune-frozen --verify-diagnostics

// What only frozen variables need is not known before gradients are explicit.

tl.variable @w parameter : tensor<f32>

func.func @gradient_is_left() {
  %w = tl.read @w : tensor<f32>
  // expected-error @below {{is not explicit yet}}
  %g = tl.gradient %w wrt %w : tensor<f32>, tensor<f32>
  tl.write @w, %g : tensor<f32>
  return
}
