// RUN: tl-opt %s --split-input-file --tl-simplify | FileCheck %s

// Neutral elements, signs and constants go; what is computed stays the same.

// CHECK-LABEL: func @neutral
func.func @neutral() {
  // CHECK-NEXT: %[[X:.*]] = tl.input "x"
  // CHECK-NEXT: tl.output "y", %[[X]]
  // CHECK-NEXT: return
  %x = tl.input "x" : tensor<4xf32>
  %zero = tl.constant 0.0 : tensor<4xf32>
  %one = tl.constant 1.0 : tensor<4xf32>
  %a = tl.add %zero, %x : tensor<4xf32>
  %b = tl.mul %one, %a : tensor<4xf32>
  %c = tl.sub %b, %zero : tensor<4xf32>
  %d = tl.div %c, %one : tensor<4xf32>
  %e = tl.neg %d : tensor<4xf32>
  %f = tl.neg %e : tensor<4xf32>
  %g = tl.pow %f, %one : tensor<4xf32>
  tl.output "y", %g : tensor<4xf32>
  return
}

// -----

// CHECK-LABEL: func @signs
func.func @signs() {
  // CHECK: %[[D:.*]] = tl.sub %[[A:.*]], %[[B:.*]] :
  // CHECK: tl.output "d", %[[D]]
  // CHECK: %[[E:.*]] = tl.sub %[[B]], %[[A]]
  // CHECK: tl.output "e", %[[E]]
  %a = tl.input "a" : tensor<4xf32>
  %b = tl.input "b" : tensor<4xf32>
  %n = tl.neg %b : tensor<4xf32>
  %d = tl.add %n, %a : tensor<4xf32>
  tl.output "d", %d : tensor<4xf32>
  %s = tl.sub %a, %b : tensor<4xf32>
  %zero = tl.constant 0.0 : tensor<4xf32>
  %e = tl.add %zero, %n : tensor<4xf32>
  %f = tl.sub %b, %a : tensor<4xf32>
  tl.output "e", %f : tensor<4xf32>
  return
}

// -----

// CHECK-LABEL: func @difference
func.func @difference() {
  // CHECK-DAG: %[[A:.*]] = tl.input "a"
  // CHECK-DAG: %[[B:.*]] = tl.input "b"
  // CHECK: tl.sub %[[B]], %[[A]]
  %a = tl.input "a" : tensor<4xf32>
  %b = tl.input "b" : tensor<4xf32>
  %d = tl.sub %a, %b : tensor<4xf32>
  %n = tl.neg %d : tensor<4xf32>
  tl.output "n", %n : tensor<4xf32>
  return
}

// -----

// A power of 1/2 is a root, one of -1/2 is none.
// CHECK-LABEL: func @powers
func.func @powers() {
  // CHECK-DAG: %[[MINUS:.*]] = tl.constant -0.5
  // CHECK: %[[R:.*]] = tl.sqrt
  // CHECK: tl.output "r", %[[R]]
  // CHECK: %[[P:.*]] = tl.pow %{{.*}}, %[[MINUS]]
  // CHECK: tl.output "p", %[[P]]
  %x = tl.input "x" : tensor<4xf32>
  %half = tl.constant 0.5 : tensor<4xf32>
  %minus = tl.constant -0.5 : tensor<4xf32>
  %r = tl.pow %x, %half : tensor<4xf32>
  tl.output "r", %r : tensor<4xf32>
  %p = tl.pow %x, %minus : tensor<4xf32>
  tl.output "p", %p : tensor<4xf32>
  return
}

// -----

// There and back is nothing by way of a wider real; a whole number on the way cuts off.
// CHECK-LABEL: func @casts
func.func @casts() {
  // CHECK: %[[X:.*]] = tl.input "x"
  // CHECK: tl.output "wide", %[[X]]
  // CHECK: %[[I:.*]] = tl.cast %[[X]] : tensor<4xf32> -> tensor<4xi32>
  // CHECK: %[[W:.*]] = tl.cast %[[I]]
  // CHECK: tl.output "whole", %[[W]]
  %x = tl.input "x" : tensor<4xf32>
  %a = tl.cast %x : tensor<4xf32> -> tensor<4xf64>
  %b = tl.cast %a : tensor<4xf64> -> tensor<4xf32>
  tl.output "wide", %b : tensor<4xf32>
  %i = tl.cast %x : tensor<4xf32> -> tensor<4xi32>
  %w = tl.cast %i : tensor<4xi32> -> tensor<4xf32>
  tl.output "whole", %w : tensor<4xf32>
  return
}

// -----

// A sum of constants rounds as the sum of two numbers of f32 does: 2²⁴ + 1 is 2²⁴.
// CHECK-LABEL: func @constants
func.func @constants() {
  // CHECK: tl.constant 16777216.0 : tensor<4xf32>
  %a = tl.constant 16777216.0 : tensor<4xf32>
  %b = tl.constant 1.0 : tensor<4xf32>
  %c = tl.add %a, %b : tensor<4xf32>
  tl.output "c", %c : tensor<4xf32>
  return
}

// -----

// Only a power of two has an exact reciprocal.
// CHECK-LABEL: func @division
func.func @division() {
  // CHECK-DAG: %[[EIGHTH:.*]] = tl.constant 0.125
  // CHECK-DAG: %[[THREE:.*]] = tl.constant 3.0
  // CHECK: tl.mul %{{.*}}, %[[EIGHTH]]
  // CHECK: tl.div %{{.*}}, %[[THREE]]
  %x = tl.input "x" : tensor<4xf32>
  %eight = tl.constant 8.0 : tensor<4xf32>
  %three = tl.constant 3.0 : tensor<4xf32>
  %a = tl.div %x, %eight : tensor<4xf32>
  %b = tl.div %x, %three : tensor<4xf32>
  tl.output "a", %a : tensor<4xf32>
  tl.output "b", %b : tensor<4xf32>
  return
}

// -----

// One number for all elements is computed once, then repeated.
// CHECK-LABEL: func @scalars_first
func.func @scalars_first() {
  // CHECK: %[[S:.*]] = tl.input "s"
  // CHECK: %[[E:.*]] = tl.exp %[[S]] : tensor<f32>
  // CHECK: %[[M:.*]] = tl.mul %[[E]], %{{.*}} : tensor<f32>
  // CHECK: %[[B:.*]] = tl.broadcast %[[M]] [] : tensor<f32> -> tensor<2x4xf32>
  // CHECK: tl.output "y", %[[B]]
  %s = tl.input "s" : tensor<f32>
  %b = tl.broadcast %s [] : tensor<f32> -> tensor<2x4xf32>
  %e = tl.exp %b : tensor<2x4xf32>
  %c = tl.constant 3.0 : tensor<2x4xf32>
  %m = tl.mul %e, %c : tensor<2x4xf32>
  tl.output "y", %m : tensor<2x4xf32>
  return
}

// -----

// CHECK-LABEL: func @select
func.func @select() {
  // CHECK: %[[A:.*]] = tl.input "a"
  // CHECK-NOT: tl.select
  // CHECK: tl.output "y", %[[A]]
  %a = tl.input "a" : tensor<4xf32>
  %b = tl.input "b" : tensor<4xf32>
  %c = tl.constant true : tensor<4xi1>
  %y = tl.select %c, %a, %b : tensor<4xf32>
  tl.output "y", %y : tensor<4xf32>
  return
}

// -----

tl.variable @w parameter : tensor<4xbf16>
tl.variable @v parameter : tensor<4xbf16>

// What was kept in 16 bits and is not changed is kept as it was; a number is rounded once.
// CHECK-LABEL: func @kept_in_16_bits
func.func @kept_in_16_bits() {
  // CHECK: %[[C:.*]] = tl.constant 0.100097656 : tensor<4xbf16>
  // CHECK: %[[W:.*]] = tl.read @w
  // CHECK-NOT: tl.cast
  // CHECK: tl.write @w, %[[W]]
  // CHECK: tl.write @v, %[[C]]
  %w = tl.read @w : tensor<4xbf16>
  %x = tl.cast %w : tensor<4xbf16> -> tensor<4xf32>
  %y = tl.cast %x : tensor<4xf32> -> tensor<4xbf16>
  %c = tl.constant 0.1 : tensor<4xf32>
  %k = tl.cast %c : tensor<4xf32> -> tensor<4xbf16>
  tl.write @w, %y : tensor<4xbf16>
  tl.write @v, %k : tensor<4xbf16>
  return
}

// -----

// What went by way of bf16 has lost digits.
// CHECK-LABEL: func @rounded_to_16_bits
func.func @rounded_to_16_bits() {
  // CHECK: %[[K:.*]] = tl.cast %{{.*}} : tensor<4xf32> -> tensor<4xbf16>
  // CHECK: tl.cast %[[K]] : tensor<4xbf16> -> tensor<4xf32>
  %x = tl.input "x" : tensor<4xf32>
  %k = tl.cast %x : tensor<4xf32> -> tensor<4xbf16>
  %y = tl.cast %k : tensor<4xbf16> -> tensor<4xf32>
  tl.output "y", %y : tensor<4xf32>
  return
}

// -----

// CHECK-LABEL: func @equal_ops_are_one
func.func @equal_ops_are_one() {
  // CHECK: %[[E:.*]] = tl.exp
  // CHECK-NOT: tl.exp
  // CHECK: tl.add %[[E]], %[[E]]
  %x = tl.input "x" : tensor<4xf32>
  %a = tl.exp %x : tensor<4xf32>
  %b = tl.exp %x : tensor<4xf32>
  %c = tl.add %a, %b : tensor<4xf32>
  tl.output "y", %c : tensor<4xf32>
  return
}
