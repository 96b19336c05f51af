// RUN: tl-opt %s --tl-normalize --cse --tl-fuse | FileCheck %s
// RUN: tl-opt %s --tl-normalize --cse --tl-fuse --tl-plan-memory --tl-emit-kernels | FileCheck %s --check-prefix=LOOPS

// What a contraction of windows reads of padding is noted on it: loop 1 (rows of the result) with loop 2 (taps) reads rows 1 to 4 of the
// image, the same along its columns. 32 images are the rows of a tile then, and its sums begin and end where the image does.

// CHECK-LABEL: func @taps_beyond_the_border
// CHECK: tl.contract
// CHECK-SAME: tl.borders = array<i64: 1, 2, 4, 3, 1, 1, 1, 5, 3, 4, 4, 3, 1, 1, 1, 5>

// LOOPS-LABEL: func private @kernel
// LOOPS: arith.maxsi
// LOOPS: arith.minsi
// LOOPS: vector.fma
func.func @taps_beyond_the_border() {
  %x = tl.input "x" : tensor<32x4x4x64xf32>
  %w = tl.input "w" : tensor<3x3x64x64xf32>
  %p = tl.pad %x before [0, 1, 1, 0] after [0, 1, 1, 0] : tensor<32x4x4x64xf32> -> tensor<32x6x6x64xf32>
  %a = tl.window %p axis 1 size 3 stride 1 dilation 1 : tensor<32x6x6x64xf32> -> tensor<32x4x3x6x64xf32>
  %b = tl.window %a axis 3 size 3 stride 1 dilation 1 : tensor<32x4x3x6x64xf32> -> tensor<32x4x3x4x3x64xf32>
  %y = tl.contract %b, %w [[0, 1, 2, 3, 4, 5], [2, 4, 5, 6], [0, 1, 3, 6]] : tensor<32x4x3x4x3x64xf32>, tensor<3x3x64x64xf32> -> tensor<32x4x4x64xf32>
  tl.output "y", %y : tensor<32x4x4x64xf32>
  return
}

// Steps, gaps and windows read from their ends: rows of the image at 2·x - 2·y + 4, of which 2 to 8 are in it.

// CHECK-LABEL: func @steps_and_gaps
// CHECK: tl.contract
// CHECK-SAME: tl.borders = array<i64: 1, 2, 4, 3, 2, -2, -2, 5>
func.func @steps_and_gaps() {
  %x = tl.input "x" : tensor<8x7x16xf32>
  %w = tl.input "w" : tensor<3x16x32xf32>
  %p = tl.pad %x before [0, 2, 0] after [0, 2, 0] : tensor<8x7x16xf32> -> tensor<8x11x16xf32>
  %a = tl.window %p axis 1 size 3 stride 2 dilation -2 : tensor<8x11x16xf32> -> tensor<8x4x3x16xf32>
  %y = tl.contract %a, %w [[0, 1, 2, 3], [2, 3, 4], [0, 1, 4]] : tensor<8x4x3x16xf32>, tensor<3x16x32xf32> -> tensor<8x4x32xf32>
  tl.output "y", %y : tensor<8x4x32xf32>
  return
}

// A kernel that is parted for a stride of 2: of part 1 the second tap is padding, and makes no product.

// CHECK-LABEL: func @parts_of_a_kernel
// CHECK: tl.contract
// CHECK-SAME: tl.borders = array<i64: 3, 2, 2, 2, 1, 2, 0, 3>
func.func @parts_of_a_kernel() {
  %x = tl.input "x" : tensor<8x6x2x16xf32>
  %w = tl.input "w" : tensor<3x16x32xf32>
  %q = tl.pad %w before [0, 0, 0] after [1, 0, 0] : tensor<3x16x32xf32> -> tensor<4x16x32xf32>
  %b = tl.reshape %q : tensor<4x16x32xf32> -> tensor<2x2x16x32xf32>
  %y = tl.contract %x, %b [[0, 1, 2, 4], [2, 3, 4, 5], [0, 1, 3, 5]] : tensor<8x6x2x16xf32>, tensor<2x2x16x32xf32> -> tensor<8x6x2x32xf32>
  tl.output "y", %y : tensor<8x6x2x32xf32>
  return
}
