// RUN: tl-opt --tl-part-logged %s | FileCheck %s

// What only a log shows moves out where a step would compute it for that alone, with all inputs of the step: it is called with the same.

tl.runtime_scalar @lr
tl.variable @w parameter : tensor<4xf32>

// CHECK-LABEL: func @fit.main.step()
// CHECK-SAME: tl.logged = @fit.main.step.logged
// CHECK-DAG: tl.input "x"
// CHECK-DAG: tl.input "y"
// CHECK-NOT: tl.output "norm"
// CHECK: tl.output "loss"
// CHECK: tl.write @w
// CHECK-LABEL: func @fit.main.step.logged()
// CHECK: tl.input "x"
// CHECK: tl.input "y"
// CHECK-NOT: "loss"
// CHECK-NOT: tl.write
// CHECK: tl.output "norm", %{{.*}} logged : tensor<f32>
func.func @fit.main.step() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x4xf32>
  %y = tl.input "y" : tensor<8xf32>
  %w = tl.read @w : tensor<4xf32>
  %g = tl.reduce_sum %x [0] : tensor<8x4xf32> -> tensor<4xf32>
  %square = tl.mul %g, %g : tensor<4xf32>
  %norm = tl.reduce_sum %square [0] : tensor<4xf32> -> tensor<f32>
  tl.output "norm", %norm logged : tensor<f32>
  %loss = tl.reduce_sum %y [0] : tensor<8xf32> -> tensor<f32>
  tl.output "loss", %loss : tensor<f32>
  %new = tl.sub %w, %g : tensor<4xf32>
  tl.write @w, %new : tensor<4xf32>
  return
}

// What the step needs itself stays there, and so does what is made of single numbers.

// CHECK-LABEL: func @fit.clipped.step() attributes {tl.batch = 8 : i64} {
// CHECK: tl.output "norm", %{{.*}} logged
// CHECK: tl.output "rate", %{{.*}} logged
// CHECK-NOT: func @fit.clipped.step.logged
func.func @fit.clipped.step() attributes {tl.batch = 8 : i64} {
  %x = tl.input "x" : tensor<8x4xf32>
  %w = tl.read @w : tensor<4xf32>
  %g = tl.reduce_sum %x [0] : tensor<8x4xf32> -> tensor<4xf32>
  %square = tl.mul %g, %g : tensor<4xf32>
  %sum = tl.reduce_sum %square [0] : tensor<4xf32> -> tensor<f32>
  %norm = tl.sqrt %sum : tensor<f32>
  tl.output "norm", %norm logged : tensor<f32>
  %lr = tl.scalar @lr : tensor<f64>
  %rate = tl.cast %lr : tensor<f64> -> tensor<f32>
  tl.output "rate", %rate logged : tensor<f32>
  %all = tl.broadcast %sum [] : tensor<f32> -> tensor<4xf32>
  %scaled = tl.div %g, %all : tensor<4xf32>
  %new = tl.sub %w, %scaled : tensor<4xf32>
  tl.write @w, %new : tensor<4xf32>
  return
}
