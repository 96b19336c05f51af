// RUN: tl-opt %s --tl-tile-squares | FileCheck %s

// Means that each row makes of columns by softmax are one kernel, and all that the derivative makes of the square another: nothing of
// the size of the square is handed from kernel to kernel. What a kernel is given of each row is its greatest score and its sum.
module attributes {kernel.target = #kernel.target<lanes = 8, registers = 16, tileRegisters = 16, vectorsACycle = 2, latency = 4,
                                                  scalarCost = 65, farScalarCost = 200, farVectorCost = 25, firstCache = 2048, ways = 8,
                                                  secondCache = 4096, sharedWork = 150000, arenaSpace = 0>} {
  // CHECK-LABEL: func @means
  // CHECK-SAME: tl.flops_of_tiles
  func.func @means() {
    // CHECK: %[[K:.*]] = tl.input "k"
    // CHECK: %[[MEAN:.*]] = kernel.run(%{{.*}}, %[[K]], %{{.*}}) attributes {kernel.columns = 2 : i64} {
    // CHECK: tl.reduce_max
    // CHECK: kernel.yield %{{.*}} : tensor<2x40x8xf32>
    // CHECK-NOT: tensor<2x40x40xf32>
    // CHECK: return
    %q = tl.input "q" : tensor<2x40x8xf32>
    %k = tl.input "k" : tensor<2x40x8xf32>
    %v = tl.input "v" : tensor<2x40x8xf32>
    %s = tl.contract %q, %k [[0, 1, 3], [0, 2, 3], [0, 1, 2]] : tensor<2x40x8xf32>, tensor<2x40x8xf32> -> tensor<2x40x40xf32>
    %m = tl.reduce_max %s [2] : tensor<2x40x40xf32> -> tensor<2x40xf32>
    %mm = tl.broadcast %m [0, 1] : tensor<2x40xf32> -> tensor<2x40x40xf32>
    %z = tl.sub %s, %mm : tensor<2x40x40xf32>
    %e = tl.exp %z : tensor<2x40x40xf32>
    %l = tl.reduce_sum %e [2] : tensor<2x40x40xf32> -> tensor<2x40xf32>
    %ll = tl.broadcast %l [0, 1] : tensor<2x40xf32> -> tensor<2x40x40xf32>
    %p = tl.div %e, %ll : tensor<2x40x40xf32>
    %y = tl.contract %p, %v [[0, 1, 2], [0, 2, 3], [0, 1, 3]] : tensor<2x40x40xf32>, tensor<2x40x8xf32> -> tensor<2x40x8xf32>
    tl.output "y", %y : tensor<2x40x8xf32>
    return
  }

  // What the derivative of softmax adds up along a row is a product of two rows.
  // CHECK-LABEL: func @derivatives
  func.func @derivatives() {
    // CHECK: %[[MEAN:.*]]:3 = kernel.run({{.*}}) attributes {kernel.columns = 2 : i64} {
    // CHECK: kernel.yield %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x40x8xf32>, tensor<2x40xf32>, tensor<2x40xf32>
    // CHECK: tl.contract %{{.*}}, %[[MEAN]]#0 {{\[}}[0, 1, 3], [0, 1, 3], [0, 1]]
    // CHECK: kernel.run({{.*}}%[[MEAN]]#1{{.*}}) attributes {kernel.columns = 2 : i64} {
    // CHECK-NOT: tl.reduce
    // CHECK-NOT: tl.div
    // CHECK: kernel.yield %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x40x8xf32>, tensor<2x40x8xf32>, tensor<2x40x8xf32>
    // CHECK-NOT: tensor<2x40x40xf32>
    // CHECK: return
    %q = tl.input "q" : tensor<2x40x8xf32>
    %k = tl.input "k" : tensor<2x40x8xf32>
    %v = tl.input "v" : tensor<2x40x8xf32>
    %dy = tl.input "dy" : tensor<2x40x8xf32>
    %s = tl.contract %q, %k [[0, 1, 3], [0, 2, 3], [0, 1, 2]] : tensor<2x40x8xf32>, tensor<2x40x8xf32> -> tensor<2x40x40xf32>
    %m = tl.reduce_max %s [2] : tensor<2x40x40xf32> -> tensor<2x40xf32>
    %mm = tl.broadcast %m [0, 1] : tensor<2x40xf32> -> tensor<2x40x40xf32>
    %z = tl.sub %s, %mm : tensor<2x40x40xf32>
    %e = tl.exp %z : tensor<2x40x40xf32>
    %l = tl.reduce_sum %e [2] : tensor<2x40x40xf32> -> tensor<2x40xf32>
    %ll = tl.broadcast %l [0, 1] : tensor<2x40xf32> -> tensor<2x40x40xf32>
    %p = tl.div %e, %ll : tensor<2x40x40xf32>
    %y = tl.contract %p, %v [[0, 1, 2], [0, 2, 3], [0, 1, 3]] : tensor<2x40x40xf32>, tensor<2x40x8xf32> -> tensor<2x40x8xf32>
    %dp = tl.contract %dy, %v [[0, 1, 3], [0, 2, 3], [0, 1, 2]] : tensor<2x40x8xf32>, tensor<2x40x8xf32> -> tensor<2x40x40xf32>
    %de = tl.div %dp, %ll : tensor<2x40x40xf32>
    %w = tl.mul %de, %p : tensor<2x40x40xf32>
    %d = tl.reduce_sum %w [2] : tensor<2x40x40xf32> -> tensor<2x40xf32>
    %dd = tl.broadcast %d [0, 1] : tensor<2x40xf32> -> tensor<2x40x40xf32>
    %dz = tl.sub %de, %dd : tensor<2x40x40xf32>
    %ds = tl.mul %dz, %e : tensor<2x40x40xf32>
    %dq = tl.contract %ds, %k [[0, 1, 2], [0, 2, 3], [0, 1, 3]] : tensor<2x40x40xf32>, tensor<2x40x8xf32> -> tensor<2x40x8xf32>
    %dk = tl.contract %ds, %q [[0, 1, 2], [0, 1, 3], [0, 2, 3]] : tensor<2x40x40xf32>, tensor<2x40x8xf32> -> tensor<2x40x8xf32>
    %dv = tl.contract %p, %dy [[0, 1, 2], [0, 1, 3], [0, 2, 3]] : tensor<2x40x40xf32>, tensor<2x40x8xf32> -> tensor<2x40x8xf32>
    tl.output "y", %y : tensor<2x40x8xf32>
    tl.output "dq", %dq : tensor<2x40x8xf32>
    tl.output "dk", %dk : tensor<2x40x8xf32>
    tl.output "dv", %dv : tensor<2x40x8xf32>
    return
  }

  // The second cache holds this one.
  // CHECK-LABEL: func @small
  func.func @small() {
    // CHECK-NOT: kernel.run
    // CHECK: return
    %q = tl.input "q" : tensor<16x8xf32>
    %k = tl.input "k" : tensor<16x8xf32>
    %s = tl.contract %q, %k [[0, 2], [1, 2], [0, 1]] : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<16x16xf32>
    %m = tl.reduce_max %s [1] : tensor<16x16xf32> -> tensor<16xf32>
    %mm = tl.broadcast %m [0] : tensor<16xf32> -> tensor<16x16xf32>
    %z = tl.sub %s, %mm : tensor<16x16xf32>
    %e = tl.exp %z : tensor<16x16xf32>
    %l = tl.reduce_sum %e [1] : tensor<16x16xf32> -> tensor<16xf32>
    %ll = tl.broadcast %l [0] : tensor<16xf32> -> tensor<16x16xf32>
    %p = tl.div %e, %ll : tensor<16x16xf32>
    %y = tl.contract %p, %k [[0, 1], [1, 2], [0, 2]] : tensor<16x16xf32>, tensor<16x8xf32> -> tensor<16x8xf32>
    tl.output "y", %y : tensor<16x8xf32>
    return
  }
}
