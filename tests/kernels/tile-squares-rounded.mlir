// RUN: tl-opt %s --tl-tile-squares | FileCheck %s

// Where factors are rounded to bf16, kernels of tiles are given those of rows and columns as f32 and round those of the square themselves, each where
// it is a factor. Shares are rounded when they are divided by the sum of their row: that is made in a kernel before. What the derivative of softmax
// adds up has no rounded shares in it, and so no mean of such.
module attributes {kernel.target = #kernel.target<lanes = 8, registers = 16, tileRegisters = 16, vectorsACycle = 2, latency = 4,
                                                  scalarCost = 65, farScalarCost = 200, farVectorCost = 25, firstCache = 2048, ways = 8,
                                                  secondCache = 4096, sharedWork = 150000, arenaSpace = 0>} {
  // CHECK-LABEL: func @means
  func.func @means() {
    // CHECK: %[[SUMS:.*]]:2 = kernel.run(%{{.*}}) attributes {kernel.columns = 2 : i64} {
    // CHECK-NOT: bf16
    // CHECK: kernel.yield %{{.*}}, %{{.*}} : tensor<2x40xf32>, tensor<2x40xf32>
    // CHECK: kernel.run({{.*}}%[[SUMS]]#0{{.*}}) attributes {kernel.columns = 2 : i64} {
    // CHECK: %[[P:.*]] = tl.cast %{{.*}} : tensor<2x40x40xf32> -> tensor<2x40x40xbf16>
    // CHECK: %[[PF:.*]] = tl.cast %[[P]] : tensor<2x40x40xbf16> -> tensor<2x40x40xf32>
    // CHECK: tl.contract %[[PF]], %{{.*}} : tensor<2x40x40xf32>, tensor<2x40x8xf32> -> tensor<2x40x8xf32>
    // CHECK-NOT: tensor<2x40x40x
    // CHECK: return
    %q = tl.input "q" : tensor<2x40x8xf32>
    %k = tl.input "k" : tensor<2x40x8xf32>
    %qb = tl.cast %q : tensor<2x40x8xf32> -> tensor<2x40x8xbf16>
    %kb = tl.cast %k : tensor<2x40x8xf32> -> tensor<2x40x8xbf16>
    %s = tl.contract %qb, %kb [[0, 1, 3], [0, 2, 3], [0, 1, 2]] : tensor<2x40x8xbf16>, tensor<2x40x8xbf16> -> tensor<2x40x40xf32>
    %m = tl.reduce_max %s [2] : tensor<2x40x40xf32> -> tensor<2x40xf32>
    %mm = tl.broadcast %m [0, 1] : tensor<2x40xf32> -> tensor<2x40x40xf32>
    %z = tl.sub %s, %mm : tensor<2x40x40xf32>
    %e = tl.exp %z : tensor<2x40x40xf32>
    %l = tl.reduce_sum %e [2] : tensor<2x40x40xf32> -> tensor<2x40xf32>
    %ll = tl.broadcast %l [0, 1] : tensor<2x40xf32> -> tensor<2x40x40xf32>
    %p = tl.div %e, %ll : tensor<2x40x40xf32>
    %pb = tl.cast %p : tensor<2x40x40xf32> -> tensor<2x40x40xbf16>
    %y = tl.contract %pb, %kb [[0, 1, 2], [0, 2, 3], [0, 1, 3]] : tensor<2x40x40xbf16>, tensor<2x40x8xbf16> -> tensor<2x40x8xf32>
    tl.output "y", %y : tensor<2x40x8xf32>
    return
  }

  // CHECK-LABEL: func @derivatives
  func.func @derivatives() {
    // CHECK-DAG: %[[DYB:.*]] = tl.cast %{{.*}} : tensor<2x40x8xf32> -> tensor<2x40x8xbf16>
    // CHECK: %[[SUMS:.*]]:3 = kernel.run({{.*}}) attributes {kernel.columns = 2 : i64} {
    // CHECK-NOT: bf16
    // CHECK: kernel.yield %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x40x8xf32>, tensor<2x40xf32>, tensor<2x40xf32>
    // CHECK: tl.contract %{{.*}}, %[[SUMS]]#0 {{\[}}[0, 1, 3], [0, 1, 3], [0, 1]] : tensor<2x40x8xf32>, tensor<2x40x8xf32> -> tensor<2x40xf32>
    // CHECK: kernel.run({{.*}}%[[SUMS]]#1{{.*}}) attributes {kernel.columns = 2 : i64} {
    // CHECK-DAG: %[[DS:.*]] = tl.cast %{{.*}} : tensor<2x40x40xbf16> -> tensor<2x40x40xf32>
    // CHECK-DAG: tl.contract %[[DS]], %{{.*}} {{\[}}[0, 1, 2], [0, 2, 3], [0, 1, 3]] : tensor<2x40x40xf32>
    // CHECK-DAG: tl.contract %[[DS]], %{{.*}} {{\[}}[0, 1, 2], [0, 1, 3], [0, 2, 3]] : tensor<2x40x40xf32>
    // CHECK-DAG: %[[P:.*]] = tl.cast %{{.*}} : tensor<2x40x40xbf16> -> tensor<2x40x40xf32>
    // CHECK-DAG: tl.contract %[[P]], %{{.*}} {{\[}}[0, 1, 2], [0, 1, 3], [0, 2, 3]] : tensor<2x40x40xf32>
    // CHECK: kernel.yield %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x40x8xf32>, tensor<2x40x8xf32>, tensor<2x40x8xf32>
    // CHECK-NOT: tensor<2x40x40x
    // CHECK: tl.output "y"
    // CHECK-NOT: tensor<2x40x40x
    // CHECK: return
    %q = tl.input "q" : tensor<2x40x8xf32>
    %k = tl.input "k" : tensor<2x40x8xf32>
    %v = tl.input "v" : tensor<2x40x8xf32>
    %dy = tl.input "dy" : tensor<2x40x8xf32>
    %qb = tl.cast %q : tensor<2x40x8xf32> -> tensor<2x40x8xbf16>
    %kb = tl.cast %k : tensor<2x40x8xf32> -> tensor<2x40x8xbf16>
    %vb = tl.cast %v : tensor<2x40x8xf32> -> tensor<2x40x8xbf16>
    %s = tl.contract %qb, %kb [[0, 1, 3], [0, 2, 3], [0, 1, 2]] : tensor<2x40x8xbf16>, tensor<2x40x8xbf16> -> tensor<2x40x40xf32>
    %m = tl.reduce_max %s [2] : tensor<2x40x40xf32> -> tensor<2x40xf32>
    %mm = tl.broadcast %m [0, 1] : tensor<2x40xf32> -> tensor<2x40x40xf32>
    %z = tl.sub %s, %mm : tensor<2x40x40xf32>
    %e = tl.exp %z : tensor<2x40x40xf32>
    %l = tl.reduce_sum %e [2] : tensor<2x40x40xf32> -> tensor<2x40xf32>
    %ll = tl.broadcast %l [0, 1] : tensor<2x40xf32> -> tensor<2x40x40xf32>
    %p = tl.div %e, %ll : tensor<2x40x40xf32>
    %pb = tl.cast %p : tensor<2x40x40xf32> -> tensor<2x40x40xbf16>
    %y = tl.contract %pb, %vb [[0, 1, 2], [0, 2, 3], [0, 1, 3]] : tensor<2x40x40xbf16>, tensor<2x40x8xbf16> -> tensor<2x40x8xf32>
    %dyb = tl.cast %dy : tensor<2x40x8xf32> -> tensor<2x40x8xbf16>
    %dp = tl.contract %dyb, %vb [[0, 1, 3], [0, 2, 3], [0, 1, 2]] : tensor<2x40x8xbf16>, tensor<2x40x8xbf16> -> tensor<2x40x40xf32>
    %de = tl.div %dp, %ll : tensor<2x40x40xf32>
    %w = tl.mul %de, %p : tensor<2x40x40xf32>
    %d = tl.reduce_sum %w [2] : tensor<2x40x40xf32> -> tensor<2x40xf32>
    %dd = tl.broadcast %d [0, 1] : tensor<2x40xf32> -> tensor<2x40x40xf32>
    %dz = tl.sub %de, %dd : tensor<2x40x40xf32>
    %ds = tl.mul %dz, %e : tensor<2x40x40xf32>
    %dsb = tl.cast %ds : tensor<2x40x40xf32> -> tensor<2x40x40xbf16>
    %dq = tl.contract %dsb, %kb [[0, 1, 2], [0, 2, 3], [0, 1, 3]] : tensor<2x40x40xbf16>, tensor<2x40x8xbf16> -> tensor<2x40x8xf32>
    %dk = tl.contract %dsb, %qb [[0, 1, 2], [0, 1, 3], [0, 2, 3]] : tensor<2x40x40xbf16>, tensor<2x40x8xbf16> -> tensor<2x40x8xf32>
    %dv = tl.contract %pb, %dyb [[0, 1, 2], [0, 1, 3], [0, 2, 3]] : tensor<2x40x40xbf16>, tensor<2x40x8xbf16> -> tensor<2x40x8xf32>
    tl.output "y", %y : tensor<2x40x8xf32>
    tl.output "dq", %dq : tensor<2x40x8xf32>
    tl.output "dk", %dk : tensor<2x40x8xf32>
    tl.output "dv", %dv : tensor<2x40x8xf32>
    return
  }
}
