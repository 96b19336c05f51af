// RUN: tl-opt %s --tl-normalize --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s --implicit-check-not='vector<{{([0-9]|1[0-57-9]|[2-9][0-9]|[0-9]{3,})}}x'

// Sixteen lanes and no other number, however narrow the rest of a row: LLVM would fall back to single elements. Rests are
// masked.

tl.variable @w parameter : tensor<5x53xf32>
tl.variable @b parameter : tensor<53xf32>

// CHECK-LABEL: func private @kernel
// CHECK: vector.fma {{.*}} vector<16xf32>
// CHECK: vector.maskedstore
func.func @a_layer_of_odd_size() {
  %x = tl.input "x" : tensor<7x5xf32>
  %w = tl.read @w : tensor<5x53xf32>
  %b = tl.read @b : tensor<53xf32>
  %h = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<7x5xf32>, tensor<5x53xf32> -> tensor<7x53xf32>
  %s = tl.broadcast %b [1] : tensor<53xf32> -> tensor<7x53xf32>
  %a = tl.add %h, %s : tensor<7x53xf32>
  %y = tl.tanh %a : tensor<7x53xf32>
  tl.output "y", %y : tensor<7x53xf32>
  return
}
