// What makes two nodes of the calculus one and the same.
#include "compiler/calculus/Graph.h"
#include <gtest/gtest.h>
#include <limits>

namespace tl {

static Node window() {
  Node node{Op::Window, {0}, {}, {DType::F32, {4, 2, 2}}, {}};
  node.attributes.axis = 1;
  node.attributes.size = 2;
  return node;
}

TEST(Nodes, differByEachOfTheirAttributes) {
  // clang-format off
  const std::vector<void (*)(Attributes &)> changes = {
      [](Attributes &a) { a.axes = {1}; },     [](Attributes &a) { a.indices = {{1}}; }, [](Attributes &a) { a.starts = {1}; },
      [](Attributes &a) { a.limits = {1}; },   [](Attributes &a) { a.strides = {1}; },   [](Attributes &a) { a.size = 3; },
      [](Attributes &a) { a.stride = 2; },     [](Attributes &a) { a.dilation = 2; },    [](Attributes &a) { a.axis = 0; },
      [](Attributes &a) { a.value = -0.0; },   [](Attributes &a) { a.site = 1; },        [](Attributes &a) { a.name = "x"; },
      [](Attributes &a) { a.argument = 1; },   [](Attributes &a) { a.result = 1; },      [](Attributes &a) { a.states = 1; },
      [](Attributes &a) { a.walked = 1; },     [](Attributes &a) { a.isReverse = true; }, [](Attributes &a) { a.isFrozen = true; },
      [](Attributes &a) { a.goesOn = true; }};
  // clang-format on
  for (size_t i = 0; i < changes.size(); ++i) {
    Node changed = window();
    changes[i](changed.attributes);
    EXPECT_FALSE(changed == window()) << "change " << i;
  }
}

TEST(Nodes, differByOpOperandsTypeAndBody) {
  Node op = window(), operands = window(), type = window(), body = window();
  op.op = Op::Fold;
  operands.operands = {1};
  type.type.shape = {4, 2, 3};
  body.body = Body(std::make_shared<Function>());
  for (const Node &changed : {op, operands, type, body})
    EXPECT_FALSE(changed == window());
}

TEST(Nodes, areEqualWhereverTheyStand) {
  Node there = window();
  there.span = ast::Span{1, 20, 3, 4};
  EXPECT_TRUE(there == window());
}

TEST(Nodes, withBodiesAreEqualWhereTheseAre) {
  auto scan = [](int64_t stride) {
    Function function;
    function.nodes = {window()};
    function.nodes[0].attributes.stride = stride;
    Node node = window();
    node.body = Body(std::make_shared<Function>(std::move(function)));
    return node;
  };
  EXPECT_TRUE(scan(1) == scan(1));
  EXPECT_FALSE(scan(1) == scan(2));
}

TEST(Nodes, tellNumbersApartByTheirBits) {
  Node number = window(), same = window();
  number.attributes.value = same.attributes.value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(number == same);
  same.attributes.value = 1;
  EXPECT_FALSE(number == same);
}

} // namespace tl
