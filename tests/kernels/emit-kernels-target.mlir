// RUN: tl-opt %s --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s

// Vectors have the lanes of the target that the module says, and arenas lie where it says.
module attributes {kernel.target = #kernel.target<lanes = 8, registers = 16, tileRegisters = 16, vectorsACycle = 2, latency = 4,
                                                  scalarCost = 65, farScalarCost = 200, farVectorCost = 25, firstCache = 32768, ways = 8,
                                                  secondCache = 1048576, sharedWork = 150000, arenaSpace = 1>} {
  // CHECK-LABEL: func.func @add(%{{.*}}: memref<{{[0-9]+}}xi8, 1>
  // CHECK: memref.view {{.*}} : memref<{{[0-9]+}}xi8, 1> to memref<24xf32, 1>
  // CHECK-LABEL: func.func private @kernel.0(%{{.*}}: memref<24xf32, 1>
  // CHECK: vector.load {{.*}} : memref<24xf32, 1>, vector<8xf32>
  func.func @add() {
    %x = tl.input "x" : tensor<24xf32>
    %y = tl.add %x, %x : tensor<24xf32>
    tl.output "y", %y : tensor<24xf32>
    return
  }

  // The order of a sum is the program's: sixteen sums at once along memory, whatever a register holds.
  // CHECK-LABEL: func.func private @kernel.1.reduce_sum
  // CHECK: vector.load {{.*}} : memref<640xf32, 1>, vector<16xf32>
  // CHECK: return
  func.func @total() {
    %x = tl.input "x" : tensor<640xf32>
    %y = tl.reduce_sum %x [0] : tensor<640xf32> -> tensor<f32>
    tl.output "y", %y : tensor<f32>
    return
  }
}
