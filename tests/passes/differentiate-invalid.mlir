// RUN: tl-opt %s --tl-differentiate --verify-diagnostics

// `check` sees to it that a loss depends on what is trained; a graph in which it does not is refused.

func.func @loss_without_the_variable() {
  %x = tl.read "x" at 0 : tensor<f32>
  %w = tl.read "w" at 64 : tensor<f32>
  // expected-error @below {{the loss does not depend on}}
  %g = tl.gradient %x wrt %w : tensor<f32>, tensor<f32>
  return
}
