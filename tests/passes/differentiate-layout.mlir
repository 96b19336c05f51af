// RUN: tl-opt %s --tl-differentiate --tl-simplify | FileCheck %s

// Layout ops undo themselves: the gradient of a slice is a pad, of a pad a slice, of a gather a scatter_add.

tl.variable @x parameter : tensor<8xf32>
tl.variable @a parameter : tensor<2xf32>
tl.variable @b parameter : tensor<3xf32>
tl.variable @b2 parameter : tensor<4xf32>
tl.variable @t parameter : tensor<9x2xf32>
tl.variable @x2 parameter : tensor<2x3xf32>
tl.variable @x3 parameter : tensor<8x2xf32>
tl.variable @x4 parameter : tensor<5x2xf32>

// CHECK-LABEL: func @slice
func.func @slice() {
  // CHECK: %[[DY:.*]] = tl.input "dy"
  // CHECK: %[[DX:.*]] = tl.pad %[[DY]] before [1] after [4] : tensor<3xf32> -> tensor<8xf32>
  // CHECK: tl.write @x, %[[DX]]
  %x = tl.read @x : tensor<8xf32>
  %dy = tl.input "dy" : tensor<3xf32>
  %y = tl.slice %x starts [1] limits [4] strides [1] : tensor<8xf32> -> tensor<3xf32>
  %p = tl.mul %y, %dy : tensor<3xf32>
  %l = tl.reduce_sum %p [0] : tensor<3xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<8xf32>
  tl.write @x, %g : tensor<8xf32>
  return
}

// Elements 1, 4 and 7 of 8: zeros behind each, those behind the last cut off.
// CHECK-LABEL: func @strided_slice
func.func @strided_slice() {
  // CHECK: %[[DY:.*]] = tl.input "dy"
  // CHECK: %[[A:.*]] = tl.reshape %[[DY]] : tensor<3xf32> -> tensor<3x1xf32>
  // CHECK: %[[B:.*]] = tl.pad %[[A]] before [0, 0] after [0, 2] : tensor<3x1xf32> -> tensor<3x3xf32>
  // CHECK: %[[C:.*]] = tl.reshape %[[B]] : tensor<3x3xf32> -> tensor<9xf32>
  // CHECK: %[[D:.*]] = tl.slice %[[C]] starts [0] limits [7] strides [1] : tensor<9xf32> -> tensor<7xf32>
  // CHECK: %[[DX:.*]] = tl.pad %[[D]] before [1] after [0] : tensor<7xf32> -> tensor<8xf32>
  // CHECK: tl.write @x, %[[DX]]
  %x = tl.read @x : tensor<8xf32>
  %dy = tl.input "dy" : tensor<3xf32>
  %y = tl.slice %x starts [1] limits [8] strides [3] : tensor<8xf32> -> tensor<3xf32>
  %p = tl.mul %y, %dy : tensor<3xf32>
  %l = tl.reduce_sum %p [0] : tensor<3xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<8xf32>
  tl.write @x, %g : tensor<8xf32>
  return
}

// CHECK-LABEL: func @concat
func.func @concat() {
  // CHECK: %[[DY:.*]] = tl.input "dy"
  // CHECK: %[[DA:.*]] = tl.slice %[[DY]] starts [0] limits [2] strides [1]
  // CHECK: %[[DB:.*]] = tl.slice %[[DY]] starts [2] limits [5] strides [1]
  // CHECK: tl.write @a, %[[DA]]
  // CHECK: tl.write @b, %[[DB]]
  %a = tl.read @a : tensor<2xf32>
  %b = tl.read @b : tensor<3xf32>
  %dy = tl.input "dy" : tensor<5xf32>
  %y = tl.concat axis 0 %a, %b : tensor<2xf32>, tensor<3xf32> -> tensor<5xf32>
  %p = tl.mul %y, %dy : tensor<5xf32>
  %l = tl.reduce_sum %p [0] : tensor<5xf32> -> tensor<f32>
  %g:2 = tl.gradient %l wrt %a, %b : tensor<f32>, tensor<2xf32>, tensor<3xf32>
  tl.write @a, %g#0 : tensor<2xf32>
  tl.write @b, %g#1 : tensor<3xf32>
  return
}

// A bias added to every row: its gradient sums over the rows.
// CHECK-LABEL: func @broadcast
func.func @broadcast() {
  // CHECK: %[[DY:.*]] = tl.input "dy"
  // CHECK: %[[DB:.*]] = tl.reduce_sum %[[DY]] [0] : tensor<2x4xf32> -> tensor<4xf32>
  // CHECK: tl.write @b2, %[[DB]]
  %b = tl.read @b2 : tensor<4xf32>
  %dy = tl.input "dy" : tensor<2x4xf32>
  %y = tl.broadcast %b [1] : tensor<4xf32> -> tensor<2x4xf32>
  %p = tl.mul %y, %dy : tensor<2x4xf32>
  %l = tl.reduce_sum %p [0, 1] : tensor<2x4xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %b : tensor<f32>, tensor<4xf32>
  tl.write @b2, %g : tensor<4xf32>
  return
}

// CHECK-LABEL: func @gather
func.func @gather() {
  // CHECK-DAG: %[[IDS:.*]] = tl.input "ids"
  // CHECK-DAG: %[[DY:.*]] = tl.input "dy"
  // CHECK: %[[DT:.*]] = tl.scatter_add %[[IDS]], %[[DY]] : tensor<3xi32>, tensor<3x2xf32> -> tensor<9x2xf32>
  // CHECK: tl.write @t, %[[DT]]
  %t = tl.read @t : tensor<9x2xf32>
  %ids = tl.input "ids" : tensor<3xi32>
  %dy = tl.input "dy" : tensor<3x2xf32>
  %y = tl.gather %t, %ids : tensor<9x2xf32>, tensor<3xi32> -> tensor<3x2xf32>
  %p = tl.mul %y, %dy : tensor<3x2xf32>
  %l = tl.reduce_sum %p [0, 1] : tensor<3x2xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %t : tensor<f32>, tensor<9x2xf32>
  tl.write @t, %g : tensor<9x2xf32>
  return
}

// Equal maxima share the gradient evenly.
// CHECK-LABEL: func @reduce_max
func.func @reduce_max() {
  // CHECK: %[[X:.*]] = tl.read @x2
  // CHECK: %[[M:.*]] = tl.reduce_max %[[X]] [1]
  // CHECK: %[[MM:.*]] = tl.broadcast %[[M]] [0]
  // CHECK: %[[IS:.*]] = tl.eq %[[X]], %[[MM]]
  // CHECK: %[[ONES:.*]] = tl.cast %[[IS]]
  // CHECK: %[[N:.*]] = tl.reduce_sum %[[ONES]] [1]
  // CHECK: %[[SHARE:.*]] = tl.div %{{.*}}, %[[N]]
  // CHECK: %[[SPREAD:.*]] = tl.broadcast %[[SHARE]] [0]
  // CHECK: %[[DX:.*]] = tl.select %[[IS]], %[[SPREAD]]
  // CHECK: tl.write @x2, %[[DX]]
  %x = tl.read @x2 : tensor<2x3xf32>
  %m = tl.reduce_max %x [1] : tensor<2x3xf32> -> tensor<2xf32>
  %l = tl.reduce_sum %m [0] : tensor<2xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<2x3xf32>
  tl.write @x2, %g : tensor<2x3xf32>
  return
}

// CHECK-LABEL: func @window
func.func @window() {
  // CHECK: %[[DY:.*]] = tl.input "dy"
  // CHECK: %[[DX:.*]] = tl.fold %[[DY]] axis 0 size 3 stride 2 dilation 1 : tensor<3x3x2xf32> -> tensor<8x2xf32>
  // CHECK: tl.write @x3, %[[DX]]
  %x = tl.read @x3 : tensor<8x2xf32>
  %dy = tl.input "dy" : tensor<3x3x2xf32>
  %y = tl.window %x axis 0 size 3 stride 2 dilation 1 : tensor<8x2xf32> -> tensor<3x3x2xf32>
  %p = tl.mul %y, %dy : tensor<3x3x2xf32>
  %l = tl.reduce_sum %p [0, 1, 2] : tensor<3x3x2xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<8x2xf32>
  tl.write @x3, %g : tensor<8x2xf32>
  return
}

// CHECK-LABEL: func @fold
func.func @fold() {
  // CHECK: %[[DY:.*]] = tl.input "dy"
  // CHECK: %[[DX:.*]] = tl.window %[[DY]] axis 0 size 2 stride 1 dilation 3 : tensor<8xf32> -> tensor<5x2xf32>
  // CHECK: tl.write @x4, %[[DX]]
  %x = tl.read @x4 : tensor<5x2xf32>
  %dy = tl.input "dy" : tensor<8xf32>
  %y = tl.fold %x axis 0 size 2 stride 1 dilation 3 : tensor<5x2xf32> -> tensor<8xf32>
  %p = tl.mul %y, %dy : tensor<8xf32>
  %l = tl.reduce_sum %p [0] : tensor<8xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<5x2xf32>
  tl.write @x4, %g : tensor<5x2xf32>
  return
}
