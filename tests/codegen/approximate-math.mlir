// RUN: tl-opt %s --pass-pipeline='builtin.module(func.func(tl-approximate-math,tl-lower-vectors,cse),tl-lower-signatures,llvm.func(tl-lower-bodies))' | FileCheck %s

// Functions of reals become arithmetic: no call of libm, whose bits differ between machines.

// CHECK-LABEL: llvm.func @vectors_call_nothing
// CHECK-NOT: llvm.call
// CHECK-NOT: llvm.intr.{{exp|log|sin|cos|tanh}}
// CHECK: llvm.return
func.func @vectors_call_nothing(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x : vector<16xf32>
  %1 = math.log %0 : vector<16xf32>
  %2 = math.tanh %1 : vector<16xf32>
  %3 = math.erf %2 : vector<16xf32>
  %4 = math.sin %3 : vector<16xf32>
  %5 = math.cos %4 : vector<16xf32>
  return %5 : vector<16xf32>
}

// CHECK-LABEL: llvm.func @numbers_call_nothing
// CHECK-NOT: llvm.call
// CHECK-NOT: llvm.intr.{{exp|log}}
// CHECK: llvm.return
func.func @numbers_call_nothing(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  %1 = math.log %0 : f32
  return %1 : f32
}
