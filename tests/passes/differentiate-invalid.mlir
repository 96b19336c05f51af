// RUN: tl-opt %s --tl-differentiate --verify-diagnostics

// `check` sees to it that a loss depends on what is trained; a graph in which it does not is refused.

tl.variable @x parameter : tensor<f32>
tl.variable @w parameter : tensor<f32>

func.func @loss_without_the_variable() {
  %x = tl.read @x : tensor<f32>
  %w = tl.read @w : tensor<f32>
  // expected-error @below {{the loss does not depend on}}
  %g = tl.gradient %x wrt %w : tensor<f32>, tensor<f32>
  return
}
