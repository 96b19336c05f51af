// RUN: tl-opt %s --tl-normalize --tl-fuse --tl-plan-memory | FileCheck %s --check-prefix=PLAN
// RUN: tl-opt %s --tl-normalize --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s

// An update of rows and of the states that belong to them is one kernel, in place, and memory is asked for the rows of both tables before their turn.

// PLAN: tl.variable @w parameter at [[W:[0-9]+]]
// PLAN: tl.variable @s parameter at [[S:[0-9]+]]
tl.variable @w parameter : tensor<100000x40xf32>
tl.variable @s parameter : tensor<100000x40xf32>

// PLAN: kernel.run{{.*}} {places = {{\[\[}}0, [[S]]], [0, [[W]]]]}
// PLAN-COUNT-2: tl.put_rows
// PLAN-NOT: kernel.run
// CHECK: func private @kernel
// CHECK-COUNT-6: memref.prefetch
// CHECK-NOT: memref.prefetch
func.func @adagrad() {
  %w = tl.read @w : tensor<100000x40xf32>
  %s = tl.read @s : tensor<100000x40xf32>
  %ids = tl.input "ids" : tensor<64xi32>
  %g = tl.input "g" : tensor<64x40xf32>
  %before = tl.gather %s, %ids : tensor<100000x40xf32>, tensor<64xi32> -> tensor<64x40xf32>
  %square = tl.mul %g, %g : tensor<64x40xf32>
  %sum = tl.add %before, %square : tensor<64x40xf32>
  %root = tl.sqrt %sum : tensor<64x40xf32>
  %step = tl.div %g, %root : tensor<64x40xf32>
  %old = tl.gather %w, %ids : tensor<100000x40xf32>, tensor<64xi32> -> tensor<64x40xf32>
  %new = tl.sub %old, %step : tensor<64x40xf32>
  %states = tl.put_rows %s, %ids, %sum : tensor<100000x40xf32>, tensor<64xi32>, tensor<64x40xf32>
  %weights = tl.put_rows %w, %ids, %new : tensor<100000x40xf32>, tensor<64xi32>, tensor<64x40xf32>
  tl.write @s, %states : tensor<100000x40xf32>
  tl.write @w, %weights : tensor<100000x40xf32>
  return
}
