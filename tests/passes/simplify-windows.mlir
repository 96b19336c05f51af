// RUN: tl-opt %s --tl-simplify --tl-prune-frozen | FileCheck %s

// Windows, pads, slices and folds meet contractions in the one form the kernels read in place.

// CHECK-LABEL: func @windows_side_by_side_are_a_reshape
func.func @windows_side_by_side_are_a_reshape() {
  // CHECK: %[[X:.*]] = tl.input "x"
  // CHECK-NEXT: %[[S:.*]] = tl.slice %[[X]] starts [0, 0] limits [6, 4]
  // CHECK-NEXT: %[[W:.*]] = tl.reshape %[[S]] : tensor<6x4xf32> -> tensor<3x2x4xf32>
  // CHECK-NEXT: tl.output "y", %[[W]]
  %x = tl.input "x" : tensor<7x4xf32>
  %w = tl.window %x axis 0 size 2 stride 2 dilation 1 : tensor<7x4xf32> -> tensor<3x2x4xf32>
  tl.output "y", %w : tensor<3x2x4xf32>
  return
}

// CHECK-LABEL: func @folds_side_by_side_are_a_reshape
func.func @folds_side_by_side_are_a_reshape() {
  // CHECK: %[[X:.*]] = tl.input "x"
  // CHECK-NEXT: %[[R:.*]] = tl.reshape %[[X]] : tensor<3x2x4xf32> -> tensor<6x4xf32>
  // CHECK-NEXT: %[[P:.*]] = tl.pad %[[R]] before [0, 0] after [1, 0]
  // CHECK-NEXT: tl.output "y", %[[P]]
  %x = tl.input "x" : tensor<3x2x4xf32>
  %y = tl.fold %x axis 0 size 2 stride 2 dilation 1 : tensor<3x2x4xf32> -> tensor<7x4xf32>
  tl.output "y", %y : tensor<7x4xf32>
  return
}

// A convolution's gradient for its image: two folds of a contraction are a contraction of windows, read from their ends, of
// the padded gradient; what the convolution had padded is not computed.

// CHECK-LABEL: func @folded_contraction
func.func @folded_contraction() {
  // CHECK: %[[DY:.*]] = tl.input "dy"
  // CHECK-NEXT: %[[W:.*]] = tl.input "w"
  // CHECK-NEXT: %[[P:.*]] = tl.pad %[[DY]] before [0, 1, 1, 0] after [0, 1, 1, 0] : tensor<2x6x6x5xf32> -> tensor<2x8x8x5xf32>
  // CHECK-NEXT: %[[A:.*]] = tl.window %[[P]] axis 2 size 3 stride 1 dilation -1
  // CHECK-NEXT: %[[B:.*]] = tl.window %[[A]] axis 1 size 3 stride 1 dilation -1
  // CHECK-NEXT: %[[DX:.*]] = tl.contract %[[B]], %[[W]]
  // CHECK-SAME: -> tensor<2x6x6x4xf32>
  // CHECK-NEXT: tl.output "dx", %[[DX]]
  %dy = tl.input "dy" : tensor<2x6x6x5xf32>
  %w = tl.input "w" : tensor<3x3x4x5xf32>
  %d = tl.contract %dy, %w [[0, 1, 3, 6], [2, 4, 5, 6], [0, 1, 2, 3, 4, 5]] : tensor<2x6x6x5xf32>, tensor<3x3x4x5xf32> -> tensor<2x6x3x6x3x4xf32>
  %f = tl.fold %d axis 3 size 3 stride 1 dilation 1 : tensor<2x6x3x6x3x4xf32> -> tensor<2x6x3x8x4xf32>
  %s = tl.slice %f starts [0, 0, 0, 1, 0] limits [2, 6, 3, 7, 4] strides [1, 1, 1, 1, 1] : tensor<2x6x3x8x4xf32> -> tensor<2x6x3x6x4xf32>
  %g = tl.fold %s axis 1 size 3 stride 1 dilation 1 : tensor<2x6x3x6x4xf32> -> tensor<2x8x6x4xf32>
  %dx = tl.slice %g starts [0, 1, 0, 0] limits [2, 7, 6, 4] strides [1, 1, 1, 1] : tensor<2x8x6x4xf32> -> tensor<2x6x6x4xf32>
  tl.output "dx", %dx : tensor<2x6x6x4xf32>
  return
}

// Windows that skip and whose products are one term each: the kernel falls into parts, one for each of neighbouring pixels.

// CHECK-LABEL: func @fold_of_a_stride_of_products
func.func @fold_of_a_stride_of_products() {
  // CHECK: %[[DY:.*]] = tl.input "dy"
  // CHECK-NEXT: %[[W:.*]] = tl.input "w"
  // CHECK: %[[P:.*]] = tl.pad %[[DY]] before [0, 1, 0] after [0, 1, 0] : tensor<2x3x5xf32> -> tensor<2x5x5xf32>
  // CHECK-NEXT: %[[A:.*]] = tl.window %[[P]] axis 1 size 2 stride 1 dilation -1 : tensor<2x5x5xf32> -> tensor<2x4x2x5xf32>
  // CHECK-NEXT: %[[Q:.*]] = tl.pad %[[W]] before [0, 0] after [1, 0] : tensor<3x5xf32> -> tensor<4x5xf32>
  // CHECK-NEXT: %[[B:.*]] = tl.reshape %[[Q]] : tensor<4x5xf32> -> tensor<2x2x5xf32>
  // CHECK-NEXT: %[[C:.*]] = tl.contract %[[A]], %[[B]] {{.*}} -> tensor<2x4x2x5xf32>
  // CHECK-NEXT: %[[R:.*]] = tl.reshape %[[C]] : tensor<2x4x2x5xf32> -> tensor<2x8x5xf32>
  // CHECK-NEXT: %[[S:.*]] = tl.slice %[[R]] starts [0, 0, 0] limits [2, 7, 5]
  // CHECK-NEXT: tl.output "dx", %[[S]]
  %dy = tl.input "dy" : tensor<2x3x5xf32>
  %w = tl.input "w" : tensor<3x5xf32>
  %d = tl.contract %dy, %w [[0, 1, 3], [2, 3], [0, 1, 2, 3]] : tensor<2x3x5xf32>, tensor<3x5xf32> -> tensor<2x3x3x5xf32>
  %f = tl.fold %d axis 1 size 3 stride 2 dilation 1 : tensor<2x3x3x5xf32> -> tensor<2x7x5xf32>
  tl.output "dx", %f : tensor<2x7x5xf32>
  return
}

// Products of several terms as well: what was put around the kernel makes no products, so there are not more of them.

// CHECK-LABEL: func @fold_of_a_stride_of_sums
func.func @fold_of_a_stride_of_sums() {
  // CHECK: tl.window %{{.*}} axis 1 size 2 stride 1 dilation -1 : tensor<2x5x5xf32> -> tensor<2x4x2x5xf32>
  // CHECK: tl.contract {{.*}} -> tensor<2x4x2x4xf32>
  // CHECK-NOT: tl.fold
  // CHECK: return
  %dy = tl.input "dy" : tensor<2x3x5xf32>
  %w = tl.input "w" : tensor<3x4x5xf32>
  %d = tl.contract %dy, %w [[0, 1, 4], [2, 3, 4], [0, 1, 2, 3]] : tensor<2x3x5xf32>, tensor<3x4x5xf32> -> tensor<2x3x3x4xf32>
  %f = tl.fold %d axis 1 size 3 stride 2 dilation 1 : tensor<2x3x3x4xf32> -> tensor<2x7x4xf32>
  tl.output "dx", %f : tensor<2x7x4xf32>
  return
}

// Axes of one element that one operand brings and a reshape takes away are not there from the start.

// CHECK-LABEL: func @product_without_ones
func.func @product_without_ones() {
  // CHECK: %[[W:.*]] = tl.reshape %{{.*}} : tensor<1x4x5xf32> -> tensor<4x5xf32>
  // CHECK-NEXT: %[[Y:.*]] = tl.contract %{{.*}}, %[[W]] {{.*}} -> tensor<2x3x4xf32>
  // CHECK-NEXT: tl.output "y", %[[Y]]
  %x = tl.input "x" : tensor<2x3x5xf32>
  %w = tl.input "w" : tensor<1x4x5xf32>
  %p = tl.contract %x, %w [[0, 1, 4], [2, 3, 4], [0, 1, 2, 3]] : tensor<2x3x5xf32>, tensor<1x4x5xf32> -> tensor<2x3x1x4xf32>
  %y = tl.reshape %p : tensor<2x3x1x4xf32> -> tensor<2x3x4xf32>
  tl.output "y", %y : tensor<2x3x4xf32>
  return
}

// Channels in groups: the reshape goes below the windows.

// CHECK-LABEL: func @grouped_windows
func.func @grouped_windows() {
  // CHECK: %[[X:.*]] = tl.input "x"
  // CHECK-NEXT: %[[R:.*]] = tl.reshape %[[X]] : tensor<2x8x6xf32> -> tensor<2x8x3x2xf32>
  // CHECK-NEXT: %[[W:.*]] = tl.window %[[R]] axis 1 size 3 stride 1 dilation 1 : tensor<2x8x3x2xf32> -> tensor<2x6x3x3x2xf32>
  // CHECK-NEXT: tl.output "y", %[[W]]
  %x = tl.input "x" : tensor<2x8x6xf32>
  %w = tl.window %x axis 1 size 3 stride 1 dilation 1 : tensor<2x8x6xf32> -> tensor<2x6x3x6xf32>
  %g = tl.reshape %w : tensor<2x6x3x6xf32> -> tensor<2x6x3x3x2xf32>
  tl.output "y", %g : tensor<2x6x3x3x2xf32>
  return
}
