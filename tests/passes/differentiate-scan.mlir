// RUN: tl-opt %s --tl-differentiate --tl-simplify | FileCheck %s

// The derivative of a scan is a scan the other way. A weight of all steps gets its gradient from one contraction over the
// states that the steps began with and what came back, not from a sum that is carried along.

tl.variable @u parameter : tensor<3x3xf32>

// CHECK-LABEL: func @recurrence
func.func @recurrence() {
  // CHECK-DAG: %[[U:.*]] = tl.read @u
  // CHECK-DAG: %[[X:.*]] = tl.input "x"
  // CHECK-DAG: %[[ONE:.*]] = tl.constant 1.0 : tensor<2x3xf32>
  // The forward scan stacks the states before each step and tanh; the last state has no reader.
  // CHECK: %[[F:.*]]:3 = tl.scan(%{{.*}}) over(%[[X]]) with(%[[U]]) {
  // CHECK: ^bb0(%[[S:.*]]: tensor<2x3xf32>, %[[XT:.*]]: tensor<2x3xf32>, %[[UT:.*]]: tensor<3x3xf32>):
  // CHECK: %[[Z:.*]] = tl.contract %[[S]], %[[UT]] {{\[\[}}0, 2], [2, 1], [0, 1]]
  // CHECK: %[[H:.*]] = tl.tanh
  // CHECK: tl.yield %[[H]], {{.*}} : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
  // CHECK: }
  // CHECK: %[[R:.*]]:2 = tl.scan reverse(%[[ONE]]) over(%[[F]]#2) with(%[[U]]) {
  // CHECK-NOT: tl.tanh
  // CHECK: tl.yield %{{.*}}, %{{.*}} : tensor<2x3xf32>, tensor<2x3xf32>
  // CHECK: }
  // CHECK: %[[DU:.*]] = tl.contract %[[F]]#1, %[[R]]#1 {{.*}} : tensor<4x2x3xf32>, tensor<4x2x3xf32> -> tensor<3x3xf32>
  // CHECK: tl.write @u, %[[DU]]
  %u = tl.read @u : tensor<3x3xf32>
  %x = tl.input "x" : tensor<4x2x3xf32>
  %h0 = tl.input "h" : tensor<2x3xf32>
  %h = tl.scan (%h0) over (%x) with (%u) {
  ^bb0(%s: tensor<2x3xf32>, %xt: tensor<2x3xf32>, %ut: tensor<3x3xf32>):
    %z = tl.contract %s, %ut [[0, 2], [2, 1], [0, 1]] : tensor<2x3xf32>, tensor<3x3xf32> -> tensor<2x3xf32>
    %a = tl.add %z, %xt : tensor<2x3xf32>
    %n = tl.tanh %a : tensor<2x3xf32>
    tl.yield %n : tensor<2x3xf32>
  } : (tensor<2x3xf32>, tensor<4x2x3xf32>, tensor<3x3xf32>) -> tensor<2x3xf32>
  %l = tl.reduce_sum %h [0, 1] : tensor<2x3xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %u : tensor<f32>, tensor<3x3xf32>
  tl.write @u, %g : tensor<3x3xf32>
  return
}
