// RUN: tl-opt %s --split-input-file --tl-round-products | FileCheck %s
// RUN: tl-opt %s --split-input-file --tl-round-products --tl-differentiate --tl-simplify | FileCheck --check-prefix=STEP %s

// In a step of bf16 both factors of every product are rounded, and the gradient where it is a factor; sums, and what an optimizer
// multiplies, stay f32.

// CHECK-LABEL: func @step
// CHECK-NOT: tl.precision
// CHECK: %[[X:.*]] = tl.input "x"
// CHECK: %[[W:.*]] = tl.read
// CHECK: %[[XB:.*]] = tl.cast %[[X]] : tensor<4x3xf32> -> tensor<4x3xbf16>
// CHECK: %[[WB:.*]] = tl.cast %[[W]] : tensor<3x2xf32> -> tensor<3x2xbf16>
// CHECK: tl.contract %[[XB]], %[[WB]] {{.*}} : tensor<4x3xbf16>, tensor<3x2xbf16> -> tensor<4x2xf32>
// CHECK: %[[G:.*]] = tl.gradient
// CHECK: tl.contract %[[G]], %[[G]] {{.*}} : tensor<3x2xf32>, tensor<3x2xf32> -> tensor<3x3xf32>

// STEP-LABEL: func @step
// STEP: %[[X:.*]] = tl.input "x"
// STEP: %[[XB:.*]] = tl.cast %[[X]] : tensor<4x3xf32> -> tensor<4x3xbf16>
// STEP: %[[Y:.*]] = tl.contract %[[XB]], %{{.*}} : tensor<4x3xbf16>, tensor<3x2xbf16> -> tensor<4x2xf32>
// STEP: %[[DY:.*]] = tl.cast %{{.*}} : tensor<4x2xf32> -> tensor<4x2xbf16>
// STEP: %[[DW:.*]] = tl.contract %[[XB]], %[[DY]] {{.*}} : tensor<4x3xbf16>, tensor<4x2xbf16> -> tensor<3x2xf32>
// STEP: tl.contract %[[DW]], %[[DW]] {{.*}} : tensor<3x2xf32>, tensor<3x2xf32> -> tensor<3x3xf32>
tl.stage @s {
  tl.variable @w parameter : tensor<3x2xf32>
}
func.func @step() attributes {tl.precision = "bf16"} {
  %x = tl.input "x" : tensor<4x3xf32>
  %w = tl.read @s::@w : tensor<3x2xf32>
  %y = tl.contract %x, %w [[0, 1], [1, 2], [0, 2]] : tensor<4x3xf32>, tensor<3x2xf32> -> tensor<4x2xf32>
  %e = tl.mul %y, %y : tensor<4x2xf32>
  %loss = tl.reduce_sum %e [0, 1] : tensor<4x2xf32> -> tensor<f32>
  %g = tl.gradient %loss wrt %w : tensor<f32>, tensor<3x2xf32>
  %p = tl.contract %g, %g [[0, 2], [1, 2], [0, 1]] : tensor<3x2xf32>, tensor<3x2xf32> -> tensor<3x3xf32>
  %n = tl.contract %p, %w [[0, 1], [1, 2], [0, 2]] : tensor<3x3xf32>, tensor<3x2xf32> -> tensor<3x2xf32>
  tl.write @s::@w, %n : tensor<3x2xf32>
  return
}

// -----

// A function that says nothing is left as it is.
// CHECK-LABEL: func @exact
// CHECK-NOT: bf16
tl.variable @w parameter : tensor<4x4xf32>
func.func @exact() {
  %w = tl.read @w : tensor<4x4xf32>
  %y = tl.contract %w, %w [[0, 1], [1, 2], [0, 2]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  tl.output "y", %y : tensor<4x4xf32>
  return
}

// -----

// What is counted by a product of numbers that no weight has part in is counted exactly.
// CHECK-LABEL: func @counts
// CHECK-NOT: bf16
tl.variable @mean fitted : tensor<4x4xf32>
func.func @counts() attributes {tl.precision = "bf16"} {
  %x = tl.input "x" : tensor<4x4xf32>
  %m = tl.read @mean : tensor<4x4xf32>
  %y = tl.contract %x, %m [[0, 1], [1, 2], [0, 2]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  tl.output "y", %y : tensor<4x4xf32>
  return
}

// -----

// Products in the body of a scan, too; a constant is rounded once, before it.
// CHECK-LABEL: func @steps
// CHECK: tl.scan
// CHECK: tl.cast
// CHECK: tl.contract {{.*}} : tensor<2x3xbf16>, tensor<3x3xbf16> -> tensor<2x3xf32>
// STEP-LABEL: func @steps
// STEP: %[[W:.*]] = tl.read @w
// STEP: %[[WB:.*]] = tl.cast %[[W]] : tensor<3x3xf32> -> tensor<3x3xbf16>
// STEP: tl.scan{{.*}} with(%[[WB]])
tl.variable @w parameter : tensor<3x3xf32>
func.func @steps() attributes {tl.precision = "bf16"} {
  %s = tl.constant 0.0 : tensor<2x3xf32>
  %w = tl.read @w : tensor<3x3xf32>
  %x = tl.input "x" : tensor<5x2x3xf32>
  %last = tl.scan(%s) over(%x) with(%w) {
  ^bb0(%state: tensor<2x3xf32>, %row: tensor<2x3xf32>, %u: tensor<3x3xf32>):
    %p = tl.contract %state, %u [[0, 1], [1, 2], [0, 2]] : tensor<2x3xf32>, tensor<3x3xf32> -> tensor<2x3xf32>
    %n = tl.add %row, %p : tensor<2x3xf32>
    tl.yield %n : tensor<2x3xf32>
  } : (tensor<2x3xf32>, tensor<5x2x3xf32>, tensor<3x3xf32>) -> tensor<2x3xf32>
  tl.output "y", %last : tensor<2x3xf32>
  return
}
