// RUN: tl-opt %s --pass-pipeline='builtin.module(tl-lower-signatures,llvm.func(tl-lower-bodies))' | FileCheck %s

// A function of static memrefs takes nine plain arguments, as runtime/abi/Program.h says.

// CHECK: llvm.func @tlBarrier(!llvm.ptr)
// CHECK-LABEL: llvm.func @a_program_function(
// CHECK-SAME: %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr,
// CHECK-SAME: %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: i64, %{{[^:]*}}: i64, %[[TEAM:[^:]*]]: !llvm.ptr) {
// CHECK: llvm.call @tlBarrier(%[[TEAM]]) : (!llvm.ptr) -> ()
func.func private @tlBarrier(!llvm.ptr)
func.func @a_program_function(%variables: memref<64xi8>, %work: memref<64xi8>, %input: memref<64xi8>,
                              %output: memref<64xi8>, %scalars: memref<1xf64>, %counters: memref<4xi32>, %thread: i64,
                              %threads: i64, %team: !llvm.ptr) {
  func.call @tlBarrier(%team) : (!llvm.ptr) -> ()
  return
}
