// RUN: tl-opt %s --tl-fuse --tl-plan-memory | FileCheck %s

// A variable is overwritten in place (arena 0), after its last reader; where that cannot be, a copy moves the value at
// the end.

// CHECK: tl.variable @w parameter at [[AT_W:[0-9]+]]
tl.variable @w parameter : tensor<8x16xf32>
// CHECK: tl.variable @a parameter at [[AT_A:[0-9]+]]
tl.variable @a parameter : tensor<16xf32>
// CHECK: tl.variable @b parameter at [[AT_B:[0-9]+]]
tl.variable @b parameter : tensor<16xf32>
// CHECK: tl.variable @square parameter at [[SQUARE:[0-9]+]]
tl.variable @square parameter : tensor<16x16xf32>
// CHECK: tl.variable @table parameter at [[TABLE:[0-9]+]]
tl.variable @table parameter : tensor<1000x16xf32>
// CHECK: tl.variable @short parameter at [[SHORT:[0-9]+]]
tl.variable @short parameter : tensor<10x16xf32>

// CHECK-LABEL: func @update_runs_after_the_last_reader
func.func @update_runs_after_the_last_reader() {
  // CHECK: kernel.run
  // CHECK: tl.reduce_sum
  // CHECK: kernel.run{{.*}} {places = {{\[\[}}0, [[AT_W]]]]}
  // CHECK: tl.sub
  // CHECK-NOT: kernel.run
  %w = tl.read @w : tensor<8x16xf32>
  %x = tl.input "x" : tensor<8x16xf32>
  %n = tl.sub %w, %x : tensor<8x16xf32>
  tl.write @w, %n : tensor<8x16xf32>
  %s = tl.reduce_sum %w [1] : tensor<8x16xf32> -> tensor<8xf32>
  tl.output "s", %s : tensor<8xf32>
  return
}

// CHECK-LABEL: func @swap_goes_through_scratch
func.func @swap_goes_through_scratch() {
  // CHECK: %[[A:.*]] = tl.read @a
  // CHECK: %[[B:.*]] = tl.read @b
  // CHECK: %[[OLD:.*]] = kernel.run(%[[A]]) attributes {places = {{\[\[}}1, 0]]}
  // CHECK: kernel.run(%[[B]]) attributes {places = {{\[\[}}0, [[AT_A]]]]}
  // CHECK: kernel.run(%[[OLD]]) attributes {places = {{\[\[}}0, [[AT_B]]]]}
  %a = tl.read @a : tensor<16xf32>
  %b = tl.read @b : tensor<16xf32>
  tl.write @a, %b : tensor<16xf32>
  tl.write @b, %a : tensor<16xf32>
  return
}

// A transpose of a variable into itself would read what it has written.
// CHECK-LABEL: func @rearranged_variable_is_not_written_in_place
func.func @rearranged_variable_is_not_written_in_place() {
  // CHECK: %[[T:.*]] = kernel.run{{.*}} {places = {{\[\[}}1, 0]]}
  // CHECK: kernel.run(%[[T]]) attributes {places = {{\[\[}}0, [[SQUARE]]]]}
  %a = tl.read @square : tensor<16x16xf32>
  %t = tl.transpose %a [1, 0] : tensor<16x16xf32> -> tensor<16x16xf32>
  tl.write @square, %t : tensor<16x16xf32>
  return
}

// Rows are put where the table lies, and what the kernel gathers there are the rows by the same ids.
// CHECK-LABEL: func @rows_are_put_in_place
func.func @rows_are_put_in_place() {
  // CHECK: kernel.run{{.*}} {places = {{\[\[}}0, [[TABLE]]]]}
  // CHECK: tl.gather
  // CHECK: tl.put_rows
  // CHECK-NOT: kernel.run
  %w = tl.read @table : tensor<1000x16xf32>
  %ids = tl.input "ids" : tensor<4xi32>
  %g = tl.input "g" : tensor<4x16xf32>
  %rows = tl.gather %w, %ids : tensor<1000x16xf32>, tensor<4xi32> -> tensor<4x16xf32>
  %new = tl.sub %rows, %g : tensor<4x16xf32>
  %t = tl.put_rows %w, %ids, %new : tensor<1000x16xf32>, tensor<4xi32>, tensor<4x16xf32>
  tl.write @table, %t : tensor<1000x16xf32>
  return
}

// Other rows may be overwritten before they are read.
// CHECK-LABEL: func @other_rows_are_put_by_way_of_a_copy
func.func @other_rows_are_put_by_way_of_a_copy() {
  // CHECK: %[[T:.*]] = kernel.run{{.*}} {places = {{\[\[}}1, 0]]}
  // CHECK: kernel.run(%[[T]]) attributes {places = {{\[\[}}0, [[SHORT]]]]}
  %w = tl.read @short : tensor<10x16xf32>
  %ids = tl.input "ids" : tensor<4xi32>
  %others = tl.input "others" : tensor<4xi32>
  %rows = tl.gather %w, %others : tensor<10x16xf32>, tensor<4xi32> -> tensor<4x16xf32>
  %t = tl.put_rows %w, %ids, %rows : tensor<10x16xf32>, tensor<4xi32>, tensor<4x16xf32>
  tl.write @short, %t : tensor<10x16xf32>
  return
}
