// RUN: tl-opt %s --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s

// Threads share a kernel where its work takes longer than to move what lies with one of them.

tl.variable @table parameter : tensor<100000x100xf32>
tl.variable @w parameter : tensor<100x256xf32>

// CHECK-DAG: func @product({{.*}}tl.parallel = true
func.func @product() {
  %x = tl.input "x" : tensor<256x100xf32>
  %w = tl.read @w : tensor<100x256xf32>
  %y = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<256x100xf32>, tensor<100x256xf32> -> tensor<256x256xf32>
  tl.output "y", %y : tensor<256x256xf32>
  return
}

// Rows by number are where they were last written; so is what is made of them, as long as there is little to do.

// CHECK-DAG: func @rows({{.*}}tl.parallel = false
func.func @rows() {
  %ids = tl.input "ids" : tensor<1000xi32>
  %table = tl.read @table : tensor<100000x100xf32>
  %rows = tl.gather %table, %ids : tensor<100000x100xf32>, tensor<1000xi32> -> tensor<1000x100xf32>
  %near = tl.input "near" : tensor<8x100xf32>
  %y = tl.contract %rows, %near [[0, 2], [1, 2], [0, 1]] : tensor<1000x100xf32>, tensor<8x100xf32> -> tensor<1000x8xf32>
  tl.output "y", %y : tensor<1000x8xf32>
  return
}

// CHECK-DAG: func @product_of_rows({{.*}}tl.parallel = true
func.func @product_of_rows() {
  %ids = tl.input "ids" : tensor<1000xi32>
  %table = tl.read @table : tensor<100000x100xf32>
  %rows = tl.gather %table, %ids : tensor<100000x100xf32>, tensor<1000xi32> -> tensor<1000x100xf32>
  %w = tl.read @w : tensor<100x256xf32>
  %y = tl.contract %rows, %w [[0, 2], [2, 1], [0, 1]] : tensor<1000x100xf32>, tensor<100x256xf32> -> tensor<1000x256xf32>
  tl.output "y", %y : tensor<1000x256xf32>
  return
}
