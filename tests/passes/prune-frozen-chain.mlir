// RUN: tl-opt %s --tl-prune-frozen | FileCheck %s

// What nobody needs goes whole, with all that only it needed, and without another pass.

tl.variable @w parameter : tensor<4xf32>

// CHECK-LABEL: func @unneeded_chain
// CHECK-SAME: tl.pruned = "4 of 7 ops stay; frozen: w"
func.func @unneeded_chain() {
  // CHECK-NEXT: %[[W:.*]] = tl.read @w frozen
  // CHECK-NEXT: %[[E:.*]] = tl.exp %[[W]]
  // CHECK-NEXT: tl.output "y", %[[E]]
  // CHECK-NEXT: return
  %w = tl.read @w frozen : tensor<4xf32>
  %e = tl.exp %w : tensor<4xf32>
  %a = tl.mul %e, %w : tensor<4xf32>
  %b = tl.tanh %a : tensor<4xf32>
  %c = tl.mul %b, %e : tensor<4xf32>
  tl.output "y", %e : tensor<4xf32>
  return
}

// An input stays: what is fed also says which records are counted.
// CHECK-LABEL: func @unneeded_input
func.func @unneeded_input() {
  // CHECK-NEXT: tl.input "valid"
  // CHECK-NEXT: return
  %valid = tl.input "valid" : tensor<4xf32>
  %n = tl.neg %valid : tensor<4xf32>
  return
}
