// RUN: tl-opt %s --tl-normalize | FileCheck %s

// What every step multiplies by is laid out once, before the first, in panels of the columns that a tile reads.

// What is added to the product is added to the tile at hand.
// CHECK-LABEL: func @panels
func.func @panels() {
  // CHECK: %[[U:.*]] = tl.read "u"
  // CHECK: %[[S:.*]] = tl.reshape %[[U]] : tensor<128x128xf32> -> tensor<128x4x32xf32>
  // CHECK: %[[P:.*]] = tl.transpose %[[S]] [1, 0, 2] : tensor<128x4x32xf32> -> tensor<4x128x32xf32>
  // CHECK: tl.scan({{.*}}) over({{.*}}) with(%{{.*}}, %[[P]])
  // CHECK: ^bb0(%[[A:.*]]: tensor<8x128xf32>, %[[X:.*]]: tensor<8x128xf32>, %{{.*}}: tensor<128x128xf32>, %[[V:.*]]: tensor<4x128x32xf32>):
  // CHECK: %[[Z:.*]] = tl.contract %[[A]], %[[V]] {{\[\[}}0, 2], [3, 2, 1], [0, 3, 1]]
  // CHECK: %[[R:.*]] = tl.reshape %[[X]] : tensor<8x128xf32> -> tensor<8x4x32xf32>
  // CHECK: %[[Y:.*]] = tl.add %[[Z]], %[[R]] : tensor<8x4x32xf32>
  // CHECK: %[[N:.*]] = tl.reshape %[[Y]] : tensor<8x4x32xf32> -> tensor<8x128xf32>
  // CHECK: tl.yield %[[N]]
  %u = tl.read "u" at 0 : tensor<128x128xf32>
  %h = tl.input "h" at 0 : tensor<8x128xf32>
  %x = tl.input "x" at 4096 : tensor<5x8x128xf32>
  %r = tl.scan (%h) over (%x) with (%u) {
  ^bb0(%s: tensor<8x128xf32>, %xt: tensor<8x128xf32>, %ut: tensor<128x128xf32>):
    %z = tl.contract %s, %ut [[0, 2], [2, 1], [0, 1]] : tensor<8x128xf32>, tensor<128x128xf32> -> tensor<8x128xf32>
    %y = tl.add %z, %xt : tensor<8x128xf32>
    tl.yield %y : tensor<8x128xf32>
  } : (tensor<8x128xf32>, tensor<5x8x128xf32>, tensor<128x128xf32>) -> tensor<8x128xf32>
  tl.output "r" at 0, %r : tensor<8x128xf32>
  return
}

// Where the columns lie apart, the panels are turned as well.
// CHECK-LABEL: func @turned_panels
func.func @turned_panels() {
  // CHECK: %[[U:.*]] = tl.read "u"
  // CHECK: %[[S:.*]] = tl.reshape %[[U]] : tensor<128x128xf32> -> tensor<4x32x128xf32>
  // CHECK: %[[P:.*]] = tl.transpose %[[S]] [0, 2, 1] : tensor<4x32x128xf32> -> tensor<4x128x32xf32>
  // CHECK: tl.scan
  // CHECK-NOT: tl.transpose
  // CHECK: tl.contract {{.*}} : tensor<8x128xf32>, tensor<4x128x32xf32> -> tensor<8x4x32xf32>
  %u = tl.read "u" at 0 : tensor<128x128xf32>
  %h = tl.input "h" at 0 : tensor<8x128xf32>
  %x = tl.input "x" at 4096 : tensor<5x8xf32>
  %r = tl.scan (%h) over (%x) with (%u) {
  ^bb0(%s: tensor<8x128xf32>, %xt: tensor<8xf32>, %ut: tensor<128x128xf32>):
    %z = tl.contract %s, %ut [[0, 2], [1, 2], [0, 1]] : tensor<8x128xf32>, tensor<128x128xf32> -> tensor<8x128xf32>
    tl.yield %z : tensor<8x128xf32>
  } : (tensor<8x128xf32>, tensor<5x8xf32>, tensor<128x128xf32>) -> tensor<8x128xf32>
  tl.output "r" at 0, %r : tensor<8x128xf32>
  return
}
