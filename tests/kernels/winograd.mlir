// RUN: tl-opt %s --tl-winograd --split-input-file | FileCheck %s
// RUN: tl-opt %s --tl-winograd --tl-normalize --cse --tl-fuse --split-input-file | FileCheck %s --check-prefix=FUSED

// Results of 3 x 3 taps in tiles of 4 x 4: 36 products of 128 tiles for 16 places of each, and the loops keep their numbers. The function says how many
// convolutions became so, and the product how many operations it stands for: all of them, but those of the transforms.

// CHECK-LABEL: func @results
// CHECK-SAME: tl.winograd = array<i64: 1, 0>
// CHECK: tl.contract {{.*}} {tl.stands_for = {{[0-9]+}} : i64} : tensor<6x6x8x4x4x64xf32>, tensor<6x6x64x64xf32> -> tensor<6x6x8x4x4x64xf32>
// CHECK-NOT: tl.contract
// CHECK: tl.reshape {{.*}} -> tensor<8x16x16x64xf32>

// Each transform is one kernel, which reads what it adds up once: of the padded image along its rows, of what that leaves along its columns.
// FUSED-LABEL: func @results
// FUSED: tl.concat axis 0 {{.*}} -> tensor<6x3x64x64xf32>
// FUSED: tl.concat axis 0 {{.*}} -> tensor<6x6x64x64xf32>
// FUSED: kernel.run(%{{[0-9]+}}) {
// FUSED: tl.concat axis 0 {{.*}} -> tensor<6x8x18x4x64xf32>
// FUSED: kernel.run(%{{[0-9]+}}) {
// FUSED: tl.concat axis 0 {{.*}} -> tensor<6x6x8x4x4x64xf32>
// FUSED: tl.contract {{.*}}tl.stands_for
// FUSED: tl.concat axis 4 {{.*}} -> tensor<6x8x4x4x4x64xf32>
// FUSED: tl.concat axis 2 {{.*}} -> tensor<8x4x4x16x64xf32>
func.func @results() {
  %x = tl.input "x" : tensor<8x16x16x64xf32>
  %w = tl.input "w" : tensor<3x3x64x64xf32>
  %p = tl.pad %x before [0, 1, 1, 0] after [0, 1, 1, 0] : tensor<8x16x16x64xf32> -> tensor<8x18x18x64xf32>
  %a = tl.window %p axis 1 size 3 stride 1 dilation 1 : tensor<8x18x18x64xf32> -> tensor<8x16x3x18x64xf32>
  %b = tl.window %a axis 3 size 3 stride 1 dilation 1 : tensor<8x16x3x18x64xf32> -> tensor<8x16x3x16x3x64xf32>
  %y = tl.contract %b, %w [[0, 1, 4, 2, 5, 6], [4, 5, 6, 3], [0, 1, 2, 3]] : tensor<8x16x3x16x3x64xf32>, tensor<3x3x64x64xf32> -> tensor<8x16x16x64xf32>
  tl.output "y", %y : tensor<8x16x16x64xf32>
  return
}

// -----

// The gradient of taps: tiles of the image once more, marked so that nobody keeps those of the results for it.

// CHECK-LABEL: func @gradient_of_taps
// CHECK: tl.concat axis 0 {{.*}} {tl.again}
// CHECK: tl.contract {{.*}} : tensor<6x6x8x4x4x64xf32>, tensor<6x6x8x4x4x64xf32> -> tensor<6x6x64x64xf32>
// CHECK: tl.concat axis 0 {{.*}} -> tensor<3x3x64x64xf32>
func.func @gradient_of_taps() {
  %x = tl.input "x" : tensor<8x18x18x64xf32>
  %dy = tl.input "dy" : tensor<8x16x16x64xf32>
  %a = tl.window %x axis 1 size 3 stride 1 dilation 1 : tensor<8x18x18x64xf32> -> tensor<8x16x3x18x64xf32>
  %b = tl.window %a axis 3 size 3 stride 1 dilation 1 : tensor<8x16x3x18x64xf32> -> tensor<8x16x3x16x3x64xf32>
  %dw = tl.contract %b, %dy [[0, 1, 4, 2, 5, 6], [0, 1, 2, 3], [4, 5, 6, 3]] : tensor<8x16x3x16x3x64xf32>, tensor<8x16x16x64xf32> -> tensor<3x3x64x64xf32>
  tl.output "dw", %dw : tensor<3x3x64x64xf32>
  return
}

// -----

// The gradient for an image, read from the ends of its windows, and small images: tiles of 2 x 2, whose taps are turned.

// CHECK-LABEL: func @gradient_of_small_images
// CHECK-SAME: tl.winograd = array<i64: 0, 1>
// CHECK: tl.slice %1 starts [2, 0, 0, 0] limits [3, 3, 96, 96]
// CHECK: tl.contract {{.*}} : tensor<4x4x32x3x3x96xf32>, tensor<4x4x96x96xf32> -> tensor<4x4x32x3x3x96xf32>
func.func @gradient_of_small_images() {
  %dy = tl.input "dy" : tensor<32x8x8x96xf32>
  %w = tl.input "w" : tensor<3x3x96x96xf32>
  %a = tl.window %dy axis 2 size 3 stride 1 dilation -1 : tensor<32x8x8x96xf32> -> tensor<32x8x6x3x96xf32>
  %b = tl.window %a axis 1 size 3 stride 1 dilation -1 : tensor<32x8x6x3x96xf32> -> tensor<32x6x3x6x3x96xf32>
  %dx = tl.contract %b, %w [[0, 1, 2, 3, 4, 6], [2, 4, 6, 5], [0, 1, 3, 5]] : tensor<32x6x3x6x3x96xf32>, tensor<3x3x96x96xf32> -> tensor<32x6x6x96xf32>
  tl.output "dx", %dx : tensor<32x6x6x96xf32>
  return
}

// -----

// Windows of one axis in windows, and images whose last axis is read in some, are none.

// CHECK-LABEL: func @of_other_axes
// CHECK-NOT: tl.winograd
func.func @of_other_axes() {
  %x = tl.input "x" : tensor<32x32x64xf32>
  %w = tl.input "w" : tensor<3x3x64x64xf32>
  %a = tl.window %x axis 1 size 3 stride 1 dilation 1 : tensor<32x32x64xf32> -> tensor<32x30x3x64xf32>
  %b = tl.window %a axis 1 size 3 stride 1 dilation 1 : tensor<32x30x3x64xf32> -> tensor<32x28x3x3x64xf32>
  %y = tl.contract %b, %w [[0, 1, 2, 3, 4], [2, 3, 4, 5], [0, 1, 5]] : tensor<32x28x3x3x64xf32>, tensor<3x3x64x64xf32> -> tensor<32x28x64xf32>
  tl.output "y", %y : tensor<32x28x64xf32>
  %s = tl.input "s" : tensor<8x64x18x18xf32>
  %v = tl.input "v" : tensor<3x3x64x64xf32>
  %c = tl.window %s axis 2 size 3 stride 1 dilation 1 : tensor<8x64x18x18xf32> -> tensor<8x64x16x3x18xf32>
  %d = tl.window %c axis 4 size 3 stride 1 dilation 1 : tensor<8x64x16x3x18xf32> -> tensor<8x64x16x3x16x3xf32>
  %z = tl.contract %d, %v [[0, 6, 1, 4, 2, 5], [4, 5, 6, 3], [0, 3, 1, 2]] : tensor<8x64x16x3x16x3xf32>, tensor<3x3x64x64xf32> -> tensor<8x64x16x16xf32>
  tl.output "z", %z : tensor<8x64x16x16xf32>
  return
}

// -----

// Few channels, other steps and fewer digits stay as they are.

// CHECK-LABEL: func @as_they_are
// CHECK-NOT: tl.winograd
// CHECK-COUNT-3: tl.contract
// CHECK-NOT: tl.contract
func.func @as_they_are() {
  %x = tl.input "x" : tensor<8x18x18x4xf32>
  %w = tl.input "w" : tensor<3x3x4x16xf32>
  %a = tl.window %x axis 1 size 3 stride 1 dilation 1 : tensor<8x18x18x4xf32> -> tensor<8x16x3x18x4xf32>
  %b = tl.window %a axis 3 size 3 stride 1 dilation 1 : tensor<8x16x3x18x4xf32> -> tensor<8x16x3x16x3x4xf32>
  %y = tl.contract %b, %w [[0, 1, 4, 2, 5, 6], [4, 5, 6, 3], [0, 1, 2, 3]] : tensor<8x16x3x16x3x4xf32>, tensor<3x3x4x16xf32> -> tensor<8x16x16x16xf32>
  tl.output "y", %y : tensor<8x16x16x16xf32>
  %s = tl.input "s" : tensor<8x17x17x64xf32>
  %v = tl.input "v" : tensor<3x3x64x64xf32>
  %c = tl.window %s axis 1 size 3 stride 2 dilation 1 : tensor<8x17x17x64xf32> -> tensor<8x8x3x17x64xf32>
  %d = tl.window %c axis 3 size 3 stride 2 dilation 1 : tensor<8x8x3x17x64xf32> -> tensor<8x8x3x8x3x64xf32>
  %z = tl.contract %d, %v [[0, 1, 4, 2, 5, 6], [4, 5, 6, 3], [0, 1, 2, 3]] : tensor<8x8x3x8x3x64xf32>, tensor<3x3x64x64xf32> -> tensor<8x8x8x64xf32>
  tl.output "z", %z : tensor<8x8x8x64xf32>
  %q = tl.input "q" : tensor<8x18x18x64xbf16>
  %u = tl.input "u" : tensor<3x3x64x64xbf16>
  %e = tl.window %q axis 1 size 3 stride 1 dilation 1 : tensor<8x18x18x64xbf16> -> tensor<8x16x3x18x64xbf16>
  %f = tl.window %e axis 3 size 3 stride 1 dilation 1 : tensor<8x16x3x18x64xbf16> -> tensor<8x16x3x16x3x64xbf16>
  %r = tl.contract %f, %u [[0, 1, 4, 2, 5, 6], [4, 5, 6, 3], [0, 1, 2, 3]] : tensor<8x16x3x16x3x64xbf16>, tensor<3x3x64x64xbf16> -> tensor<8x16x16x64xf32>
  tl.output "r", %r : tensor<8x16x16x64xf32>
  return
}
