// RUN: tl-opt %s --tl-cache-features | FileCheck %s

// What a record has throughout the phase moves into a function of its own, up to the values that take the fewest bytes.

tl.variable @enc parameter : tensor<64x16xf32>
tl.variable @head parameter : tensor<16x5xf32>
tl.variable @enc2 parameter : tensor<32x32xf32>
tl.variable @head2 parameter : tensor<32xf32>
tl.variable @head3 parameter : tensor<16x16xf32>
tl.variable @table parameter : tensor<100x32xf32>
tl.variable @places parameter : tensor<4x32xf32>
tl.variable @"enc/sum" slot "sum" of @enc : tensor<64x16xf32>
tl.variable @w parameter : tensor<32x32xf32>
tl.variable @head4 parameter : tensor<16xf32>

// CHECK-LABEL: func @cls.probe.step
// CHECK-SAME: tl.features = @cls.probe.features
// CHECK-DAG: %[[T:.*]] = tl.input "features.0" : tensor<8x16xf32>
// CHECK-DAG: %[[Y:.*]] = tl.input "y" : tensor<8x5xf32>
// CHECK-NOT: tl.tanh
// CHECK: %[[HEAD:.*]] = tl.read @head
// CHECK-NEXT: tl.contract %[[T]], %[[HEAD]]
// CHECK-LABEL: func @cls.probe.features
// CHECK-DAG: %[[X:.*]] = tl.input "x" : tensor<8x64xf32>
// CHECK-DAG: %[[ENC:.*]] = tl.read @enc frozen
// CHECK: %[[H:.*]] = tl.contract %[[X]], %[[ENC]]
// CHECK-NEXT: %[[F:.*]] = tl.tanh %[[H]]
// CHECK-NEXT: tl.output "features.0", %[[F]] : tensor<8x16xf32>
// CHECK-NEXT: return
func.func @cls.probe.step() attributes {tl.batch = 8 : i64} {
  %y = tl.input "y" : tensor<8x5xf32>
  %x = tl.input "x" : tensor<8x64xf32>
  %enc = tl.read @enc frozen : tensor<64x16xf32>
  %head = tl.read @head : tensor<16x5xf32>
  %h = tl.contract %x, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %t = tl.tanh %h : tensor<8x16xf32>
  %o = tl.contract %t, %head [[0, 2], [2, 1], [0, 1]] : tensor<8x16xf32>, tensor<16x5xf32> -> tensor<8x5xf32>
  %d = tl.sub %o, %y : tensor<8x5xf32>
  %dw = tl.contract %t, %d [[2, 0], [2, 1], [0, 1]] : tensor<8x16xf32>, tensor<8x5xf32> -> tensor<16x5xf32>
  %new = tl.sub %head, %dw : tensor<16x5xf32>
  tl.write @head, %new : tensor<16x5xf32>
  return
}

// The rows of a record may be merged with its axis, and what is kept may be the mean over them: a sixteenth of the bytes.

// CHECK-LABEL: func @merged.features
// CHECK: tl.contract
// CHECK: %[[S:.*]] = tl.reduce_sum %{{.*}} [1] : tensor<8x16x32xf32> -> tensor<8x32xf32>
// CHECK-NEXT: tl.output "features.0", %[[S]]
func.func @merged.step() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x16x32xf32>
  %enc = tl.read @enc2 frozen : tensor<32x32xf32>
  %head = tl.read @head2 : tensor<32xf32>
  %rows = tl.reshape %x : tensor<8x16x32xf32> -> tensor<128x32xf32>
  %h = tl.contract %rows, %enc [[0, 2], [2, 1], [0, 1]] : tensor<128x32xf32>, tensor<32x32xf32> -> tensor<128x32xf32>
  %a = tl.reshape %h : tensor<128x32xf32> -> tensor<8x16x32xf32>
  %s = tl.reduce_sum %a [1] : tensor<8x16x32xf32> -> tensor<8x32xf32>
  %dw = tl.reduce_sum %s [0] : tensor<8x32xf32> -> tensor<32xf32>
  %new = tl.sub %head, %dw : tensor<32xf32>
  tl.write @head2, %new : tensor<32xf32>
  return
}

// A value whose first axis is not its records' keeps its shape in the step: [batch, rows, width] lies in between.

// CHECK-LABEL: func @reshaped.step
// CHECK: %[[F:.*]] = tl.input "features.0" : tensor<8x4x16xf32>
// CHECK: %[[M:.*]] = tl.reshape %[[F]] : tensor<8x4x16xf32> -> tensor<32x16xf32>
// CHECK: tl.contract %[[M]], %[[M]]
// CHECK-LABEL: func @reshaped.features
// CHECK: tl.reshape %{{.*}} : tensor<32x16xf32> -> tensor<8x4x16xf32>
func.func @reshaped.step() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x4x64xf32>
  %enc = tl.read @enc frozen : tensor<64x16xf32>
  %rows = tl.reshape %x : tensor<8x4x64xf32> -> tensor<32x64xf32>
  %h = tl.contract %rows, %enc [[0, 2], [2, 1], [0, 1]] : tensor<32x64xf32>, tensor<64x16xf32> -> tensor<32x16xf32>
  %g = tl.contract %h, %h [[2, 0], [2, 1], [0, 1]] : tensor<32x16xf32>, tensor<32x16xf32> -> tensor<16x16xf32>
  tl.write @head3, %g : tensor<16x16xf32>
  return
}

// A table of positions that the batch repeats belongs to each record alike.

// CHECK-LABEL: func @positions.features
// CHECK: tl.broadcast
// CHECK: tl.contract
func.func @positions.step() attributes {tl.batch = 8 : i64} {
  %ids = tl.input "ids" : tensor<8x4xi32>
  %table = tl.read @table frozen : tensor<100x32xf32>
  %places = tl.read @places frozen : tensor<4x32xf32>
  %enc = tl.read @enc2 frozen : tensor<32x32xf32>
  %e = tl.gather %table, %ids : tensor<100x32xf32>, tensor<8x4xi32> -> tensor<8x4x32xf32>
  %p = tl.broadcast %places [1, 2] : tensor<4x32xf32> -> tensor<8x4x32xf32>
  %x = tl.add %e, %p : tensor<8x4x32xf32>
  %rows = tl.reshape %x : tensor<8x4x32xf32> -> tensor<32x32xf32>
  %h = tl.contract %rows, %enc [[0, 2], [2, 1], [0, 1]] : tensor<32x32xf32>, tensor<32x32xf32> -> tensor<32x32xf32>
  %r = tl.reshape %h : tensor<32x32xf32> -> tensor<8x4x32xf32>
  %m = tl.reduce_max %r [1] : tensor<8x4x32xf32> -> tensor<8x32xf32>
  %dw = tl.reduce_sum %m [0] : tensor<8x32xf32> -> tensor<32xf32>
  tl.write @head2, %dw : tensor<32xf32>
  return
}

// A parameter that another phase trains, and every function that is no step, stay as they are.

// CHECK-LABEL: func @trained.step
// CHECK-NOT: features
// CHECK: return
func.func @trained.step() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x64xf32>
  %enc = tl.read @enc : tensor<64x16xf32>
  %h = tl.contract %x, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %g = tl.contract %x, %h [[2, 0], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<8x16xf32> -> tensor<64x16xf32>
  tl.write @enc, %g : tensor<64x16xf32>
  return
}
// CHECK-LABEL: func @evaluate
// CHECK-NOT: features
// CHECK: return
func.func @evaluate() {
  %x = tl.input "x" : tensor<8x64xf32>
  %enc = tl.read @enc frozen : tensor<64x16xf32>
  %h = tl.contract %x, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  tl.output "h", %h : tensor<8x16xf32>
  return
}

// What another function writes between two steps is trained all the same.

// CHECK-LABEL: func @apart.step
// CHECK-NOT: tl.features
// CHECK-LABEL: func @apart.update
func.func @apart.step() attributes {tl.batch = 8 : i64, tl.updates = [@apart.update]} {
  %x = tl.input "x" : tensor<8x64xf32>
  %enc = tl.read @enc : tensor<64x16xf32>
  %h = tl.contract %x, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %g = tl.contract %x, %h [[2, 0], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<8x16xf32> -> tensor<64x16xf32>
  tl.write @"enc/sum", %g : tensor<64x16xf32>
  return
}
func.func @apart.update() {
  %sum = tl.read @"enc/sum" : tensor<64x16xf32>
  tl.write @enc, %sum : tensor<64x16xf32>
  return
}

// A scan over the places of each record is a scan of that record; its states stand still as zeros and then follow the records.

// CHECK-LABEL: func @recurrent.step
// CHECK-NOT: tl.scan
// CHECK-LABEL: func @recurrent.features
// CHECK: %[[S:.*]]:2 = tl.scan
// CHECK: tl.output "features.0", %[[S]]#0 : tensor<8x32xf32>
func.func @recurrent.step() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x5x32xf32>
  %w = tl.read @w frozen : tensor<32x32xf32>
  %head = tl.read @head2 : tensor<32xf32>
  %zero = tl.constant 0.0 : tensor<8x32xf32>
  %steps = tl.transpose %x [1, 0, 2] : tensor<8x5x32xf32> -> tensor<5x8x32xf32>
  %last, %all = tl.scan (%zero) over (%steps) with (%w) {
  ^bb0(%s: tensor<8x32xf32>, %row: tensor<8x32xf32>, %u: tensor<32x32xf32>):
    %m = tl.contract %s, %u [[0, 2], [2, 1], [0, 1]] : tensor<8x32xf32>, tensor<32x32xf32> -> tensor<8x32xf32>
    %n = tl.add %m, %row : tensor<8x32xf32>
    %t = tl.tanh %n : tensor<8x32xf32>
    tl.yield %t, %t : tensor<8x32xf32>, tensor<8x32xf32>
  } : (tensor<8x32xf32>, tensor<5x8x32xf32>, tensor<32x32xf32>) -> (tensor<8x32xf32>, tensor<5x8x32xf32>)
  %new = tl.reduce_sum %last [0] : tensor<8x32xf32> -> tensor<32xf32>
  tl.write @head2, %new : tensor<32xf32>
  return
}

// Between the steps of a phase, an evaluation finds constant what the steps do not write: it is parted, too, in a copy for the phase.

// CHECK-LABEL: func @fit.probe.step
// CHECK-SAME: tl.evaluation = @fit.probe.evaluate
// CHECK-LABEL: func @fit.probe.evaluate()
// CHECK-SAME: tl.features = @fit.probe.evaluate.features
// CHECK-DAG: %[[H:.*]] = tl.input "features.0" : tensor<8x16xf32>
// CHECK-DAG: tl.input "valid"
// CHECK-NOT: "enc"
// CHECK: tl.contract %[[H]]
// CHECK: tl.output "off.sum"
// CHECK-LABEL: func @fit.probe.evaluate.features
// CHECK: tl.contract
// CHECK-NEXT: tl.output "features.0"
func.func @fit.probe.step() attributes {tl.batch = 8 : i64, tl.evaluation = @fit.evaluate} {
  %x = tl.input "x" : tensor<8x64xf32>
  %u = tl.random site 7 : tensor<8x64xf32>
  %n = tl.add %x, %u : tensor<8x64xf32>
  %enc = tl.read @enc frozen : tensor<64x16xf32>
  %h = tl.contract %n, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %g = tl.reduce_sum %h [0] : tensor<8x16xf32> -> tensor<16xf32>
  tl.write @head4, %g : tensor<16xf32>
  return
}

// A phase that trains what the evaluation begins with has the stage's own.

// CHECK-LABEL: func @fit.full.step
// CHECK-SAME: tl.evaluation = @fit.evaluate
// CHECK-NOT: func @fit.full.evaluate
func.func @fit.full.step() attributes {tl.batch = 8 : i64, tl.evaluation = @fit.evaluate} {
  %x = tl.input "x" : tensor<8x64xf32>
  %enc = tl.read @enc : tensor<64x16xf32>
  %h = tl.contract %x, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %g = tl.contract %x, %h [[2, 0], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<8x16xf32> -> tensor<64x16xf32>
  tl.write @enc, %g : tensor<64x16xf32>
  return
}

// Of one that has nothing worth keeping it is said why, where something is frozen.

// CHECK-LABEL: func @fit.upper.step
// CHECK-SAME: tl.evaluation_not_cached = "only 0 flop of {{.*}} a batch depend on nothing that is trained"
// CHECK-LABEL: func @fit.evaluate()
// CHECK: tl.contract
// CHECK: tl.contract
func.func @fit.upper.step() attributes {tl.batch = 8 : i64, tl.evaluation = @fit.evaluate} {
  %x = tl.input "x" : tensor<8x64xf32>
  %enc = tl.read @enc : tensor<64x16xf32>
  %head = tl.read @head4 frozen : tensor<16xf32>
  %h = tl.contract %x, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %b = tl.broadcast %head [1] : tensor<16xf32> -> tensor<8x16xf32>
  %d = tl.mul %h, %b : tensor<8x16xf32>
  %g = tl.contract %x, %d [[2, 0], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<8x16xf32> -> tensor<64x16xf32>
  tl.write @enc, %g : tensor<64x16xf32>
  return
}
func.func @fit.evaluate() {
  %x = tl.input "x" : tensor<8x64xf32>
  %valid = tl.input "valid" : tensor<8xf32>
  %enc = tl.read @enc : tensor<64x16xf32>
  %head = tl.read @head4 : tensor<16xf32>
  %h = tl.contract %x, %enc [[0, 2], [2, 1], [0, 1]] : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
  %y = tl.contract %h, %head [[0, 1], [1], [0]] : tensor<8x16xf32>, tensor<16xf32> -> tensor<8xf32>
  %v = tl.mul %y, %valid : tensor<8xf32>
  %s = tl.reduce_sum %v [0] : tensor<8xf32> -> tensor<f32>
  tl.output "off.sum", %s : tensor<f32>
  return
}
