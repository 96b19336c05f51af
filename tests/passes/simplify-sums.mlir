// RUN: tl-opt %s --split-input-file --tl-simplify | FileCheck %s

// Terms that share a factor are added before they are multiplied by it; parts beside each other are joined, not added.

// CHECK-LABEL: func @common_factor
func.func @common_factor() {
  // CHECK-DAG: %[[A:.*]] = tl.input "a"
  // CHECK-DAG: %[[B:.*]] = tl.input "b"
  // CHECK-DAG: %[[C:.*]] = tl.input "c"
  // CHECK-DAG: %[[D:.*]] = tl.input "d"
  // CHECK-DAG: %[[AB:.*]] = tl.mul %[[A]], %[[B]]
  // CHECK-DAG: %[[ABC:.*]] = tl.sub %[[AB]], %[[C]]
  // CHECK: %[[OUT:.*]] = tl.mul %[[D]], %[[ABC]]
  // CHECK: tl.output "y", %[[OUT]]
  %a = tl.input "a" : tensor<4xf32>
  %b = tl.input "b" : tensor<4xf32>
  %c = tl.input "c" : tensor<4xf32>
  %d = tl.input "d" : tensor<4xf32>
  %0 = tl.mul %a, %d : tensor<4xf32>
  %1 = tl.mul %0, %b : tensor<4xf32>
  %2 = tl.mul %d, %c : tensor<4xf32>
  %3 = tl.sub %1, %2 : tensor<4xf32>
  tl.output "y", %3 : tensor<4xf32>
  return
}

// -----

// A term that something else needs stays.

// CHECK-LABEL: func @used_twice
func.func @used_twice() {
  // CHECK: tl.mul
  // CHECK: tl.mul
  // CHECK: tl.add
  %a = tl.input "a" : tensor<4xf32>
  %b = tl.input "b" : tensor<4xf32>
  %d = tl.input "d" : tensor<4xf32>
  %0 = tl.mul %a, %d : tensor<4xf32>
  %1 = tl.mul %b, %d : tensor<4xf32>
  %2 = tl.add %0, %1 : tensor<4xf32>
  tl.output "y", %2 : tensor<4xf32>
  tl.output "z", %0 : tensor<4xf32>
  return
}

// -----

// CHECK-LABEL: func @parts_beside_each_other
func.func @parts_beside_each_other() {
  // CHECK-DAG: %[[A:.*]] = tl.input "a"
  // CHECK-DAG: %[[B:.*]] = tl.input "b"
  // CHECK-DAG: %[[C:.*]] = tl.input "c"
  // CHECK: %[[Y:.*]] = tl.concat axis 1 %[[A]], %[[B]], %[[C]]
  // CHECK-NEXT: tl.output "y", %[[Y]]
  %a = tl.input "a" : tensor<2x3xf32>
  %b = tl.input "b" : tensor<2x1xf32>
  %c = tl.input "c" : tensor<2x4xf32>
  %0 = tl.pad %c before [0, 4] after [0, 0] : tensor<2x4xf32> -> tensor<2x8xf32>
  %1 = tl.pad %a before [0, 0] after [0, 5] : tensor<2x3xf32> -> tensor<2x8xf32>
  %2 = tl.pad %b before [0, 3] after [0, 4] : tensor<2x1xf32> -> tensor<2x8xf32>
  %3 = tl.add %0, %1 : tensor<2x8xf32>
  %4 = tl.add %3, %2 : tensor<2x8xf32>
  tl.output "y", %4 : tensor<2x8xf32>
  return
}

// -----

// Parts that leave a gap, or overlap, are added as they are.

// CHECK-LABEL: func @parts_with_a_gap
func.func @parts_with_a_gap() {
  // CHECK-NOT: tl.concat
  // CHECK: tl.add
  // CHECK: tl.add
  %a = tl.input "a" : tensor<2x3xf32>
  %b = tl.input "b" : tensor<2x4xf32>
  %0 = tl.pad %a before [0, 0] after [0, 5] : tensor<2x3xf32> -> tensor<2x8xf32>
  %1 = tl.pad %b before [0, 4] after [0, 0] : tensor<2x4xf32> -> tensor<2x8xf32>
  %2 = tl.add %0, %1 : tensor<2x8xf32>
  tl.output "y", %2 : tensor<2x8xf32>
  %3 = tl.pad %b before [0, 2] after [0, 2] : tensor<2x4xf32> -> tensor<2x8xf32>
  %4 = tl.add %0, %3 : tensor<2x8xf32>
  tl.output "z", %4 : tensor<2x8xf32>
  return
}
