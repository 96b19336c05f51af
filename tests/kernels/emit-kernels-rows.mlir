// RUN: tl-opt %s --tl-normalize --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s

// Memory is asked for the rows of a table that no cache holds before their turn: three lines of forty numbers, for each of 64 rows. Rows of
// a small table are read as they are.

tl.variable @large parameter : tensor<100000x40xf32>
tl.variable @small parameter : tensor<100x40xf32>

// CHECK: func private @kernel{{.*}}memref<4000000xf32>
// CHECK-COUNT-3: memref.prefetch {{.*}} read, locality<3>, data : memref<4000000xf32
// CHECK-NOT: memref.prefetch
func.func @lookup() {
  %ids = tl.input "ids" : tensor<64xi32>
  %large = tl.read @large : tensor<100000x40xf32>
  %small = tl.read @small : tensor<100x40xf32>
  %a = tl.gather %large, %ids : tensor<100000x40xf32>, tensor<64xi32> -> tensor<64x40xf32>
  %b = tl.gather %small, %ids : tensor<100x40xf32>, tensor<64xi32> -> tensor<64x40xf32>
  tl.output "a", %a : tensor<64x40xf32>
  tl.output "b", %b : tensor<64x40xf32>
  return
}
