// RUN: tl-opt %s --tl-simplify | FileCheck %s

// A scan takes and gives only what somebody needs.

// A state that only feeds itself goes, with the row only it read; the stack nobody reads goes too.
// CHECK-LABEL: func @unused
func.func @unused() {
  // CHECK-DAG: %[[A:.*]] = tl.input "a"
  // CHECK-DAG: %[[X:.*]] = tl.input "x"
  // CHECK: tl.scan(%[[A]]) over(%[[X]]) with() {
  // CHECK-NEXT: ^bb0(%[[S:.*]]: tensor<2xf32>, %[[R:.*]]: tensor<2xf32>):
  // CHECK-NEXT: %[[N:.*]] = tl.add
  // CHECK-NEXT: tl.yield %[[N]] : tensor<2xf32>
  %a = tl.input "a" : tensor<2xf32>
  %b = tl.input "b" : tensor<2xf32>
  %x = tl.input "x" : tensor<5x2xf32>
  %y = tl.input "y" : tensor<5x2xf32>
  %r:3 = tl.scan (%a, %b) over (%x, %y) with () {
  ^bb0(%s: tensor<2xf32>, %u: tensor<2xf32>, %p: tensor<2xf32>, %q: tensor<2xf32>):
    %n = tl.add %s, %p : tensor<2xf32>
    %m = tl.add %u, %q : tensor<2xf32>
    %e = tl.exp %m : tensor<2xf32>
    tl.yield %n, %m, %e : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  } : (tensor<2xf32>, tensor<2xf32>, tensor<5x2xf32>, tensor<5x2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<5x2xf32>)
  tl.output "r", %r#0 : tensor<2xf32>
  return
}

// Equal rows are one, equal stacks are one, and what is the same in every row is made in the body.
// CHECK-LABEL: func @merged
func.func @merged() {
  // CHECK-DAG: %[[K:.*]] = tl.input "k"
  // CHECK-DAG: %[[X:.*]] = tl.input "x"
  // CHECK: %[[R:.*]]:2 = tl.scan(%{{.*}}) over(%[[X]]) with(%[[K]]) {
  // CHECK: tl.broadcast %{{.*}} [] : tensor<f32> -> tensor<2xf32>
  // CHECK: tl.output "p", %[[R]]#1
  // CHECK: tl.output "q", %[[R]]#1
  %a = tl.input "a" : tensor<2xf32>
  %k = tl.input "k" : tensor<f32>
  %x = tl.input "x" : tensor<5x2xf32>
  %ks = tl.broadcast %k [] : tensor<f32> -> tensor<5x2xf32>
  %r:3 = tl.scan (%a) over (%x, %x, %ks) with () {
  ^bb0(%s: tensor<2xf32>, %p: tensor<2xf32>, %q: tensor<2xf32>, %kt: tensor<2xf32>):
    %m = tl.mul %p, %q : tensor<2xf32>
    %o = tl.mul %m, %kt : tensor<2xf32>
    %n = tl.add %s, %o : tensor<2xf32>
    tl.yield %n, %n, %n : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  } : (tensor<2xf32>, tensor<5x2xf32>, tensor<5x2xf32>, tensor<5x2xf32>) -> (tensor<2xf32>, tensor<5x2xf32>, tensor<5x2xf32>)
  tl.output "r", %r#0 : tensor<2xf32>
  tl.output "p", %r#1 : tensor<5x2xf32>
  tl.output "q", %r#2 : tensor<5x2xf32>
  return
}
