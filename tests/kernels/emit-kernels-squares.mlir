// RUN: tl-opt %s --tl-tile-squares --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s

// Rows go through the tiles of columns that indices do not hide from them: here three of 16, of which a causal row tile i needs the first
// i + 1. Those behind are gone through only where a row sees nothing.
module attributes {kernel.target = #kernel.target<lanes = 8, registers = 16, tileRegisters = 16, vectorsACycle = 2, latency = 4,
                                                  scalarCost = 65, farScalarCost = 200, farVectorCost = 25, firstCache = 2048, ways = 8,
                                                  secondCache = 4096, sharedWork = 150000, arenaSpace = 0>} {
  // CHECK-LABEL: func.func private @kernel.0.square
  // CHECK-DAG: %[[ROWS:.*]] = arith.constant 16 : index
  // CHECK-DAG: %[[TILES:.*]] = arith.constant 3 : index
  // CHECK: %[[ROW:.*]] = arith.muli %{{.*}}, %c16{{.*}} : index
  // CHECK: arith.addi %[[ROW]], %c16{{.*}} : index
  // CHECK: %[[PLACE:.*]] = arith.maxsi
  // CHECK: %[[QUOTIENT:.*]] = arith.divui %[[PLACE]], %c16{{.*}} : index
  // CHECK: %[[END:.*]] = arith.minui %[[QUOTIENT]], %c3{{.*}} : index
  // CHECK: vector.reduction <minimumf>
  // CHECK: arith.cmpf ule
  // CHECK: return
  func.func @causal() {
    %q = tl.input "q" : tensor<48x8xf32>
    %k = tl.input "k" : tensor<48x8xf32>
    %s = tl.contract %q, %k [[0, 2], [1, 2], [0, 1]] : tensor<48x8xf32>, tensor<48x8xf32> -> tensor<48x48xf32>
    %i = tl.iota axis 0 : tensor<48x48xi32>
    %j = tl.iota axis 1 : tensor<48x48xi32>
    %sees = tl.ge %i, %j : tensor<48x48xi32>
    %none = tl.constant -1.0e+30 : tensor<48x48xf32>
    %seen = tl.select %sees, %s, %none : tensor<48x48xf32>
    %m = tl.reduce_max %seen [1] : tensor<48x48xf32> -> tensor<48xf32>
    %mm = tl.broadcast %m [0] : tensor<48xf32> -> tensor<48x48xf32>
    %z = tl.sub %seen, %mm : tensor<48x48xf32>
    %e = tl.exp %z : tensor<48x48xf32>
    %l = tl.reduce_sum %e [1] : tensor<48x48xf32> -> tensor<48xf32>
    %ll = tl.broadcast %l [0] : tensor<48xf32> -> tensor<48x48xf32>
    %p = tl.div %e, %ll : tensor<48x48xf32>
    %y = tl.contract %p, %k [[0, 1], [1, 2], [0, 2]] : tensor<48x48xf32>, tensor<48x8xf32> -> tensor<48x8xf32>
    tl.output "y", %y : tensor<48x8xf32>
    return
  }

  // CHECK-LABEL: func.func private @kernel.1.square
  // CHECK-NOT: arith.maxsi
  // CHECK-NOT: vector.reduction
  // CHECK: return
  func.func @everything() {
    %q = tl.input "q" : tensor<48x8xf32>
    %k = tl.input "k" : tensor<48x8xf32>
    %s = tl.contract %q, %k [[0, 2], [1, 2], [0, 1]] : tensor<48x8xf32>, tensor<48x8xf32> -> tensor<48x48xf32>
    %m = tl.reduce_max %s [1] : tensor<48x48xf32> -> tensor<48xf32>
    %mm = tl.broadcast %m [0] : tensor<48xf32> -> tensor<48x48xf32>
    %z = tl.sub %s, %mm : tensor<48x48xf32>
    %e = tl.exp %z : tensor<48x48xf32>
    %l = tl.reduce_sum %e [1] : tensor<48x48xf32> -> tensor<48xf32>
    %ll = tl.broadcast %l [0] : tensor<48xf32> -> tensor<48x48xf32>
    %p = tl.div %e, %ll : tensor<48x48xf32>
    %y = tl.contract %p, %k [[0, 1], [1, 2], [0, 2]] : tensor<48x48xf32>, tensor<48x8xf32> -> tensor<48x8xf32>
    tl.output "y", %y : tensor<48x8xf32>
    return
  }
}
