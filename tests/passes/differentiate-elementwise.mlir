// RUN: tl-opt %s --tl-differentiate --tl-simplify | FileCheck %s

// The slope of each elementwise op, as the gradient of a sum.

tl.runtime_scalar @s
tl.variable @x parameter : tensor<4xf32>
tl.variable @a parameter : tensor<4xf32>
tl.variable @b parameter : tensor<4xf32>
tl.variable @x2 parameter : tensor<f32>

// CHECK-LABEL: func @exp
func.func @exp() {
  // CHECK: %[[Y:.*]] = tl.exp
  // CHECK: tl.write @x, %[[Y]]
  %x = tl.read @x : tensor<4xf32>
  %y = tl.exp %x : tensor<4xf32>
  %l = tl.reduce_sum %y [0] : tensor<4xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<4xf32>
  tl.write @x, %g : tensor<4xf32>
  return
}

// CHECK-LABEL: func @tanh
func.func @tanh() {
  // CHECK: %[[Y:.*]] = tl.tanh
  // CHECK: %[[YY:.*]] = tl.mul %[[Y]], %[[Y]]
  // CHECK: %[[D:.*]] = tl.sub %{{.*}}, %[[YY]]
  // CHECK: tl.write @x, %[[D]]
  %x = tl.read @x : tensor<4xf32>
  %y = tl.tanh %x : tensor<4xf32>
  %l = tl.reduce_sum %y [0] : tensor<4xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<4xf32>
  tl.write @x, %g : tensor<4xf32>
  return
}

// CHECK-LABEL: func @div
func.func @div() {
  // CHECK: %[[B:.*]] = tl.read @b
  // CHECK: %[[Y:.*]] = tl.div %{{.*}}, %[[B]]
  // CHECK: %[[DA:.*]] = tl.div %{{.*}}, %[[B]]
  // CHECK: %[[DAY:.*]] = tl.mul %[[DA]], %[[Y]]
  // CHECK: %[[DB:.*]] = tl.neg %[[DAY]]
  // CHECK: tl.write @a, %[[DA]]
  // CHECK: tl.write @b, %[[DB]]
  %a = tl.read @a : tensor<4xf32>
  %b = tl.read @b : tensor<4xf32>
  %y = tl.div %a, %b : tensor<4xf32>
  %l = tl.reduce_sum %y [0] : tensor<4xf32> -> tensor<f32>
  %g:2 = tl.gradient %l wrt %a, %b : tensor<f32>, tensor<4xf32>, tensor<4xf32>
  tl.write @a, %g#0 : tensor<4xf32>
  tl.write @b, %g#1 : tensor<4xf32>
  return
}

// A relu, max(x, 0), has slope 0 at 0: the gradient asks for x > 0.
// CHECK-LABEL: func @relu
func.func @relu() {
  // CHECK: %[[X:.*]] = tl.read @x
  // CHECK: %[[C:.*]] = tl.gt %[[X]], %[[ZERO:.*]] : tensor<4xf32>
  // CHECK: %[[D:.*]] = tl.select %[[C]], %{{.*}}, %[[ZERO]]
  // CHECK: tl.write @x, %[[D]]
  %x = tl.read @x : tensor<4xf32>
  %zero = tl.constant 0.0 : tensor<4xf32>
  %y = tl.max %x, %zero : tensor<4xf32>
  %l = tl.reduce_sum %y [0] : tensor<4xf32> -> tensor<f32>
  %g = tl.gradient %l wrt %x : tensor<f32>, tensor<4xf32>
  tl.write @x, %g : tensor<4xf32>
  return
}

// CHECK-LABEL: func @cast_back
func.func @cast_back() {
  // CHECK: %[[X:.*]] = tl.read @x2
  // CHECK: %[[Y:.*]] = tl.cast %[[X]] : tensor<f32> -> tensor<f64>
  // CHECK: %[[D:.*]] = tl.mul %{{.*}}, %[[Y]] : tensor<f64>
  // CHECK: %[[DY:.*]] = tl.add %[[D]], %[[D]]
  // CHECK: %[[DX:.*]] = tl.cast %[[DY]] : tensor<f64> -> tensor<f32>
  // CHECK: tl.write @x2, %[[DX]]
  %x = tl.read @x2 : tensor<f32>
  %s = tl.scalar @s : tensor<f64>
  %y = tl.cast %x : tensor<f32> -> tensor<f64>
  %yy = tl.mul %y, %y : tensor<f64>
  %l = tl.mul %yy, %s : tensor<f64>
  %g = tl.gradient %l wrt %x : tensor<f64>, tensor<f32>
  tl.write @x2, %g : tensor<f32>
  return
}
