// What the reference says of each op where a formula alone leaves doubt: edges, ties, signs, whole numbers, random words.
#include "compiler/ir/TlDialect.h"
#include "compiler/reference/Evaluate.h"
#include "compiler/reference/Random.h"
#include "mlir/Parser/Parser.h"
#include <cmath>
#include <gtest/gtest.h>

namespace tl::reference {
namespace {

using Numbers = std::vector<double>;

class Ops : public testing::Test {
protected:
  Ops() { context.loadDialect<ir::TlDialect, mlir::func::FuncDialect>(); }

  struct Operand {
    std::string type;
    Numbers numbers;
  };

  /// The result of `%y = TEXT`, in which the operands are %0, %1, …; `type` is that of %y.
  Tensor of(const std::string &text, const std::string &type, const std::vector<Operand> &operands = {}, Given given = {}) {
    std::string declared, body;
    for (size_t i = 0; i < operands.size(); ++i) {
      std::string name = "@\"" + std::to_string(i) + "\"", typed = " : tensor<" + operands[i].type + ">\n";
      declared += "tl.variable " + name + " parameter" + typed;
      body += "%" + std::to_string(i) + " = tl.read " + name + typed;
    }
    std::string several = text.starts_with("tl.scan") ? ":2" : "", last = several.empty() ? "%y" : "%all";
    body += "%y" + several + " = " + text + "\ntl.output \"y\", " + last + " : tensor<" + type + ">\nreturn\n";
    auto module = mlir::parseSourceString<mlir::ModuleOp>(declared + "func.func @f() {\n" + body + "}", &context);
    if (!module)
      throw std::runtime_error(body);
    for (size_t i = 0; i < operands.size(); ++i) {
      auto read = *std::next(module->lookupSymbol<mlir::func::FuncOp>("f").getOps<ir::ReadOp>().begin(), long(i));
      given.variables[std::to_string(i)] = Tensor(ir::typeOf(read.getOut()).shape, operands[i].numbers);
    }
    return run(module->lookupSymbol<mlir::func::FuncOp>("f"), given).outputs.at("y");
  }

  mlir::MLIRContext context;
};

Numbers numbers(const Tensor &tensor) { return {tensor.data.begin(), tensor.data.end()}; }

TEST_F(Ops, maximaAndMinimaOfNaNAreNaN) {
  for (const char *op : {"tl.max", "tl.min"}) {
    Tensor y = of(std::string(op) + " %0, %1 : tensor<3xf32>", "3xf32", {{"3xf32", {NAN, 1, 2}}, {"3xf32", {1, NAN, 3}}});
    EXPECT_TRUE(std::isnan(y.data[0]) && std::isnan(y.data[1]));
    EXPECT_EQ(y.data[2], std::string(op) == "tl.max" ? 3 : 2);
  }
  Tensor y = of("tl.reduce_max %0 [1] : tensor<2x3xf32> -> tensor<2xf32>", "2xf32", {{"2x3xf32", {1, NAN, 2, -3, -1, -2}}});
  EXPECT_TRUE(std::isnan(y.data[0]));
  EXPECT_EQ(y.data[1], -1);
}

TEST_F(Ops, aScanHandsItsStateOnAndStacksInPlaceOfTheRow) {
  for (bool isReverse : {false, true}) {
    Tensor y = of(std::string("tl.scan ") + (isReverse ? "reverse " : "") + R"((%0) over (%1) with (%2) {
                  ^bb0(%s: tensor<f32>, %x: tensor<f32>, %k: tensor<f32>):
                    %p = tl.mul %s, %k : tensor<f32>
                    %n = tl.add %p, %x : tensor<f32>
                    tl.yield %n, %s : tensor<f32>, tensor<f32>
                  } : (tensor<f32>, tensor<3xf32>, tensor<f32>) -> (tensor<f32>, tensor<3xf32>)
                  %both = tl.reshape %y#0 : tensor<f32> -> tensor<1xf32>
                  %all = tl.concat axis 0 %both, %y#1 : tensor<1xf32>, tensor<3xf32> -> tensor<4xf32>)",
                  "4xf32", {{"f32", {1}}, {"3xf32", {5, 6, 7}}, {"f32", {2}}});
    EXPECT_EQ(numbers(y), isReverse ? (Numbers{8 * 1 + 4 * 7 + 2 * 6 + 5, 4 * 1 + 2 * 7 + 6, 2 * 1 + 7, 1})
                                    : (Numbers{8 * 1 + 4 * 5 + 2 * 6 + 7, 1, 2 * 1 + 5, 4 * 1 + 2 * 5 + 6}));
  }
}

TEST_F(Ops, theFirstOfEqualMaximaIsTold) {
  EXPECT_EQ(numbers(of("tl.argmax %0 axis 1 : tensor<3x3xf32> -> tensor<3xi32>", "3xi32",
                       {{"3x3xf32", {1, 2, 2, 5, 5, 5, -3, -4, -2}}})),
            (Numbers{1, 0, 2}));
  EXPECT_EQ(numbers(of("tl.argmax %0 axis 0 : tensor<2x2xi32> -> tensor<2xi32>", "2xi32", {{"2x2xi32", {1, 2, 3, 2}}})),
            (Numbers{1, 0}));
  double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(numbers(of("tl.argmax %0 axis 1 : tensor<3x2xf32> -> tensor<3xi32>", "3xi32", {{"3x2xf32", {nan, 2, 1, nan, 1, 2}}})),
            (Numbers{-1, -1, 1}));
}

TEST_F(Ops, wholeNumbersAreDividedTowardZeroAndWrap) {
  std::vector<Operand> x = {{"4xi32", {-7, 7, -7, 9}}, {"4xi32", {2, -2, -2, 0}}};
  EXPECT_EQ(numbers(of("tl.div %0, %1 : tensor<4xi32>", "4xi32", x)), (Numbers{-3, -3, 3, 9}));
  x = {{"2xi32", {2147483647, 65537}}, {"2xi32", {1, 65537}}};
  EXPECT_EQ(numbers(of("tl.add %0, %1 : tensor<2xi32>", "2xi32", x)), (Numbers{-2147483648.0, 131074}));
  EXPECT_EQ(numbers(of("tl.mul %0, %1 : tensor<2xi32>", "2xi32", x)), (Numbers{2147483647, 131073}));
  x = {{"1xi32", {1234567891}}, {"1xi32", {987654321}}};  // a product that no double holds
  EXPECT_EQ(numbers(of("tl.mul %0, %1 : tensor<1xi32>", "1xi32", x)), (Numbers{double(int32_t(1234567891u * 987654321u))}));
  EXPECT_EQ(numbers(of("tl.div %0, %1 : tensor<2xf32>", "2xf32", {{"2xf32", {-7, 1}}, {"2xf32", {2, 0}}})),
            (Numbers{-3.5, INFINITY}));
}

TEST_F(Ops, castsGoTowardZero) {
  EXPECT_EQ(numbers(of("tl.cast %0 : tensor<4xf32> -> tensor<4xi32>", "4xi32", {{"4xf32", {-1.9, 1.9, -0.5, 7}}})),
            (Numbers{-1, 1, 0, 7}));
  EXPECT_EQ(numbers(of("tl.cast %0 : tensor<3xf32> -> tensor<3xi1>", "3xi1", {{"3xf32", {0, 0.25, -3}}})), (Numbers{0, 1, 1}));
  EXPECT_EQ(numbers(of("tl.cast %0 : tensor<2xi1> -> tensor<2xf32>", "2xf32", {{"2xi1", {0, 1}}})), (Numbers{0, 1}));
}

TEST_F(Ops, signsFloorsAndPowers) {
  EXPECT_EQ(numbers(of("tl.sign %0 : tensor<3xf32>", "3xf32", {{"3xf32", {-2, 0, 5}}})), (Numbers{-1, 0, 1}));
  EXPECT_EQ(numbers(of("tl.floor %0 : tensor<3xf32>", "3xf32", {{"3xf32", {-1.5, 1.5, -2}}})), (Numbers{-2, 1, -2}));
  EXPECT_EQ(numbers(of("tl.pow %0, %1 : tensor<3xf64>", "3xf64", {{"3xf64", {-2, -2, 4}}, {"3xf64", {3, -1, 0.5}}})),
            (Numbers{-8, -0.5, 2}));
}

TEST_F(Ops, onlyInequalityHoldsOfNaN) {
  std::vector<Operand> x = {{"2xf32", {NAN, 1}}, {"2xf32", {NAN, 1}}};
  for (auto [op, wanted] : {std::pair("eq", Numbers{0, 1}), {"ne", {1, 0}}, {"lt", {0, 0}}, {"le", {0, 1}}, {"ge", {0, 1}}})
    EXPECT_EQ(numbers(of(std::string("tl.") + op + " %0, %1 : tensor<2xf32>", "2xi1", x)), wanted) << op;
}

TEST_F(Ops, whatIsNotChosenHasNoEffect) {
  EXPECT_EQ(numbers(of("tl.select %0, %1, %2 : tensor<2xf32>", "2xf32",
                       {{"2xi1", {1, 0}}, {"2xf32", {1, NAN}}, {"2xf32", {INFINITY, 2}}})),
            (Numbers{1, 2}));
}

TEST_F(Ops, layout) {
  Operand x{"2x3xf32", {0, 1, 2, 3, 4, 5}};
  EXPECT_EQ(numbers(of("tl.transpose %0 [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>", "3x2xf32", {x})),
            (Numbers{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(numbers(of("tl.slice %0 starts [1, 0] limits [2, 3] strides [1, 2] : tensor<2x3xf32> -> tensor<1x2xf32>",
                       "1x2xf32", {x})),
            (Numbers{3, 5}));
  EXPECT_EQ(numbers(of("tl.pad %0 before [0, 1] after [1, 0] : tensor<2x3xf32> -> tensor<3x4xf32>", "3x4xf32", {x})),
            (Numbers{0, 0, 1, 2, 0, 3, 4, 5, 0, 0, 0, 0}));
  EXPECT_EQ(numbers(of("tl.broadcast %0 [1] : tensor<2xf32> -> tensor<2x2x2xf32>", "2x2x2xf32", {{"2xf32", {1, 2}}})),
            (Numbers{1, 1, 2, 2, 1, 1, 2, 2}));
  EXPECT_EQ(numbers(of("tl.concat axis 1 %0, %1 : tensor<2x3xf32>, tensor<2x1xf32> -> tensor<2x4xf32>", "2x4xf32",
                       {x, {"2x1xf32", {8, 9}}})),
            (Numbers{0, 1, 2, 8, 3, 4, 5, 9}));
  EXPECT_EQ(numbers(of("tl.reduce_sum %0 [0] : tensor<2x3xf32> -> tensor<3xf32>", "3xf32", {x})), (Numbers{3, 5, 7}));
  EXPECT_EQ(numbers(of("tl.iota axis 1 : tensor<2x3xi32>", "2x3xi32")), (Numbers{0, 1, 2, 0, 1, 2}));
}

TEST_F(Ops, windows) {
  EXPECT_EQ(numbers(of("tl.window %0 axis 0 size 2 stride 3 dilation 2 : tensor<6xf32> -> tensor<2x2xf32>", "2x2xf32",
                       {{"6xf32", {0, 1, 2, 3, 4, 5}}})),
            (Numbers{0, 2, 3, 5}));
  EXPECT_EQ(numbers(of("tl.window %0 axis 0 size 2 stride 1 dilation 1 : tensor<3x2xf32> -> tensor<2x2x2xf32>", "2x2x2xf32",
                       {{"3x2xf32", {0, 1, 10, 11, 20, 21}}})),
            (Numbers{0, 1, 10, 11, 10, 11, 20, 21}));
  EXPECT_EQ(numbers(of("tl.fold %0 axis 0 size 2 stride 1 dilation 1 : tensor<3x2xf32> -> tensor<4xf32>", "4xf32",
                       {{"3x2xf32", {1, 2, 10, 20, 100, 200}}})),
            (Numbers{1, 12, 120, 200}));
}

TEST_F(Ops, rows) {
  EXPECT_EQ(numbers(of("tl.gather %0, %1 : tensor<3x2xf32>, tensor<2xi32> -> tensor<2x2xf32>", "2x2xf32",
                       {{"3x2xf32", {0, 1, 2, 3, 4, 5}}, {"2xi32", {2, 0}}})),
            (Numbers{4, 5, 0, 1}));
  EXPECT_EQ(numbers(of("tl.scatter_add %0, %1 : tensor<3xi32>, tensor<3xf32> -> tensor<4xf32>", "4xf32",
                       {{"3xi32", {2, 0, 2}}, {"3xf32", {1, 10, 100}}})),
            (Numbers{10, 0, 101, 0}));
}

TEST_F(Ops, firstPlacesAndRowsPut) {
  EXPECT_EQ(numbers(of("tl.first %0 : tensor<6xi32>", "6xi32", {{"6xi32", {7, -1, 7, 0, -1, 7}}})),
            (Numbers{0, 1, 0, 3, 1, 0}));
  EXPECT_EQ(numbers(of("tl.put_rows %0, %1, %2 : tensor<3x2xf32>, tensor<3xi32>, tensor<3x2xf32>", "3x2xf32",
                       {{"3x2xf32", {0, 1, 2, 3, 4, 5}}, {"3xi32", {2, -1, 3}}, {"3x2xf32", {10, 11, 12, 13, 14, 15}}})),
            (Numbers{0, 1, 2, 3, 10, 11}));
}

TEST_F(Ops, rowsThatATableHasNot) {
  Numbers rows = numbers(of("tl.gather %0, %1 : tensor<2xf32>, tensor<3xi32> -> tensor<3xf32>", "3xf32",
                            {{"2xf32", {5, 6}}, {"3xi32", {-1, 1, 2}}}));
  EXPECT_TRUE(std::isnan(rows[0]) && rows[1] == 6 && std::isnan(rows[2]));
  EXPECT_EQ(numbers(of("tl.gather %0, %1 : tensor<2xi32>, tensor<2xi32> -> tensor<2xi32>", "2xi32",
                       {{"2xi32", {5, 6}}, {"2xi32", {0, 2}}})),
            (Numbers{5, -1}));
  EXPECT_EQ(numbers(of("tl.scatter_add %0, %1 : tensor<3xi32>, tensor<3xf32> -> tensor<2xf32>", "2xf32",
                       {{"3xi32", {-1, 1, 2}}, {"3xf32", {1, 10, 100}}})),
            (Numbers{0, 10}));
}

/// y[b, j, s] = Σ i, t  x[i, b, t]·w[s, i, b, j]: a loop of all three, of two, of one alone that is summed.
TEST_F(Ops, contractionsAreTheirSums) {
  Numbers x(2 * 3 * 4), w(5 * 2 * 3 * 6);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = double(i % 7) - 3;
  for (size_t i = 0; i < w.size(); ++i)
    w[i] = double(i % 11) / 4;
  Tensor y = of("tl.contract %0, %1 [[0, 1, 2], [3, 0, 1, 4], [1, 4, 3]] : tensor<2x3x4xf32>, tensor<5x2x3x6xf32> -> "
                "tensor<3x6x5xf32>",
                "3x6x5xf32", {{"2x3x4xf32", x}, {"5x2x3x6xf32", w}});
  for (size_t b = 0; b < 3; ++b)
    for (size_t j = 0; j < 6; ++j)
      for (size_t s = 0; s < 5; ++s) {
        double sum = 0;
        for (size_t i = 0; i < 2; ++i)
          for (size_t t = 0; t < 4; ++t)
            sum += x[(i * 3 + b) * 4 + t] * w[((s * 2 + i) * 3 + b) * 6 + j];
        EXPECT_EQ(y.data[long((b * 6 + j) * 5 + s)], sum);
      }
}

/// The published vectors of Philox4x32-10: all zeros, all ones, and the digits of π.
TEST(Random, isPhilox) {
  EXPECT_EQ(randomBlock({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  uint32_t ones = 0xffffffff;
  EXPECT_EQ(randomBlock({ones, ones, ones, ones}, {ones, ones}), (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(randomBlock({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST_F(Ops, randomNumbersAreTheMiddlesOfPartsOfTheWords) {
  Given given;
  given.counters = {0x299f31d0a4093822, 0x0370734413198a2e};
  Tensor y = of("tl.random site 2242054355 : tensor<5xf32>", "5xf32", {}, given);
  for (uint32_t e = 0; e < 5; ++e) {
    uint32_t word = randomBlock({e / 4, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0})[e % 4];
    EXPECT_EQ(y.data[e], (2 * double(word / 512) + 1) / 16777216);
    EXPECT_EQ(y.data[e], double(float(y.data[e])));
  }
}

TEST_F(Ops, f32StaysDoubleUnlessRounded) {
  Given given;
  std::vector<Operand> x = {{"2xf32", {1, 1}}, {"2xf32", {0x1p-30, 3}}};
  EXPECT_EQ(of("tl.add %0, %1 : tensor<2xf32>", "2xf32", x).data[0], 1 + 0x1p-30);
  given.isRounded = true;
  EXPECT_EQ(of("tl.add %0, %1 : tensor<2xf32>", "2xf32", x, given).data[0], 1);
  EXPECT_EQ(of("tl.div %0, %1 : tensor<2xf32>", "2xf32", x, given).data[1], double(1.0f / 3));
  EXPECT_EQ(of("tl.div %0, %1 : tensor<2xf64>", "2xf64", {{"2xf64", {1, 1}}, {"2xf64", {3, 3}}}, given).data[1], 1.0 / 3);
}

TEST_F(Ops, writesTakeEffectAtTheEnd) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"(tl.variable @a parameter : tensor<f32>
  func.func @f() {
    %a = tl.read @a : tensor<f32>
    %b = tl.add %a, %a : tensor<f32>
    tl.write @a, %b : tensor<f32>
    %c = tl.read @a : tensor<f32>
    tl.output "c", %c : tensor<f32>
    return
  })",
                                                        &context);
  Given given;
  given.variables["a"] = Tensor({}, 3.0);
  Results results = run(module->lookupSymbol<mlir::func::FuncOp>("f"), given);
  EXPECT_EQ(results.writes.at("a").data[0], 6);
  EXPECT_EQ(results.outputs.at("c").data[0], 3);
}

}  // namespace
}  // namespace tl::reference
