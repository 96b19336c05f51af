// RUN: tl-opt %s --split-input-file --verify-diagnostics

// Reductions and layout ops name axes that exist and give the shape that follows.

func.func @reduce_sum_c1_axis_twice() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{axes are not distinct axes of f32[2, 3]}}
  %y = tl.reduce_sum %x [1, 1] : tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @reduce_sum_c2_axis_stays() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{result is f32[1, 3], should be f32[3]}}
  %y = tl.reduce_sum %x [0] : tensor<2x3xf32> -> tensor<1x3xf32>
  return
}

// -----

func.func @reduce_max_c1_axis_exists() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{axes are not distinct axes of f32[2, 3]}}
  %y = tl.reduce_max %x [2] : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @reduce_max_c2_other_axes_stay() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{result is f32[3], should be f32[2]}}
  %y = tl.reduce_max %x [1] : tensor<2x3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @argmax_c2_result_keeps_the_axis() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{result is i32[2, 3], should be i32[2]}}
  %y = tl.argmax %x axis 1 : tensor<2x3xf32> -> tensor<2x3xi32>
  return
}

// -----

func.func @argmax_c1_axis_exists() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{axes are not distinct axes of f32[2, 3]}}
  %y = tl.argmax %x axis 2 : tensor<2x3xf32> -> tensor<2xi32>
  return
}

// -----

func.func @argsort_c1_a_scalar_has_no_axis() {
  %x = tl.constant 1.0 : tensor<f32>
  // expected-error @below {{operand is f32[], which has no axis to sort along}}
  %y = tl.argsort %x : tensor<f32> -> tensor<i32>
  return
}

// -----

func.func @argsort_c2_result_keeps_the_shape() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{result is i32[2], should be i32[2, 3]}}
  %y = tl.argsort %x : tensor<2x3xf32> -> tensor<2xi32>
  return
}

// -----

func.func @iota_c1_axis_exists() {
  // expected-error @below {{axis 1 does not exist}}
  %y = tl.iota axis 1 : tensor<2xi32>
  return
}

// -----

func.func @reshape_c1_element_counts_differ() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{f32[2, 3] has 6 elements, the result 8}}
  %y = tl.reshape %x : tensor<2x3xf32> -> tensor<8xf32>
  return
}

// -----

func.func @transpose_c1_no_permutation() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{axes are no permutation of those of f32[2, 3]}}
  %y = tl.transpose %x [0, 0] : tensor<2x3xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @broadcast_c1_axes_not_increasing() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{axes do not place f32[2, 3] in f32[3, 2]}}
  %y = tl.broadcast %x [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @broadcast_c2_sizes_differ() {
  %x = tl.constant 1.0 : tensor<1xf32>
  // expected-error @below {{axis 0 has 1 elements, axis 0 of the result 4}}
  %y = tl.broadcast %x [0] : tensor<1xf32> -> tensor<4xf32>
  return
}

// -----

func.func @slice_c1_one_entry_per_axis() {
  %x = tl.constant 1.0 : tensor<4x2xf32>
  // expected-error @below {{needs a start, limit and stride per axis of f32[4, 2]}}
  %y = tl.slice %x starts [0, 0] limits [4, 2] strides [1] : tensor<4x2xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @slice_c2_beyond_the_end() {
  %x = tl.constant 1.0 : tensor<4xf32>
  // expected-error @below {{[2..5] is not within axis 0 of f32[4]}}
  %y = tl.slice %x starts [2] limits [5] strides [1] : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @slice_c3_sizes() {
  %x = tl.constant 1.0 : tensor<5xf32>
  // expected-error @below {{result is f32[2], should be f32[3]}}
  %y = tl.slice %x starts [0] limits [5] strides [2] : tensor<5xf32> -> tensor<2xf32>
  return
}

// -----

func.func @pad_c1_negative() {
  %x = tl.constant 1.0 : tensor<4xf32>
  // expected-error @below {{pads by a negative number}}
  %y = tl.pad %x before [-1] after [0] : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @pad_c1_one_entry_per_axis() {
  %x = tl.constant 1.0 : tensor<4x2xf32>
  // expected-error @below {{needs before and after per axis of f32[4, 2]}}
  %y = tl.pad %x before [1] after [0, 0] : tensor<4x2xf32> -> tensor<5x2xf32>
  return
}

// -----

func.func @pad_c2_sizes() {
  %x = tl.constant 1.0 : tensor<4xf32>
  // expected-error @below {{result is f32[6], should be f32[7]}}
  %y = tl.pad %x before [1] after [2] : tensor<4xf32> -> tensor<6xf32>
  return
}

// -----

func.func @concat_c1_axis_exists() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{axis 2 does not exist}}
  %z = tl.concat axis 2 %x, %x : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @concat_c1_no_part() {
  // expected-error @below {{axis 0 does not exist}}
  %z = "tl.concat"() {axis = 0 : i64} : () -> tensor<4x3xf32>
  return
}

// -----

func.func @concat_c2_other_sizes_differ() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  %y = tl.constant 1.0 : tensor<2x4xf32>
  // expected-error @below {{operands differ: f32[2, 3] and f32[2, 4]}}
  %z = tl.concat axis 0 %x, %y : tensor<2x3xf32>, tensor<2x4xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @concat_c2_ranks_differ() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  %y = tl.constant 1.0 : tensor<3xf32>
  // expected-error @below {{operands differ: f32[2, 3] and f32[3]}}
  %z = tl.concat axis 0 %x, %y : tensor<2x3xf32>, tensor<3xf32> -> tensor<3x3xf32>
  return
}

// -----

func.func @concat_c3_sum_of_sizes() {
  %x = tl.constant 1.0 : tensor<2x3xf32>
  // expected-error @below {{result is f32[3, 3], should be f32[4, 3]}}
  %z = tl.concat axis 0 %x, %x : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<3x3xf32>
  return
}

// -----

func.func @gather_c1_table_of_no_rows() {
  %t = tl.constant 1.0 : tensor<f32>
  %i = tl.constant 1 : tensor<2xi32>
  // expected-error @below {{takes a table of rows and i32 ids, not f32[] and i32[2]}}
  %z = tl.gather %t, %i : tensor<f32>, tensor<2xi32> -> tensor<2xf32>
  return
}

// -----

func.func @gather_c2_shape() {
  %t = tl.constant 1.0 : tensor<9x3xf32>
  %i = tl.constant 1 : tensor<2xi32>
  // expected-error @below {{result is f32[2], should be f32[2, 3]}}
  %z = tl.gather %t, %i : tensor<9x3xf32>, tensor<2xi32> -> tensor<2xf32>
  return
}

// -----

func.func @scatter_add_c1_updates_per_id() {
  %u = tl.constant 1.0 : tensor<4x3xf32>
  %i = tl.constant 1 : tensor<2xi32>
  // expected-error @below {{updates are f32[4, 3], rows by ids are f32[2, 3]}}
  %z = tl.scatter_add %i, %u : tensor<2xi32>, tensor<4x3xf32> -> tensor<9x3xf32>
  return
}

// -----

func.func @scatter_add_c2_result_has_no_rows() {
  %u = tl.constant 1.0 : tensor<2xf32>
  %i = tl.constant 1 : tensor<2xi32>
  // expected-error @below {{result has no rows}}
  %z = tl.scatter_add %i, %u : tensor<2xi32>, tensor<2xf32> -> tensor<f32>
  return
}

// -----

func.func @scatter_add_c2_rows_of_another_size() {
  %u = tl.constant 1.0 : tensor<2x3xf32>
  %i = tl.constant 1 : tensor<2xi32>
  // expected-error @below {{updates are f32[2, 3], rows by ids are f32[2, 4]}}
  %z = tl.scatter_add %i, %u : tensor<2xi32>, tensor<2x3xf32> -> tensor<9x4xf32>
  return
}

// -----

func.func @first_c1_a_list() {
  %i = tl.constant 1 : tensor<2x3xi32>
  // expected-error @below {{operand is i32[2, 3], not a list of i32}}
  %z = tl.first %i : tensor<2x3xi32>
  return
}

// -----

func.func @put_rows_c1_a_list() {
  %t = tl.constant 1.0 : tensor<9x3xf32>
  %i = tl.constant 1 : tensor<2x2xi32>
  %r = tl.constant 1.0 : tensor<2x2x3xf32>
  // expected-error @below {{ids are i32[2, 2], not a list}}
  %z = tl.put_rows %t, %i, %r : tensor<9x3xf32>, tensor<2x2xi32>, tensor<2x2x3xf32>
  return
}

// -----

func.func @put_rows_c2_rows_per_id() {
  %t = tl.constant 1.0 : tensor<9x3xf32>
  %i = tl.constant 1 : tensor<2xi32>
  %r = tl.constant 1.0 : tensor<4x3xf32>
  // expected-error @below {{rows are f32[4, 3], rows by ids are f32[2, 3]}}
  %z = tl.put_rows %t, %i, %r : tensor<9x3xf32>, tensor<2xi32>, tensor<4x3xf32>
  return
}

// -----

tl.variable @w parameter : tensor<4xf32>

func.func @gradient_c1_loss_is_one_number() {
  %w = tl.read @w : tensor<4xf32>
  // expected-error @below {{the loss is f32[4], not a scalar}}
  %g = tl.gradient %w wrt %w : tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @gradient_c2_of_nothing() {
  %x = tl.constant 1.0 : tensor<f32>
  // expected-error @below {{names no value}}
  "tl.gradient"(%x) : (tensor<f32>) -> ()
  return
}

// -----

func.func @window_c1_axis() {
  %x = tl.constant 1.0 : tensor<4xf32>
  // expected-error @below {{axis 1 does not exist}}
  %y = tl.window %x axis 1 size 2 stride 1 dilation 1 : tensor<4xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @window_c1_stride() {
  %x = tl.constant 1.0 : tensor<4xf32>
  // expected-error @below {{size and stride are at least 1, dilation is not 0}}
  %y = tl.window %x axis 0 size 2 stride 0 dilation 1 : tensor<4xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @window_c2_too_large() {
  %x = tl.constant 1.0 : tensor<4xf32>
  // expected-error @below {{a window that reaches over 5 elements does not fit into axis 0 of f32[4]}}
  %y = tl.window %x axis 0 size 3 stride 1 dilation 2 : tensor<4xf32> -> tensor<1x3xf32>
  return
}

// -----

func.func @window_c3_sizes() {
  %x = tl.constant 1.0 : tensor<7xf32>
  // expected-error @below {{result is f32[4, 3], should be f32[3, 3]}}
  %y = tl.window %x axis 0 size 3 stride 2 dilation 1 : tensor<7xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @fold_c1_windows() {
  %x = tl.constant 1.0 : tensor<3x2xf32>
  // expected-error @below {{operand is f32[3, 2], the windows of the result are f32[4, 2]}}
  %y = tl.fold %x axis 0 size 2 stride 1 dilation 1 : tensor<3x2xf32> -> tensor<5xf32>
  return
}

// -----

func.func @fold_c2_whole_numbers() {
  %x = tl.constant 1 : tensor<3x2xi32>
  // expected-error @below {{operand is i32[3, 2], not f32 or f64}}
  %y = tl.fold %x axis 0 size 2 stride 1 dilation 1 : tensor<3x2xi32> -> tensor<4xi32>
  return
}
