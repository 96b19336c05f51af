// RUN: tl-opt %s --tl-list-ops -o /dev/null | FileCheck %s

// Every word of the calculus is an op with a derivative or a reason for none; the pass fails when one lacks it.

module {}
// CHECK: tl.exp: e^x
// CHECK-NEXT: derivative: rule
// CHECK: tl.floor
// CHECK-NEXT: derivative: none, its slope is 0 between jumps
// CHECK: tl.contract
// CHECK-NEXT: derivative: rule
// CHECK: tl.gradient
