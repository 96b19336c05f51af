// RUN: tl-opt %s --tl-normalize --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s

// A scan is a loop of calls. Threads that share a kernel of its step meet in it; a small step is the first thread's alone.

// CHECK-LABEL: func @shared_step
func.func @shared_step() {
  // CHECK: scf.for %[[N:.*]] =
  // The state lies in one place and the other by turns.
  // CHECK: %[[TURN:.*]] = arith.andi %[[N]]
  // CHECK: arith.muli %[[TURN]]
  // CHECK: call @kernel
  // CHECK: call @tlBarrier
  // CHECK-NEXT: }
  // CHECK: return
  %a = tl.input "a" : tensor<128x128xf32>
  %x = tl.input "x" : tensor<3x128x128xf32>
  %r = tl.scan (%a) over (%x) with () {
  ^bb0(%s: tensor<128x128xf32>, %p: tensor<128x128xf32>):
    %y = tl.contract %s, %p [[0, 2], [2, 1], [0, 1]] : tensor<128x128xf32>, tensor<128x128xf32> -> tensor<128x128xf32>
    tl.yield %y : tensor<128x128xf32>
  } : (tensor<128x128xf32>, tensor<3x128x128xf32>) -> tensor<128x128xf32>
  tl.output "r", %r : tensor<128x128xf32>
  return
}

// CHECK-LABEL: func @small_step
func.func @small_step() {
  // CHECK: scf.if
  // CHECK: scf.for
  // CHECK-NOT: tlBarrier
  // CHECK-NOT: scf.if
  // CHECK: call @kernel
  // CHECK: }
  // CHECK: call @tlBarrier
  // CHECK: return
  %a = tl.input "a" : tensor<128xf32>
  %x = tl.input "x" : tensor<3x128xf32>
  %m = tl.input "m" : tensor<128x128xf32>
  %r = tl.scan (%a) over (%x) with () {
  ^bb0(%s: tensor<128xf32>, %p: tensor<128xf32>):
    %y = tl.mul %s, %p : tensor<128xf32>
    tl.yield %y : tensor<128xf32>
  } : (tensor<128xf32>, tensor<3x128xf32>) -> tensor<128xf32>
  %b = tl.broadcast %r [1] : tensor<128xf32> -> tensor<128x128xf32>
  %q = tl.contract %m, %m [[0, 2], [2, 1], [0, 1]] : tensor<128x128xf32>, tensor<128x128xf32> -> tensor<128x128xf32>
  %t = tl.mul %q, %b : tensor<128x128xf32>
  tl.output "r", %t : tensor<128x128xf32>
  return
}
