// RUN: tl-opt %s | tl-opt | FileCheck %s

// What is printed reads back as the same op.

// CHECK: tl.runtime_scalar @lr
tl.runtime_scalar @lr
// CHECK: tl.runtime_scalar @phase.step each step at 1
tl.runtime_scalar @phase.step each step at 1
// CHECK: tl.stage @cls {
tl.stage @cls {
  // CHECK: tl.variable @"enc.net[0].w" parameter at 64 : tensor<4xf32>
  tl.variable @"enc.net[0].w" parameter at 64 : tensor<4xf32>
  // CHECK: tl.variable @"enc.net[0].w/m" slot "m" of @"enc.net[0].w" : tensor<4xf32>
  tl.variable @"enc.net[0].w/m" slot "m" of @"enc.net[0].w" : tensor<4xf32>
  // CHECK: tl.variable @count accumulator : tensor<f32>
  tl.variable @count accumulator : tensor<f32>
  // CHECK: tl.variable @sum accumulator of @"enc.net[0].w" in "main" at 128 : tensor<4xf32>
  tl.variable @sum accumulator of @"enc.net[0].w" in "main" at 128 : tensor<4xf32>
}
tl.variable @v parameter : tensor<4xf32>
tl.variable @w parameter : tensor<4xf32>
tl.variable @u parameter : tensor<2xf32>
tl.variable @narrow parameter : tensor<4x2xbf16>

// CHECK-LABEL: func @sources
func.func @sources() {
  // CHECK: tl.input "image" : tensor<2x3xui8>
  %image = tl.input "image" : tensor<2x3xui8>
  // CHECK: tl.scalar @lr : tensor<f64>
  %lr = tl.scalar @lr : tensor<f64>
  // CHECK: tl.read @cls::@"enc.net[0].w" : tensor<4xf32>
  %w = tl.read @cls::@"enc.net[0].w" : tensor<4xf32>
  // CHECK: tl.read @v frozen : tensor<4xf32>
  %v = tl.read @v frozen : tensor<4xf32>
  // CHECK: tl.iota axis 1 : tensor<2x3xi32>
  %i = tl.iota axis 1 : tensor<2x3xi32>
  // CHECK: tl.random site 4000000000 : tensor<2x3xf32>
  %u = tl.random site 4000000000 : tensor<2x3xf32>
  return
}

// CHECK-LABEL: func @constants
func.func @constants() {
  // CHECK: tl.constant 0.1 : tensor<2xf32>
  %a = tl.constant 0.1 : tensor<2xf32>
  // CHECK: tl.constant -2.5 : tensor<f64>
  %b = tl.constant -2.5 : tensor<f64>
  // CHECK: tl.constant 3.0 : tensor<f32>
  %c = tl.constant 3 : tensor<f32>
  // CHECK: tl.constant 1.0e-08 : tensor<f32>
  %small = tl.constant 1.0e-8 : tensor<f32>
  // CHECK: tl.constant 16777216.0 : tensor<f32>
  %large = tl.constant 16777216.0 : tensor<f32>
  // CHECK: tl.constant -inf : tensor<f32>
  %d = tl.constant -inf : tensor<f32>
  // CHECK: tl.constant nan : tensor<f32>
  %e = tl.constant nan : tensor<f32>
  // CHECK: tl.constant -7 : tensor<2xi32>
  %f = tl.constant -7 : tensor<2xi32>
  // CHECK: tl.constant true : tensor<2xi1>
  %g = tl.constant true : tensor<2xi1>
  // CHECK: tl.constant 200 : tensor<2xui8>
  %h = tl.constant 200 : tensor<2xui8>
  return
}

// CHECK-LABEL: func @elementwise
func.func @elementwise() {
  %a = tl.input "a" : tensor<4xf32>
  %b = tl.input "b" : tensor<4xf32>
  // CHECK: tl.exp %{{.*}} : tensor<4xf32>
  %0 = tl.exp %a : tensor<4xf32>
  // CHECK: tl.pow %{{.*}}, %{{.*}} : tensor<4xf32>
  %1 = tl.pow %a, %b : tensor<4xf32>
  // CHECK: %[[C:.*]] = tl.lt %{{.*}}, %{{.*}} : tensor<4xf32>
  %2 = tl.lt %a, %b : tensor<4xf32>
  // CHECK: %[[N:.*]] = tl.not %[[C]] : tensor<4xi1>
  %3 = tl.not %2 : tensor<4xi1>
  // CHECK: tl.and %[[C]], %[[N]] : tensor<4xi1>
  %4 = tl.and %2, %3 : tensor<4xi1>
  // CHECK: tl.select %[[C]], %{{.*}}, %{{.*}} : tensor<4xf32>
  %5 = tl.select %2, %a, %b : tensor<4xf32>
  // CHECK: tl.cast %[[C]] : tensor<4xi1> -> tensor<4xf32>
  %6 = tl.cast %2 : tensor<4xi1> -> tensor<4xf32>
  // CHECK: tl.stop_gradient %{{.*}} : tensor<4xf32>
  %7 = tl.stop_gradient %a : tensor<4xf32>
  return
}

// CHECK-LABEL: func @kept_in_16_bits
func.func @kept_in_16_bits() {
  // CHECK: %[[W:.*]] = tl.read @narrow : tensor<4x2xbf16>
  %w = tl.read @narrow : tensor<4x2xbf16>
  // CHECK: tl.cast %[[W]] : tensor<4x2xbf16> -> tensor<4x2xf32>
  %0 = tl.cast %w : tensor<4x2xbf16> -> tensor<4x2xf32>
  // CHECK: tl.constant 0.099975586 : tensor<4xf16>
  %1 = tl.constant 0.1 : tensor<4xf16>
  // CHECK: tl.constant 0.100097656 : tensor<4xbf16>
  %2 = tl.constant 0.1 : tensor<4xbf16>
  // CHECK: tl.constant inf : tensor<f16>
  %3 = tl.constant 70000.0 : tensor<f16>
  // CHECK: tl.transpose %[[W]] [1, 0] : tensor<4x2xbf16> -> tensor<2x4xbf16>
  %4 = tl.transpose %w [1, 0] : tensor<4x2xbf16> -> tensor<2x4xbf16>
  // CHECK: tl.cast %{{.*}} : tensor<4x2xf32> -> tensor<4x2xbf16>
  %5 = tl.cast %0 : tensor<4x2xf32> -> tensor<4x2xbf16>
  // CHECK: tl.write @narrow, %{{.*}} : tensor<4x2xbf16>
  tl.write @narrow, %5 : tensor<4x2xbf16>
  // CHECK: tl.output "c", %{{.*}} : tensor<4xf16>
  tl.output "c", %1 : tensor<4xf16>
  return
}

// CHECK-LABEL: func @shapes
func.func @shapes() {
  %x = tl.input "x" : tensor<2x6xf32>
  %ids = tl.input "ids" : tensor<3xi32>
  // CHECK: tl.contract %{{.*}}, %{{.*}} {{\[\[}}0, 2], [1, 2], [0, 1]] : tensor<2x6xf32>, tensor<2x6xf32> -> tensor<2x2xf32>
  %0 = tl.contract %x, %x [[0, 2], [1, 2], [0, 1]] : tensor<2x6xf32>, tensor<2x6xf32> -> tensor<2x2xf32>
  // CHECK: tl.reduce_sum %{{.*}} [0, 1] : tensor<2x6xf32> -> tensor<f32>
  %1 = tl.reduce_sum %x [0, 1] : tensor<2x6xf32> -> tensor<f32>
  // CHECK: tl.reduce_max %{{.*}} [1] : tensor<2x6xf32> -> tensor<2xf32>
  %2 = tl.reduce_max %x [1] : tensor<2x6xf32> -> tensor<2xf32>
  // CHECK: tl.argmax %{{.*}} axis 1 : tensor<2x6xf32> -> tensor<2xi32>
  %3 = tl.argmax %x axis 1 : tensor<2x6xf32> -> tensor<2xi32>
  // CHECK: tl.argsort %{{.*}} : tensor<2x6xf32> -> tensor<2x6xi32>
  %up = tl.argsort %x : tensor<2x6xf32> -> tensor<2x6xi32>
  // CHECK: tl.argsort %{{.*}} descending : tensor<2x6xf32> -> tensor<2x6xi32>
  %down = tl.argsort %x descending : tensor<2x6xf32> -> tensor<2x6xi32>
  // CHECK: tl.reshape %{{.*}} : tensor<2x6xf32> -> tensor<3x4xf32>
  %4 = tl.reshape %x : tensor<2x6xf32> -> tensor<3x4xf32>
  // CHECK: tl.transpose %{{.*}} [1, 0] : tensor<2x6xf32> -> tensor<6x2xf32>
  %5 = tl.transpose %x [1, 0] : tensor<2x6xf32> -> tensor<6x2xf32>
  // CHECK: tl.broadcast %{{.*}} [0, 2] : tensor<2x6xf32> -> tensor<2x5x6xf32>
  %6 = tl.broadcast %x [0, 2] : tensor<2x6xf32> -> tensor<2x5x6xf32>
  // CHECK: tl.broadcast %{{.*}} [] : tensor<f32> -> tensor<4xf32>
  %7 = tl.broadcast %1 [] : tensor<f32> -> tensor<4xf32>
  // CHECK: tl.slice %{{.*}} starts [0, 1] limits [2, 6] strides [1, 2] : tensor<2x6xf32> -> tensor<2x3xf32>
  %8 = tl.slice %x starts [0, 1] limits [2, 6] strides [1, 2] : tensor<2x6xf32> -> tensor<2x3xf32>
  // CHECK: tl.pad %{{.*}} before [1, 0] after [0, 2] : tensor<2x6xf32> -> tensor<3x8xf32>
  %9 = tl.pad %x before [1, 0] after [0, 2] : tensor<2x6xf32> -> tensor<3x8xf32>
  // CHECK: tl.concat axis 0 %{{.*}}, %{{.*}} : tensor<2x6xf32>, tensor<2x6xf32> -> tensor<4x6xf32>
  %10 = tl.concat axis 0 %x, %x : tensor<2x6xf32>, tensor<2x6xf32> -> tensor<4x6xf32>
  // CHECK: tl.window %{{.*}} axis 1 size 2 stride 3 dilation 2 : tensor<2x6xf32> -> tensor<2x2x2xf32>
  %w = tl.window %x axis 1 size 2 stride 3 dilation 2 : tensor<2x6xf32> -> tensor<2x2x2xf32>
  // CHECK: tl.fold %{{.*}} axis 1 size 2 stride 3 dilation 2 : tensor<2x2x2xf32> -> tensor<2x6xf32>
  %f = tl.fold %w axis 1 size 2 stride 3 dilation 2 : tensor<2x2x2xf32> -> tensor<2x6xf32>
  // CHECK: tl.gather %{{.*}}, %{{.*}} : tensor<2x6xf32>, tensor<3xi32> -> tensor<3x6xf32>
  %11 = tl.gather %x, %ids : tensor<2x6xf32>, tensor<3xi32> -> tensor<3x6xf32>
  // CHECK: tl.scatter_add %{{.*}}, %{{.*}} : tensor<3xi32>, tensor<3x6xf32> -> tensor<9x6xf32>
  %12 = tl.scatter_add %ids, %11 : tensor<3xi32>, tensor<3x6xf32> -> tensor<9x6xf32>
  // CHECK: tl.first %{{.*}} : tensor<3xi32>
  %13 = tl.first %ids : tensor<3xi32>
  // CHECK: tl.put_rows %{{.*}}, %{{.*}}, %{{.*}} : tensor<9x6xf32>, tensor<3xi32>, tensor<3x6xf32>
  %14 = tl.put_rows %12, %13, %11 : tensor<9x6xf32>, tensor<3xi32>, tensor<3x6xf32>
  return
}

// CHECK-LABEL: func @scan
func.func @scan() {
  %s = tl.constant 0.0 : tensor<2xf32>
  %x = tl.input "x" : tensor<5x2xf32>
  %k = tl.input "k" : tensor<2xf32>
  // CHECK: tl.scan reverse(%{{.*}}) over(%{{.*}}) with(%{{.*}}) {
  // CHECK-NEXT: ^bb0(%[[S:.*]]: tensor<2xf32>, %[[P:.*]]: tensor<2xf32>, %{{.*}}: tensor<2xf32>):
  // CHECK-NEXT: tl.yield %[[P]], %[[S]] : tensor<2xf32>, tensor<2xf32>
  // CHECK-NEXT: } : (tensor<2xf32>, tensor<5x2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<5x2xf32>)
  %r:2 = tl.scan reverse (%s) over (%x) with (%k) {
  ^bb0(%a: tensor<2xf32>, %p: tensor<2xf32>, %c: tensor<2xf32>):
    tl.yield %p, %a : tensor<2xf32>, tensor<2xf32>
  } : (tensor<2xf32>, tensor<5x2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<5x2xf32>)
  return
}

// CHECK-LABEL: func @effects
func.func @effects() {
  %w = tl.read @w : tensor<4xf32>
  %v = tl.read @u : tensor<2xf32>
  %loss = tl.reduce_sum %w [0] : tensor<4xf32> -> tensor<f32>
  // CHECK: tl.gradient %{{.*}} wrt %{{.*}}, %{{.*}} : tensor<f32>, tensor<4xf32>, tensor<2xf32>
  %g:2 = tl.gradient %loss wrt %w, %v : tensor<f32>, tensor<4xf32>, tensor<2xf32>
  // CHECK: tl.write @w, %{{.*}}#0 : tensor<4xf32>
  tl.write @w, %g#0 : tensor<4xf32>
  // CHECK: tl.output "loss.sum", %{{.*}} : tensor<f32>
  tl.output "loss.sum", %loss : tensor<f32>
  return
}
