// RUN: tl-opt %s --tl-fuse --tl-recompute --tl-plan-memory | FileCheck %s

// A tensor is 16 KiB, the input and the output as well.

// Held, what is read first and last lies there beside the two of the chain between.

// CHECK-LABEL: func @exponential_is_computed_again
// CHECK-SAME: tl.work_bytes = 32768 : i64, tl.work_bytes_kept = 49152
func.func @exponential_is_computed_again() attributes {tl.budget = 65536 : i64} {
  // CHECK: kernel.run
  // CHECK-NEXT: ^bb
  // CHECK-NEXT: tl.exp
  // CHECK-NOT: tl.exp
  // CHECK: tl.contract
  // CHECK-NOT: tl.exp
  // CHECK: tl.contract
  // CHECK: kernel.run{{.*}} attributes {kernel.again
  // CHECK-NEXT: ^bb
  // CHECK-NEXT: tl.exp
  // CHECK: tl.contract
  %x = tl.input "x" : tensor<64x64xf32>
  %e = tl.exp %x : tensor<64x64xf32>
  %a = tl.contract %e, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %b = tl.contract %a, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %c = tl.contract %b, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %d = tl.mul %c, %e : tensor<64x64xf32>
  tl.output "y", %d : tensor<64x64xf32>
  return
}

// CHECK-LABEL: func @with_room_for_all_nothing_is
// CHECK-SAME: tl.work_bytes = 49152 : i64, tl.work_bytes_kept = 49152
func.func @with_room_for_all_nothing_is() attributes {tl.budget = 81920 : i64} {
  // CHECK-NOT: kernel.again
  %x = tl.input "x" : tensor<64x64xf32>
  %e = tl.exp %x : tensor<64x64xf32>
  %a = tl.contract %e, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %b = tl.contract %a, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %c = tl.contract %b, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %d = tl.mul %c, %e : tensor<64x64xf32>
  tl.output "y", %d : tensor<64x64xf32>
  return
}

// Of a product with two functions of it, the product is held, and they are computed of it again: between lie tensors of 64 and 16 KiB.

// CHECK-LABEL: func @product_is_held
// CHECK-SAME: tl.work_bytes = 98304 : i64, tl.work_bytes_kept = 114688
func.func @product_is_held() attributes {tl.budget = 262144 : i64} {
  // CHECK: %[[FIRST:.*]]:2 = kernel.run
  // CHECK-NEXT: ^bb
  // CHECK-NEXT: %[[PRODUCT:.*]] = tl.contract
  // CHECK-NEXT: %[[E:.*]] = tl.exp %[[PRODUCT]]
  // CHECK-NEXT: kernel.yield %[[E]], %[[PRODUCT]]
  // CHECK: kernel.run(%[[FIRST]]#1) attributes {kernel.again
  // CHECK-NEXT: ^bb
  // CHECK-NEXT: tl.exp
  // CHECK-NEXT: tl.tanh
  %x = tl.input "x" : tensor<64x64xf32>
  %w = tl.input "w" : tensor<64x256xf32>
  %v = tl.input "v" : tensor<256x64xf32>
  %p = tl.contract %x, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %e = tl.exp %p : tensor<64x64xf32>
  %t = tl.tanh %p : tensor<64x64xf32>
  %a = tl.contract %e, %w [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x256xf32> -> tensor<64x256xf32>
  %b = tl.contract %a, %v [[0, 2], [2, 1], [0, 1]] : tensor<64x256xf32>, tensor<256x64xf32> -> tensor<64x64xf32>
  %c = tl.contract %b, %t [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %d = tl.mul %c, %e : tensor<64x64xf32>
  tl.output "y", %d : tensor<64x64xf32>
  return
}

// What is computed again of what is computed again holds neither.

// CHECK-LABEL: func @both_of_a_chain_are
// CHECK-SAME: tl.work_bytes = 81920 : i64, tl.work_bytes_kept = 98304
func.func @both_of_a_chain_are() attributes {tl.budget = 245760 : i64} {
  // CHECK: %[[FIRST:.*]] = kernel.run{{.*}} attributes {kernel.again
  // CHECK: kernel.run(%[[FIRST]]{{.*}} attributes {kernel.again
  %x = tl.input "x" : tensor<64x64xf32>
  %w = tl.input "w" : tensor<64x256xf32>
  %v = tl.input "v" : tensor<256x64xf32>
  %h = tl.contract %x, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %e = tl.contract %h, %x [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %a = tl.contract %e, %w [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x256xf32> -> tensor<64x256xf32>
  %b = tl.contract %a, %v [[0, 2], [2, 1], [0, 1]] : tensor<64x256xf32>, tensor<256x64xf32> -> tensor<64x64xf32>
  %c = tl.contract %b, %e [[0, 2], [2, 1], [0, 1]] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  tl.output "y", %c : tensor<64x64xf32>
  return
}
