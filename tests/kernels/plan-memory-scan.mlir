// RUN: tl-opt %s --tl-fuse --tl-plan-memory | FileCheck %s

// A state lies in one place and the other by turns, a stack takes a row each step: with `n` the number of steps done, at
// offset + step * n + flip * (n mod 2). What a step only computes on the way has one place for all steps.

// CHECK-LABEL: func @states_turn_rows_follow
// CHECK-SAME: tl.work_bytes = 192
func.func @states_turn_rows_follow() {
  // The first value of the state.
  // CHECK: kernel.run{{.*}} {places = {{\[\[}}1, 0]]}
  // CHECK: tl.scan reverse
  // CHECK: kernel.run{{.*}} {places = {{\[\[}}1, 128]]}
  // The state after the first step lies 64 bytes on, then at 0 again; the last of 3 rows comes first.
  // CHECK: kernel.run{{.*}} {places = {{\[\[}}1, 64, 0, -64], [3, 128, -64, 0]]}
  %a = tl.input "a" : tensor<4x4xf32>
  %x = tl.input "x" : tensor<3x4x4xf32>
  %r:2 = tl.scan reverse (%a) over (%x) with () {
  ^bb0(%s: tensor<4x4xf32>, %p: tensor<4x4xf32>):
    %z = tl.contract %s, %p [[0, 2], [2, 1], [0, 1]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
    %y = tl.contract %z, %p [[0, 2], [2, 1], [0, 1]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
    tl.yield %y, %y : tensor<4x4xf32>, tensor<4x4xf32>
  } : (tensor<4x4xf32>, tensor<3x4x4xf32>) -> (tensor<4x4xf32>, tensor<3x4x4xf32>)
  tl.output "y", %r#1 : tensor<3x4x4xf32>
  tl.output "s", %r#0 : tensor<4x4xf32>
  return
}
