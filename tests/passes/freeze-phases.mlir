// RUN: tl-opt %s --tl-differentiate --tl-prune-frozen | FileCheck %s

// Each phase is its own step: the variable that one phase freezes is differentiated, and its slot read and written, from
// the phase on that thaws it.

tl.variable @w parameter : tensor<4xf32>
tl.variable @b parameter : tensor<4xf32>
tl.variable @"w/m" slot "m" of @w : tensor<4xf32>

// CHECK-LABEL: func @cls.probe.step
// CHECK-SAME: frozen: w;
// CHECK-NOT: "w/m"
// CHECK: tl.write @b
// CHECK-LABEL: func @cls.full.step
// CHECK-NOT: tl.gradient
// CHECK-DAG: tl.read @"w/m"
// CHECK-DAG: tl.write @"w/m"
// CHECK-DAG: tl.write @w
// CHECK: return
func.func @cls.probe.step() {
  %w = tl.read @w frozen : tensor<4xf32>
  %b = tl.read @b : tensor<4xf32>
  %y = tl.mul %w, %b : tensor<4xf32>
  %l = tl.reduce_sum %y [0] : tensor<4xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %b : tensor<f32>, tensor<4xf32>
  tl.write @b, %g : tensor<4xf32>
  return
}
func.func @cls.full.step() {
  %w = tl.read @w : tensor<4xf32>
  %b = tl.read @b : tensor<4xf32>
  %m = tl.read @"w/m" : tensor<4xf32>
  %y = tl.mul %w, %b : tensor<4xf32>
  %l = tl.reduce_sum %y [0] : tensor<4xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %w : tensor<f32>, tensor<4xf32>
  %v = tl.add %m, %g : tensor<4xf32>
  %n = tl.sub %w, %v : tensor<4xf32>
  tl.write @"w/m", %v : tensor<4xf32>
  tl.write @w, %n : tensor<4xf32>
  return
}
