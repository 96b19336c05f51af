// RUN: tl-opt %s --tl-normalize --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s

// Pairs of bf16 in registers of 16 rows of 16 pairs each: their shapes are set once, and again for the 3 rows behind two tiles of 32. A sum of 37 pairs is
// filled up to 48: columns in the panel, rows in a copy of them. Nothing is read or written past the operands.
// CHECK-LABEL: func.func private @kernel.1.contract
// CHECK-DAG: memref.alloca() {{.*}} : memref<64xi8>
// CHECK-DAG: memref.alloca() {{.*}} : memref<1536xf32>
// CHECK-DAG: memref.alloca() {{.*}} : memref<6144xf32>
// CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK: llvm.call_intrinsic "llvm.x86.tilezero"
// CHECK: scf.for
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.tileloadd64"
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK: llvm.call_intrinsic "llvm.x86.tilestored64"
// CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK: scf.for
// CHECK-COUNT-3: llvm.call_intrinsic "llvm.x86.tileloadd64"
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK: llvm.call_intrinsic "llvm.x86.tilerelease"
module attributes {kernel.target = #kernel.target<lanes = 16, registers = 32, tileRegisters = 30, vectorsACycle = 2, latency = 4, scalarCost = 65, farScalarCost = 200, farVectorCost = 25, firstCache = 49152, ways = 12, secondCache = 2097152, sharedWork = 150000, arenaSpace = 0, multipliesPairs = true, multipliesTiles = true>} {
  func.func @product() {
    %x = tl.input "x" : tensor<67x74xbf16>
    %w = tl.input "w" : tensor<74x32xbf16>
    %y = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<67x74xbf16>, tensor<74x32xbf16> -> tensor<67x32xf32>
    tl.output "y", %y : tensor<67x32xf32>
    return
  }

  // Factors of f32 are split in three parts, a plane of each in the panel and in the copy of rows: 256 steps by 32 columns in pairs, six tiles of which are
  // packed together. The five least products of parts come first, in a loop of their own, and the greatest on top of them.
  // CHECK-LABEL: func.func private @kernel.2.contract
  // CHECK-DAG: memref.alloca() {{.*}} : memref<73728xf32>
  // CHECK-DAG: memref.alloca() {{.*}} : memref<110592xf32>
  // CHECK: llvm.call_intrinsic "llvm.x86.tilezero"
  // CHECK: scf.for
  // CHECK-COUNT-20: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
  // CHECK-NOT: llvm.x86.tdpbf16ps
  // CHECK: scf.for
  // CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
  // CHECK: llvm.call_intrinsic "llvm.x86.tilestored64"
  func.func @split() {
    %x = tl.input "x" : tensor<512x256xf32>
    %w = tl.input "w" : tensor<256x192xf32>
    %y = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<512x256xf32>, tensor<256x192xf32> -> tensor<512x192xf32>
    tl.output "y", %y : tensor<512x192xf32>
    return
  }

  // Few rows are not worth splitting all columns for.
  // CHECK-LABEL: func.func private @kernel.3.contract
  // CHECK-NOT: tdpbf16ps
  // CHECK: return
  func.func @few() {
    %x = tl.input "x" : tensor<16x128xf32>
    %w = tl.input "w" : tensor<128x192xf32>
    %y = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<16x128xf32>, tensor<128x192xf32> -> tensor<16x192xf32>
    tl.output "y", %y : tensor<16x192xf32>
    return
  }
}
