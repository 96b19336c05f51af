// RUN: tl-opt %s --split-input-file --tl-sparse-rows --cse | FileCheck %s

// Where a step names few rows of a table and the others keep their value, only the rows named are computed and put.

tl.runtime_scalar @lr
tl.variable @e.w parameter : tensor<50x3xf32>

// Gradient descent: w - lr · 0 is w.
// CHECK-LABEL: func @descent
// CHECK-SAME: tl.tables = [{name = @e.w, named = 6 : i64, rows = 50 : i64, why = ""}]
func.func @descent() {
  // CHECK: %[[W:.*]] = tl.read @e.w
  // CHECK-NOT: tensor<50x3xi1>
  // CHECK: %[[LIST:.*]] = tl.reshape %{{.*}} : tensor<2x3xi32> -> tensor<6xi32>
  // CHECK: %[[FIRST:.*]] = tl.first %[[LIST]]
  // CHECK: %[[IS:.*]] = tl.eq %[[FIRST]], %{{.*}}
  // CHECK: %[[IDS:.*]] = tl.select %[[IS]], %[[LIST]], %{{.*}}
  // CHECK: %[[G:.*]] = tl.scatter_add %[[FIRST]], %{{.*}} : tensor<6xi32>, tensor<6x3xf32> -> tensor<6x3xf32>
  // CHECK: %[[ROWS:.*]] = tl.gather %[[W]], %[[IDS]] : tensor<50x3xf32>, tensor<6xi32> -> tensor<6x3xf32>
  // CHECK: %[[NEW:.*]] = tl.sub %[[ROWS]], %{{.*}} : tensor<6x3xf32>
  // CHECK: %[[PUT:.*]] = tl.put_rows %[[W]], %[[IDS]], %[[NEW]]
  // CHECK: tl.write @e.w, %[[PUT]]
  %w = tl.read @e.w : tensor<50x3xf32>
  %ids = tl.input "ids" : tensor<2x3xi32>
  %dy = tl.input "dy" : tensor<2x3x3xf32>
  %lr = tl.scalar @lr : tensor<f64>
  %rate = tl.cast %lr : tensor<f64> -> tensor<f32>
  %rates = tl.broadcast %rate [] : tensor<f32> -> tensor<50x3xf32>
  %g = tl.scatter_add %ids, %dy : tensor<2x3xi32>, tensor<2x3x3xf32> -> tensor<50x3xf32>
  %step = tl.mul %rates, %g : tensor<50x3xf32>
  %new = tl.sub %w, %step : tensor<50x3xf32>
  tl.write @e.w, %new : tensor<50x3xf32>
  return
}

// -----

tl.variable @e.w parameter : tensor<50x3xf32>
tl.variable @"e.w/m" slot "m" of @e.w : tensor<50x3xf32>

// A moment that fades moves every row.
// CHECK-LABEL: func @moment_fades
// CHECK-SAME: name = @e.w, named = 4 : i64, rows = 50 : i64, why = "rows without a gradient move too, in e.w/m, e.w"
// CHECK-NOT: tl.put_rows
func.func @moment_fades() {
  %w = tl.read @e.w : tensor<50x3xf32>
  %m = tl.read @"e.w/m" : tensor<50x3xf32>
  %ids = tl.input "ids" : tensor<4xi32>
  %dy = tl.input "dy" : tensor<4x3xf32>
  %beta = tl.constant 0.9 : tensor<50x3xf32>
  %g = tl.scatter_add %ids, %dy : tensor<4xi32>, tensor<4x3xf32> -> tensor<50x3xf32>
  %old = tl.mul %m, %beta : tensor<50x3xf32>
  %now = tl.add %old, %g : tensor<50x3xf32>
  %new = tl.sub %w, %now : tensor<50x3xf32>
  tl.write @"e.w/m", %now : tensor<50x3xf32>
  tl.write @e.w, %new : tensor<50x3xf32>
  return
}

// -----

tl.variable @e.w parameter : tensor<50x3xf32>
tl.variable @"e.w/m" slot "m" of @e.w : tensor<50x3xf32>

// Unless only rows with a gradient take it: max |0| > 0 is false.
// CHECK-LABEL: func @touched_rows
// CHECK-SAME: why = ""
func.func @touched_rows() {
  // CHECK: %[[M:.*]] = tl.read @"e.w/m"
  // CHECK: tl.reduce_max %{{.*}} [1] : tensor<4x3xf32> -> tensor<4xf32>
  // CHECK: tl.gather %[[M]], %[[IDS:.*]] : tensor<50x3xf32>
  // CHECK: %[[MOMENT:.*]] = tl.put_rows %[[M]], %[[IDS]]
  // CHECK: %[[NEW:.*]] = tl.put_rows %{{.*}}, %[[IDS]]
  // CHECK: tl.write @"e.w/m", %[[MOMENT]]
  // CHECK: tl.write @e.w, %[[NEW]]
  %w = tl.read @e.w : tensor<50x3xf32>
  %m = tl.read @"e.w/m" : tensor<50x3xf32>
  %ids = tl.input "ids" : tensor<4xi32>
  %dy = tl.input "dy" : tensor<4x3xf32>
  %beta = tl.constant 0.9 : tensor<50x3xf32>
  %zero = tl.constant 0.0 : tensor<50xf32>
  %g = tl.scatter_add %ids, %dy : tensor<4xi32>, tensor<4x3xf32> -> tensor<50x3xf32>
  %size = tl.abs %g : tensor<50x3xf32>
  %most = tl.reduce_max %size [1] : tensor<50x3xf32> -> tensor<50xf32>
  %is = tl.gt %most, %zero : tensor<50xf32>
  %here = tl.broadcast %is [0] : tensor<50xi1> -> tensor<50x3xi1>
  %old = tl.mul %m, %beta : tensor<50x3xf32>
  %now = tl.add %old, %g : tensor<50x3xf32>
  %kept = tl.select %here, %now, %m : tensor<50x3xf32>
  %down = tl.sub %w, %kept : tensor<50x3xf32>
  %new = tl.select %here, %down, %w : tensor<50x3xf32>
  tl.write @"e.w/m", %kept : tensor<50x3xf32>
  tl.write @e.w, %new : tensor<50x3xf32>
  return
}

// -----

tl.variable @e.w parameter : tensor<50x3xf32>
tl.variable @b parameter : tensor<f32>

// The norm of all gradients is a sum over the rows named; ids of no row count nothing.
// CHECK-LABEL: func @clipped
// CHECK-SAME: why = ""
func.func @clipped() {
  // CHECK-NOT: tl.reduce_sum {{.*}}50x3
  // CHECK: %[[TERMS:.*]] = tl.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<4x3xf32>
  // CHECK: tl.reduce_sum %[[TERMS]] [0, 1] : tensor<4x3xf32> -> tensor<f32>
  // CHECK: tl.write @b
  // CHECK: tl.put_rows
  %w = tl.read @e.w : tensor<50x3xf32>
  %b = tl.read @b : tensor<f32>
  %ids = tl.input "ids" : tensor<4xi32>
  %dy = tl.input "dy" : tensor<4x3xf32>
  %g = tl.scatter_add %ids, %dy : tensor<4xi32>, tensor<4x3xf32> -> tensor<50x3xf32>
  %squares = tl.mul %g, %g : tensor<50x3xf32>
  %sum = tl.reduce_sum %squares [0, 1] : tensor<50x3xf32> -> tensor<f32>
  %scale = tl.rsqrt %sum : tensor<f32>
  %scales = tl.broadcast %scale [] : tensor<f32> -> tensor<50x3xf32>
  %step = tl.mul %g, %scales : tensor<50x3xf32>
  %new = tl.sub %w, %step : tensor<50x3xf32>
  %down = tl.sub %b, %scale : tensor<f32>
  tl.write @b, %down : tensor<f32>
  tl.write @e.w, %new : tensor<50x3xf32>
  return
}

// -----

tl.variable @e.w parameter : tensor<50x3xf32>

// Two look-ups in one table are one list of ids; each sum keeps its order.
// CHECK-LABEL: func @twice
// CHECK-SAME: named = 6 : i64, rows = 50 : i64, why = ""
func.func @twice() {
  // CHECK: tl.concat axis 0 %{{.*}}, %{{.*}} : tensor<4xi32>, tensor<2xi32> -> tensor<6xi32>
  // CHECK: %[[A:.*]] = tl.scatter_add %{{.*}}, %{{.*}} : tensor<4xi32>, tensor<4x3xf32> -> tensor<6x3xf32>
  // CHECK: %[[B:.*]] = tl.scatter_add %{{.*}}, %{{.*}} : tensor<2xi32>, tensor<2x3xf32> -> tensor<6x3xf32>
  // CHECK: tl.add %[[A]], %[[B]]
  %w = tl.read @e.w : tensor<50x3xf32>
  %ids = tl.input "ids" : tensor<4xi32>
  %dy = tl.input "dy" : tensor<4x3xf32>
  %more = tl.input "more" : tensor<2xi32>
  %dz = tl.input "dz" : tensor<2x3xf32>
  %g = tl.scatter_add %ids, %dy : tensor<4xi32>, tensor<4x3xf32> -> tensor<50x3xf32>
  %h = tl.scatter_add %more, %dz : tensor<2xi32>, tensor<2x3xf32> -> tensor<50x3xf32>
  %both = tl.add %g, %h : tensor<50x3xf32>
  %new = tl.sub %w, %both : tensor<50x3xf32>
  tl.write @e.w, %new : tensor<50x3xf32>
  return
}

// -----

tl.variable @e.w parameter : tensor<50x3xf32>

// A table that is multiplied with too has a gradient in all rows.
// CHECK-LABEL: func @tied
// CHECK-SAME: why = "rows without a gradient move too, in e.w"
// CHECK-NOT: tl.put_rows
func.func @tied() {
  %w = tl.read @e.w : tensor<50x3xf32>
  %ids = tl.input "ids" : tensor<4xi32>
  %dy = tl.input "dy" : tensor<4x3xf32>
  %all = tl.input "all" : tensor<50x3xf32>
  %g = tl.scatter_add %ids, %dy : tensor<4xi32>, tensor<4x3xf32> -> tensor<50x3xf32>
  %both = tl.add %g, %all : tensor<50x3xf32>
  %new = tl.sub %w, %both : tensor<50x3xf32>
  tl.write @e.w, %new : tensor<50x3xf32>
  return
}

// -----

tl.variable @e.w parameter : tensor<50x3xf32>

// CHECK-LABEL: func @many_ids
// CHECK-SAME: why = "26 ids are not few beside 50 rows"
// CHECK-NOT: tl.put_rows
func.func @many_ids() {
  %w = tl.read @e.w : tensor<50x3xf32>
  %ids = tl.input "ids" : tensor<26xi32>
  %dy = tl.input "dy" : tensor<26x3xf32>
  %g = tl.scatter_add %ids, %dy : tensor<26xi32>, tensor<26x3xf32> -> tensor<50x3xf32>
  %new = tl.sub %w, %g : tensor<50x3xf32>
  tl.write @e.w, %new : tensor<50x3xf32>
  return
}

// -----

tl.variable @e.w parameter : tensor<50x3xf32>

// CHECK-LABEL: func @gradient_as_a_whole
// CHECK-SAME: why = "`transpose` takes its gradient as a whole"
// CHECK-NOT: tl.put_rows
func.func @gradient_as_a_whole() {
  %w = tl.read @e.w : tensor<50x3xf32>
  %ids = tl.input "ids" : tensor<4xi32>
  %dy = tl.input "dy" : tensor<4x3xf32>
  %g = tl.scatter_add %ids, %dy : tensor<4xi32>, tensor<4x3xf32> -> tensor<50x3xf32>
  %turned = tl.transpose %g [1, 0] : tensor<50x3xf32> -> tensor<3x50xf32>
  tl.output "g", %turned : tensor<3x50xf32>
  %new = tl.sub %w, %g : tensor<50x3xf32>
  tl.write @e.w, %new : tensor<50x3xf32>
  return
}

// -----

tl.variable @e.w parameter : tensor<50x3xf32>

// A sum that rows without a gradient count in too cannot be one over the rows named.
// CHECK-LABEL: func @total_of_more
// CHECK-SAME: why = "a sum over all its rows counts more than those with a gradient"
// CHECK-NOT: tl.put_rows
func.func @total_of_more() {
  %w = tl.read @e.w : tensor<50x3xf32>
  %ids = tl.input "ids" : tensor<4xi32>
  %dy = tl.input "dy" : tensor<4x3xf32>
  %g = tl.scatter_add %ids, %dy : tensor<4xi32>, tensor<4x3xf32> -> tensor<50x3xf32>
  %exp = tl.exp %g : tensor<50x3xf32>
  %sum = tl.reduce_sum %exp [0, 1] : tensor<50x3xf32> -> tensor<f32>
  tl.output "sum", %sum : tensor<f32>
  %new = tl.sub %w, %g : tensor<50x3xf32>
  tl.write @e.w, %new : tensor<50x3xf32>
  return
}

// -----

tl.variable @e.w parameter : tensor<50x3xbf16>

// A table kept in bf16: rows are read as f32 and put back rounded.
// CHECK-LABEL: func @kept_in_16_bits
// CHECK-SAME: why = ""
func.func @kept_in_16_bits() {
  // CHECK: %[[W:.*]] = tl.read @e.w
  // CHECK: %[[ROWS:.*]] = tl.gather %[[W]], %{{.*}} : tensor<50x3xbf16>, tensor<6xi32> -> tensor<6x3xbf16>
  // CHECK: tl.cast %[[ROWS]] : tensor<6x3xbf16> -> tensor<6x3xf32>
  // CHECK: %[[NEW:.*]] = tl.cast %{{.*}} : tensor<6x3xf32> -> tensor<6x3xbf16>
  // CHECK: %[[PUT:.*]] = tl.put_rows %[[W]], %{{.*}}, %[[NEW]]
  // CHECK: tl.write @e.w, %[[PUT]]
  %kept = tl.read @e.w : tensor<50x3xbf16>
  %w = tl.cast %kept : tensor<50x3xbf16> -> tensor<50x3xf32>
  %ids = tl.input "ids" : tensor<2x3xi32>
  %dy = tl.input "dy" : tensor<2x3x3xf32>
  %g = tl.scatter_add %ids, %dy : tensor<2x3xi32>, tensor<2x3x3xf32> -> tensor<50x3xf32>
  %new = tl.sub %w, %g : tensor<50x3xf32>
  %rounded = tl.cast %new : tensor<50x3xf32> -> tensor<50x3xbf16>
  tl.write @e.w, %rounded : tensor<50x3xbf16>
  return
}

// -----

// A sum over rows alone, as of a norm that only a log shows: of those named.
// CHECK-LABEL: func @total_alone
func.func @total_alone() {
  // CHECK: tl.scatter_add {{.*}} -> tensor<6x3xf32>
  // CHECK-NOT: tensor<50x3xf32>
  // CHECK: tl.output "norm"
  %ids = tl.input "ids" : tensor<2x3xi32>
  %dy = tl.input "dy" : tensor<2x3x3xf32>
  %g = tl.scatter_add %ids, %dy : tensor<2x3xi32>, tensor<2x3x3xf32> -> tensor<50x3xf32>
  %square = tl.mul %g, %g : tensor<50x3xf32>
  %norm = tl.reduce_sum %square [0, 1] : tensor<50x3xf32> -> tensor<f32>
  tl.output "norm", %norm logged : tensor<f32>
  return
}
