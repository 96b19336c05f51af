// RUN: tl-opt %s --tl-normalize | FileCheck %s

// Where a processor does not multiply bf16, factors are made f32 again, each once and below the views that products read them through.
// CHECK-LABEL: func.func @products
// CHECK: %[[B:.*]] = tl.cast %{{.*}} : tensor<32x40xf32> -> tensor<32x40xbf16>
// CHECK: %[[WIDE:.*]] = tl.cast %[[B]] : tensor<32x40xbf16> -> tensor<32x40xf32>
// CHECK-NOT: -> tensor<32x40xf32>
// CHECK: tl.window %[[WIDE]]
// CHECK: tl.contract {{.*}} : tensor<32x38x3xf32>, tensor<3x16xf32> -> tensor<32x38x16xf32>
// CHECK: tl.contract %[[WIDE]]
func.func @products() {
  %x = tl.input "x" : tensor<32x40xf32>
  %k = tl.input "k" : tensor<3x16xbf16>
  %w = tl.input "w" : tensor<40x64xbf16>
  %b = tl.cast %x : tensor<32x40xf32> -> tensor<32x40xbf16>
  %v = tl.window %b axis 1 size 3 stride 1 dilation 1 : tensor<32x40xbf16> -> tensor<32x38x3xbf16>
  %y = tl.contract %v, %k [[0, 1, 2], [2, 3], [0, 1, 3]] : tensor<32x38x3xbf16>, tensor<3x16xbf16> -> tensor<32x38x16xf32>
  %z = tl.contract %b, %w [[0, 1], [1, 2], [0, 2]] : tensor<32x40xbf16>, tensor<40x64xbf16> -> tensor<32x64xf32>
  tl.output "y", %y : tensor<32x38x16xf32>
  tl.output "z", %z : tensor<32x64xf32>
  return
}
