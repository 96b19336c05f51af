// What is said to belong to one record each does so: every rule is held against numbers, in cases that a wrong one would get wrong.
#include "compiler/ir/TlDialect.h"
#include "compiler/passes/RecordWise.h"
#include "compiler/reference/Evaluate.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <random>

namespace tl {
namespace {

constexpr int64_t batch = 4; // as many as some tensors have columns: an axis is no batch because of its size

/// `%y = …`; the fields %x, %u, %h and %ids of the records and the weights %w, %v and %t stand before it.
struct Case {
  const char *name, *text;
  const char *expected; // "axis/rows of a record" of each axis that keeps records apart; "fixed …": all are alike there; else why not
  bool isCautious = false; // an axis would, but no rule says so
};

const char *declared = R"(
  tl.runtime_scalar @rate
  tl.runtime_scalar @phase.step each step
  tl.variable @w parameter : tensor<4x4xf32>
  tl.variable @v parameter : tensor<4xf32>
  tl.variable @t parameter : tensor<4x3xf32>
  tl.variable @trained parameter : tensor<f32>
)";

const char *before = R"(
  %x = tl.input "x" : tensor<4x4xf32>
  %u = tl.input "u" : tensor<4x3xf32>
  %h = tl.input "h" : tensor<4x2x3xf32>
  %ids = tl.input "ids" : tensor<4xi32>
  %w = tl.read @w : tensor<4x4xf32>
  %v = tl.read @v : tensor<4xf32>
  %t = tl.read @t : tensor<4x3xf32>
)";

// clang-format off
const std::vector<Case> cases = {
    {"of records", "%y = tl.exp %x : tensor<4x4xf32>", "0/1"},
    {"two of the same record", "%y = tl.mul %x, %x : tensor<4x4xf32>", "0/1"},
    {"of a record and of another", R"(%a = tl.transpose %x [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
                                      %y = tl.add %x, %a : tensor<4x4xf32>)", "mixes"},
    {"weights by record", "%y = tl.add %x, %w : tensor<4x4xf32>", "mixes"},
    {"the same for all", R"(%a = tl.broadcast %v [1] : tensor<4xf32> -> tensor<4x4xf32>
                            %y = tl.add %x, %a : tensor<4x4xf32>)", "0/1"},
    {"one number for each place", R"(%a = tl.broadcast %v [0] : tensor<4xf32> -> tensor<4x4xf32>
                                     %y = tl.add %x, %a : tensor<4x4xf32>)", "mixes"},
    {"a constant", R"(%a = tl.constant 2.0 : tensor<4x4xf32>
                      %y = tl.mul %x, %a : tensor<4x4xf32>)", "0/1"},
    {"a constant alone", "%y = tl.constant 2.0 : tensor<8x3xf32>", "fixed 0/2"},
    {"columns numbered", R"(%a = tl.iota axis 1 : tensor<4x4xi32>
                            %b = tl.cast %a : tensor<4x4xi32> -> tensor<4x4xf32>
                            %y = tl.mul %x, %b : tensor<4x4xf32>)", "0/1"},
    {"records numbered", R"(%a = tl.iota axis 0 : tensor<4x4xi32>
                            %b = tl.cast %a : tensor<4x4xi32> -> tensor<4x4xf32>
                            %y = tl.mul %x, %b : tensor<4x4xf32>)", "mixes"},
    {"a product with weights", "%y = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>", "0/1"},
    {"turned round", "%y = tl.contract %w, %x [[0, 2], [1, 2], [0, 1]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>", "1/1"},
    {"of each record with itself", "%y = tl.contract %x, %x [[0, 1], [0, 1], [0]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4xf32>", "0/1"},
    {"of all records with all", "%y = tl.contract %x, %x [[0, 2], [1, 2], [0, 1]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>", "mixes"},
    {"a sum over records in a product", "%y = tl.contract %x, %x [[2, 0], [2, 1], [0, 1]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>", "mixes"},
    {"a weight for each record", "%y = tl.contract %x, %v [[0, 1], [0], [0, 1]] : tensor<4x4xf32>, tensor<4xf32> -> tensor<4x4xf32>", "mixes"},
    {"an outer product", "%y = tl.contract %u, %v [[0, 1], [2], [0, 1, 2]] : tensor<4x3xf32>, tensor<4xf32> -> tensor<4x3x4xf32>", "0/1"},
    {"rows of a record in a product", R"(%a = tl.reshape %h : tensor<4x2x3xf32> -> tensor<8x3xf32>
                                         %y = tl.contract %a, %t [[0, 2], [1, 2], [0, 1]] : tensor<8x3xf32>, tensor<4x3xf32> -> tensor<8x4xf32>)", "0/2"},
    {"a product of weights alike", R"(%a = tl.broadcast %v [1] : tensor<4xf32> -> tensor<8x4xf32>
                                      %y = tl.contract %a, %w [[0, 2], [2, 1], [0, 1]] : tensor<8x4xf32>, tensor<4x4xf32> -> tensor<8x4xf32>)", "fixed 0/2"},
    {"a sum within records", "%y = tl.reduce_sum %h [1, 2] : tensor<4x2x3xf32> -> tensor<4xf32>", "0/1"},
    {"a sum over records", "%y = tl.reduce_sum %x [0] : tensor<4x4xf32> -> tensor<4xf32>", "mixes"},
    {"a sum before the records", R"(%a = tl.transpose %h [1, 0, 2] : tensor<4x2x3xf32> -> tensor<2x4x3xf32>
                                    %y = tl.reduce_sum %a [0] : tensor<2x4x3xf32> -> tensor<4x3xf32>)", "0/1"},
    {"a maximum within records", "%y = tl.reduce_max %h [1] : tensor<4x2x3xf32> -> tensor<4x3xf32>", "0/1"},
    {"a maximum over records", "%y = tl.reduce_max %x [0] : tensor<4x4xf32> -> tensor<4xf32>", "mixes"},
    {"the greatest of a record", "%y = tl.argmax %x axis 1 : tensor<4x4xf32> -> tensor<4xi32>", "0/1"},
    {"the greatest record", "%y = tl.argmax %x axis 0 : tensor<4x4xf32> -> tensor<4xi32>", "mixes"},
    {"rows merged with records", "%y = tl.reshape %h : tensor<4x2x3xf32> -> tensor<8x3xf32>", "0/2"},
    {"all merged with records", "%y = tl.reshape %h : tensor<4x2x3xf32> -> tensor<24xf32>", "0/6"},
    {"records cut in pieces", "%y = tl.reshape %x : tensor<4x4xf32> -> tensor<2x8xf32>", "mixes"},
    {"records behind columns merged", R"(%a = tl.transpose %u [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
                                         %y = tl.reshape %a : tensor<3x4xf32> -> tensor<12xf32>)", "mixes"},
    {"records behind columns", R"(%a = tl.transpose %h [2, 0, 1] : tensor<4x2x3xf32> -> tensor<3x4x2xf32>
                                  %y = tl.reshape %a : tensor<3x4x2xf32> -> tensor<3x8xf32>)", "1/2"},
    {"repeated within records", "%y = tl.broadcast %u [0, 2] : tensor<4x3xf32> -> tensor<4x4x3xf32>", "0/1"},
    {"repeated before records", "%y = tl.broadcast %u [1, 2] : tensor<4x3xf32> -> tensor<4x4x3xf32>", "1/1"},
    {"weights repeated", "%y = tl.broadcast %t [1, 2] : tensor<4x3xf32> -> tensor<4x4x3xf32>", "fixed 0/1"},
    {"rows of weights by record", "%y = tl.gather %t, %ids : tensor<4x3xf32>, tensor<4xi32> -> tensor<4x3xf32>", "0/1"},
    {"rows that are records", R"(%a = tl.iota axis 0 : tensor<4xi32>
                                 %b = tl.constant 3 : tensor<4xi32>
                                 %c = tl.sub %b, %a : tensor<4xi32>
                                 %y = tl.gather %u, %c : tensor<4x3xf32>, tensor<4xi32> -> tensor<4x3xf32>)", "mixes"},
    {"rows of records by records", "%y = tl.gather %u, %ids : tensor<4x3xf32>, tensor<4xi32> -> tensor<4x3xf32>", "mixes"},
    {"parts of records", R"(%a = tl.transpose %u [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
                            %b = tl.constant 1 : tensor<4x2xi32>
                            %y = tl.gather %a, %b : tensor<3x4xf32>, tensor<4x2xi32> -> tensor<4x2x4xf32>)", "2/1"},
    {"turned twice", R"(%a = tl.transpose %h [2, 0, 1] : tensor<4x2x3xf32> -> tensor<3x4x2xf32>
                        %y = tl.transpose %a [1, 2, 0] : tensor<3x4x2xf32> -> tensor<4x2x3xf32>)", "0/1"},
    {"turned", "%y = tl.transpose %h [2, 0, 1] : tensor<4x2x3xf32> -> tensor<3x4x2xf32>", "1/1"},
    {"a part of each record", "%y = tl.slice %x starts [0, 1] limits [4, 3] strides [1, 1] : tensor<4x4xf32> -> tensor<4x2xf32>", "0/1"},
    {"a part of the records", R"(%a = tl.reshape %h : tensor<4x2x3xf32> -> tensor<8x3xf32>
                                 %y = tl.slice %a starts [2, 0] limits [6, 3] strides [1, 1] : tensor<8x3xf32> -> tensor<4x3xf32>)", "mixes"},
    {"every second row", R"(%a = tl.reshape %h : tensor<4x2x3xf32> -> tensor<8x3xf32>
                            %y = tl.slice %a starts [1, 0] limits [8, 3] strides [2, 1] : tensor<8x3xf32> -> tensor<4x3xf32>)", "mixes", true},
    {"columns padded", "%y = tl.pad %u before [0, 1] after [0, 2] : tensor<4x3xf32> -> tensor<4x6xf32>", "0/1"},
    {"records padded", "%y = tl.pad %u before [1, 0] after [3, 0] : tensor<4x3xf32> -> tensor<8x3xf32>", "mixes"},
    {"records padded in front", "%y = tl.pad %u before [4, 0] after [0, 0] : tensor<4x3xf32> -> tensor<8x3xf32>", "mixes"},
    {"windows within records", "%y = tl.window %x axis 1 size 2 stride 2 dilation 1 : tensor<4x4xf32> -> tensor<4x2x2xf32>", "0/1"},
    {"windows before records", R"(%a = tl.transpose %u [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
                                  %y = tl.window %a axis 0 size 2 stride 1 dilation 1 : tensor<3x4xf32> -> tensor<2x2x4xf32>)", "2/1"},
    {"windows over records", R"(%a = tl.reshape %h : tensor<4x2x3xf32> -> tensor<8x3xf32>
                                %y = tl.window %a axis 0 size 5 stride 1 dilation 1 : tensor<8x3xf32> -> tensor<4x5x3xf32>)", "mixes"},
    {"windows of all records", "%y = tl.window %u axis 0 size 4 stride 1 dilation 1 : tensor<4x3xf32> -> tensor<1x4x3xf32>", "mixes", true},
    {"windows added within records", "%y = tl.fold %h axis 1 size 3 stride 1 dilation 1 : tensor<4x2x3xf32> -> tensor<4x4xf32>", "0/1"},
    {"windows added before records", R"(%a = tl.transpose %h [1, 2, 0] : tensor<4x2x3xf32> -> tensor<2x3x4xf32>
                                        %y = tl.fold %a axis 0 size 3 stride 1 dilation 1 : tensor<2x3x4xf32> -> tensor<4x4xf32>)", "1/1"},
    {"a window of each record added", R"(%a = tl.broadcast %x [0, 1] : tensor<4x4xf32> -> tensor<4x4x3xf32>
                                         %y = tl.fold %a axis 0 size 4 stride 4 dilation 1 : tensor<4x4x3xf32> -> tensor<16x3xf32>)", "mixes", true},
    {"windows over records added", R"(%a = tl.pad %x before [0, 0] after [0, 1] : tensor<4x4xf32> -> tensor<4x5xf32>
                                      %b = tl.broadcast %a [0, 1] : tensor<4x5xf32> -> tensor<4x5x3xf32>
                                      %y = tl.fold %b axis 0 size 5 stride 1 dilation 1 : tensor<4x5x3xf32> -> tensor<8x3xf32>)", "mixes"},
    {"records within windows added", R"(%a = tl.transpose %u [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
                                        %b = tl.broadcast %a [0, 1] : tensor<3x4xf32> -> tensor<3x4x2xf32>
                                        %y = tl.fold %b axis 0 size 4 stride 2 dilation 1 : tensor<3x4x2xf32> -> tensor<8x2xf32>)", "mixes"},
    {"columns joined", "%y = tl.concat axis 1 %x, %u : tensor<4x4xf32>, tensor<4x3xf32> -> tensor<4x7xf32>", "0/1"},
    {"records joined", "%y = tl.concat axis 0 %u, %u : tensor<4x3xf32>, tensor<4x3xf32> -> tensor<8x3xf32>", "mixes"},
    {"records joined with weights", "%y = tl.concat axis 0 %u, %t : tensor<4x3xf32>, tensor<4x3xf32> -> tensor<8x3xf32>", "mixes"},
    {"weights joined with records", "%y = tl.concat axis 1 %u, %t : tensor<4x3xf32>, tensor<4x3xf32> -> tensor<4x6xf32>", "mixes"},
    {"sums by row", "%y = tl.scatter_add %ids, %u : tensor<4xi32>, tensor<4x3xf32> -> tensor<4x3xf32>", "mixes"},
    {"the first of equals", "%y = tl.first %ids : tensor<4xi32>", "mixes"},
    {"rows put in place", R"(%i = tl.iota axis 0 : tensor<4xi32>
                             %y = tl.put_rows %t, %i, %u : tensor<4x3xf32>, tensor<4xi32>, tensor<4x3xf32>)", "mixes", true},
    {"steps within records", R"(%a = tl.transpose %h [1, 0, 2] : tensor<4x2x3xf32> -> tensor<2x4x3xf32>
                                %s = tl.constant 0.0 : tensor<4x3xf32>
                                %y = tl.scan (%s) over (%a) with () {
                                ^bb0(%p: tensor<4x3xf32>, %q: tensor<4x3xf32>):
                                  %r = tl.add %p, %q : tensor<4x3xf32>
                                  tl.yield %r : tensor<4x3xf32>
                                } : (tensor<4x3xf32>, tensor<2x4x3xf32>) -> tensor<4x3xf32>)", "0/1"},
    {"steps stacked", R"(%a = tl.transpose %h [1, 0, 2] : tensor<4x2x3xf32> -> tensor<2x4x3xf32>
                         %s = tl.constant 0.0 : tensor<4x3xf32>
                         %z, %y = tl.scan (%s) over (%a) with () {
                         ^bb0(%p: tensor<4x3xf32>, %q: tensor<4x3xf32>):
                           %r = tl.add %p, %q : tensor<4x3xf32>
                           %e = tl.exp %r : tensor<4x3xf32>
                           tl.yield %r, %e : tensor<4x3xf32>, tensor<4x3xf32>
                         } : (tensor<4x3xf32>, tensor<2x4x3xf32>) -> (tensor<4x3xf32>, tensor<2x4x3xf32>))", "1/1"},
    {"a record for each step", R"(%s = tl.constant 0.0 : tensor<3xf32>
                                  %z, %y = tl.scan (%s) over (%u) with () {
                                  ^bb0(%p: tensor<3xf32>, %q: tensor<3xf32>):
                                    %r = tl.add %p, %q : tensor<3xf32>
                                    tl.yield %r, %r : tensor<3xf32>, tensor<3xf32>
                                  } : (tensor<3xf32>, tensor<4x3xf32>) -> (tensor<3xf32>, tensor<4x3xf32>))", "mixes"},
    {"records exchanged by a step", R"(%a = tl.constant 0.5 : tensor<2x4x4xf32>
                                       %y = tl.scan (%x) over (%a) with () {
                                       ^bb0(%p: tensor<4x4xf32>, %q: tensor<4x4xf32>):
                                         %r = tl.transpose %p [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
                                         %m = tl.sub %r, %q : tensor<4x4xf32>
                                         %n = tl.add %m, %p : tensor<4x4xf32>
                                         tl.yield %n : tensor<4x4xf32>
                                       } : (tensor<4x4xf32>, tensor<2x4x4xf32>) -> tensor<4x4xf32>)", "mixes"},
    {"weights by record in a step", R"(%a = tl.constant 0.5 : tensor<2x4x4xf32>
                                       %y = tl.scan (%x) over (%a) with (%w) {
                                       ^bb0(%p: tensor<4x4xf32>, %q: tensor<4x4xf32>, %k: tensor<4x4xf32>):
                                         %r = tl.add %p, %k : tensor<4x4xf32>
                                         tl.yield %r : tensor<4x4xf32>
                                       } : (tensor<4x4xf32>, tensor<2x4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>)", "mixes"},
    {"a draw", R"(%a = tl.random site 7 : tensor<4x3xf32>
                  %y = tl.add %u, %a : tensor<4x3xf32>)", "random"},
    {"what is trained", R"(%a = tl.read @trained : tensor<f32>
                           %b = tl.broadcast %a [] : tensor<f32> -> tensor<4x3xf32>
                           %y = tl.mul %u, %b : tensor<4x3xf32>)", "trained"},
    {"number of the step", R"(%a = tl.scalar @phase.step : tensor<f64>
                             %c = tl.cast %a : tensor<f64> -> tensor<f32>
                             %b = tl.broadcast %c [] : tensor<f32> -> tensor<4x3xf32>
                             %y = tl.mul %u, %b : tensor<4x3xf32>)", "step"},
    {"a param", R"(%a = tl.scalar @rate : tensor<f64>
                   %c = tl.cast %a : tensor<f64> -> tensor<f32>
                   %b = tl.broadcast %c [] : tensor<f32> -> tensor<4x3xf32>
                   %y = tl.mul %u, %b : tensor<4x3xf32>)", "0/1"},
    {"what fills up a batch", R"(%a = tl.input "valid" : tensor<4xf32>
                                 %b = tl.broadcast %a [0] : tensor<4xf32> -> tensor<4x3xf32>
                                 %y = tl.mul %u, %b : tensor<4x3xf32>)", "place"},
};
// clang-format on

class RecordWise : public testing::TestWithParam<Case> {
protected:
  RecordWise() {
    context.loadDialect<ir::TlDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(std::string(declared) + "func.func @f() {" + before + GetParam().text + "\nreturn\n}", &context);
    if (!module)
      throw std::runtime_error(GetParam().text);
    function = module->lookupSymbol<mlir::func::FuncOp>("f");
    mlir::Operation *last = function.front().getTerminator()->getPrevNode();
    y = last->getResults().back();
    mlir::OpBuilder b(function.front().getTerminator());
    ir::OutputOp::create(b, last->getLoc(), "y", mlir::IntegerAttr(), y);
  }

  /// Every input and variable, drawn anew.
  reference::Given draw() {
    reference::Given given;
    given.scalars = {{"phase.step", 3}, {"rate", 0.5}};
    for (mlir::Operation &op : function.front()) {
      if (!llvm::isa<ir::InputOp, ir::ReadOp>(op))
        continue;
      TensorType type = ir::typeOf(op.getResult(0));
      reference::Tensor tensor(type.shape);
      for (double &element : tensor.data)
        element = type.dtype == DType::I32 ? double(random() % 4) : double(random() % 1999) / 1000 - 1;
      (llvm::isa<ir::InputOp>(op) ? given.inputs : given.variables)[ir::attributesOf(&op).name] = tensor;
    }
    return given;
  }

  /// The elements of record `r` along an axis.
  static std::vector<double> part(const reference::Tensor &tensor, RecordAxis axis, int64_t r) {
    int64_t behind = 1;
    for (size_t i = size_t(axis.axis) + 1; i < tensor.shape.size(); ++i)
      behind *= tensor.shape[i];
    std::vector<double> found;
    for (int64_t i = 0; i < tensor.data.size(); ++i)
      if (i / behind % tensor.shape[size_t(axis.axis)] / axis.inner == r)
        found.push_back(tensor.data[i]);
    return found;
  }

  /// Whether record r of one batch gives at its place what it gives at place s of another.
  bool keepsApart(RecordAxis axis) {
    for (int64_t r = 0; r < batch; ++r)
      for (int64_t s = 0; s < batch; ++s) {
        reference::Given one = draw(), other = draw();
        other.variables = one.variables;
        for (auto &[name, tensor] : other.inputs) {
          int64_t size = tensor.data.size() / batch;
          tensor.data.segment(s * size, size) = one.inputs[name].data.segment(r * size, size);
        }
        if (part(run(function, one).outputs["y"], axis, r) != part(run(function, other).outputs["y"], axis, s))
          return false;
      }
    return true;
  }

  bool isAlike(RecordAxis axis) {
    reference::Tensor value = run(function, draw()).outputs["y"];
    for (int64_t r = 1; r < batch; ++r)
      if (part(value, axis, r) != part(value, axis, 0))
        return false;
    return true;
  }

  std::mt19937 random{7};
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  mlir::Value y;
};

std::string textOf(const Standing &standing) {
  static const char *const causes[] = {"trained", "random", "step", "place", "mixes"};
  if (standing.isOther())
    return causes[int(standing.cause)];
  std::string text = standing.kind == Standing::Kind::Fixed ? "fixed" : "";
  for (RecordAxis each : standing.axes)
    text += (text.empty() ? "" : " ") + std::to_string(each.axis) + "/" + std::to_string(each.inner);
  return text;
}

TEST_P(RecordWise, keepsApartWhatItSays) {
  Variables written;
  written.insert(mlir::FlatSymbolRefAttr::get(&context, "trained"));
  Standing standing = standingsOf(function.front(), batch, written).lookup(y);
  EXPECT_EQ(textOf(standing), GetParam().expected);
  if (standing.isOther() && standing.cause != Standing::Cause::Mixes)
    return; // true of every draw, but not of every step
  std::vector<int64_t> shape = ir::typeOf(y).shape;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    RecordAxis each{int64_t(axis), shape[axis] / batch};
    if (shape[axis] % batch)
      continue;
    bool isTrue = standing.kind == Standing::Kind::Fixed ? isAlike(each) : keepsApart(each);
    bool isSaid = !standing.isOther() && llvm::is_contained(standing.axes, each);
    EXPECT_TRUE(isTrue || !isSaid) << "axis " << axis << " is said to keep records apart, and does not";
    EXPECT_TRUE(isSaid || !isTrue || GetParam().isCautious) << "axis " << axis << " keeps records apart, and no rule says so";
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, RecordWise, testing::ValuesIn(cases), [](const testing::TestParamInfo<Case> &info) {
  std::string name;
  for (bool isStart = false; char letter : std::string(info.param.name)) {
    if (letter != ' ')
      name += char(isStart ? std::toupper(letter) : letter);
    isStart = letter == ' ';
  }
  return name;
});

} // namespace
} // namespace tl
