// RUN: tl-opt %s --tl-fuse --tl-plan-memory | FileCheck %s

// Everything that a function takes or gives has its place in an arena, at a multiple of 64, whether something reads it or not.

// CHECK: tl.runtime_scalar @lr at 0
// CHECK: tl.runtime_scalar @phase.step each step at 1
tl.runtime_scalar @lr
tl.runtime_scalar @phase.step each step

// Fitted values first, parameters side by side, slots by state in the order of the parameters, accumulators, then the rest.
// CHECK: tl.stage @cls attributes {bytes = 1024 : i64}
tl.stage @cls {
  // CHECK-NEXT: tl.variable @running buffer at 896
  // CHECK-NEXT: tl.variable @updates counter at 960
  // CHECK-NEXT: tl.variable @w parameter at 64
  // CHECK-NEXT: tl.variable @b parameter at 256
  // CHECK-NEXT: tl.variable @"w/m" slot "m" of @w at 320
  // CHECK-NEXT: tl.variable @"w/v" slot "v" of @w at 576
  // CHECK-NEXT: tl.variable @"b/m" slot "m" of @b at 512
  // CHECK-NEXT: tl.variable @"b/v" slot "v" of @b at 768
  // CHECK-NEXT: tl.variable @sum accumulator of @b at 832
  // CHECK-NEXT: tl.variable @mean fitted at 0
  tl.variable @running buffer : tensor<f32>
  tl.variable @updates counter : tensor<f64>
  tl.variable @w parameter : tensor<40xf32>
  tl.variable @b parameter : tensor<3xf32>
  tl.variable @"w/m" slot "m" of @w : tensor<40xf32>
  tl.variable @"w/v" slot "v" of @w : tensor<40xf32>
  tl.variable @"b/m" slot "m" of @b : tensor<3xf32>
  tl.variable @"b/v" slot "v" of @b : tensor<3xf32>
  tl.variable @sum accumulator of @b : tensor<3xf32>
  tl.variable @mean fitted : tensor<f32>
}

// Ranges of gradients begin at the same byte: no two are used in one phase. What follows stands behind the longest.
// CHECK: tl.stage @flat attributes {bytes = 448 : i64}
tl.stage @flat {
  // CHECK-NEXT: tl.variable @w parameter at 0
  // CHECK-NEXT: tl.variable @b parameter at 64
  // CHECK-NEXT: tl.variable @"/head/b" accumulator of @b in "head" at 128
  // CHECK-NEXT: tl.variable @"/head" accumulator in "head" at 192
  // CHECK-NEXT: tl.variable @"/all/w" accumulator of @w in "all" at 128
  // CHECK-NEXT: tl.variable @"/all/b" accumulator of @b in "all" at 192
  // CHECK-NEXT: tl.variable @"/all" accumulator in "all" at 256
  // CHECK-NEXT: tl.variable @running buffer at 320
  // CHECK-NEXT: tl.variable @updates counter at 384
  tl.variable @w parameter : tensor<3xf32>
  tl.variable @b parameter : tensor<3xf32>
  tl.variable @"/head/b" accumulator of @b in "head" : tensor<3xf32>
  tl.variable @"/head" accumulator in "head" : tensor<f32>
  tl.variable @"/all/w" accumulator of @w in "all" : tensor<3xf32>
  tl.variable @"/all/b" accumulator of @b in "all" : tensor<3xf32>
  tl.variable @"/all" accumulator in "all" : tensor<f32>
  tl.variable @running buffer : tensor<f32>
  tl.variable @updates counter : tensor<f64>
}

// CHECK-LABEL: func @step
// CHECK-SAME: tl.input_bytes = 128 : i64, tl.output_bytes = 128 : i64
func.func @step() {
  // CHECK: tl.input "image" at 0
  // CHECK: tl.input "valid" at 64
  // CHECK: kernel.run{{.*}} {places = {{\[\[}}3, 0]]}
  // CHECK: tl.output "loss.sum" at 0
  // CHECK: tl.output "loss.count" at 64
  %x = tl.input "image" : tensor<3xf32>
  %valid = tl.input "valid" : tensor<3xf32>
  %b = tl.read @cls::@b : tensor<3xf32>
  %y = tl.mul %x, %b : tensor<3xf32>
  %s = tl.reduce_sum %y [0] : tensor<3xf32> -> tensor<f32>
  tl.output "loss.sum", %s : tensor<f32>
  %n = tl.constant 3.0 : tensor<f32>
  tl.output "loss.count", %n : tensor<f32>
  return
}
