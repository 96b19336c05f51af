// RUN: tl-opt %s --tl-normalize | FileCheck %s

// A constant whose columns do not lie side by side, and of which too few rows are made for panels to be copied, is turned
// before the scan and not in each of its steps.
// CHECK-LABEL: func.func @backward
// CHECK: %[[W:.*]] = tl.input "w"
// CHECK: %[[TURNED:.*]] = tl.transpose %[[W]] [1, 0] : tensor<256x1024xf32> -> tensor<1024x256xf32>
// CHECK: tl.scan{{.*}} with(%[[W]], %[[TURNED]])
// CHECK-NOT: tl.transpose
// CHECK: tl.contract
func.func @backward() {
  %s = tl.constant 0.0 : tensor<16x256xf32>
  %w = tl.input "w" : tensor<256x1024xf32>
  %x = tl.input "x" : tensor<5x16x1024xf32>
  %last = tl.scan(%s) over(%x) with(%w) {
  ^bb0(%state: tensor<16x256xf32>, %row: tensor<16x1024xf32>, %u: tensor<256x1024xf32>):
    %p = tl.contract %row, %u [[0, 1], [2, 1], [0, 2]] : tensor<16x1024xf32>, tensor<256x1024xf32> -> tensor<16x256xf32>
    %n = tl.add %state, %p : tensor<16x256xf32>
    tl.yield %n : tensor<16x256xf32>
  } : (tensor<16x256xf32>, tensor<5x16x1024xf32>, tensor<256x1024xf32>) -> tensor<16x256xf32>
  tl.output "y", %last : tensor<16x256xf32>
  return
}
