// Mistakes in bodies: both sides with their numbers, all independent ones in one run, bounded work.
#include "Elaborated.h"

namespace tl {
namespace {

std::string messagesOf(const std::string &text, std::vector<int64_t> shape = {4, 6}) {
  Elaborated script(text);
  script.call("f", {script.input("x", shape)});
  return script.messages();
}

TEST(ElaboratorErrors, NameBothSidesWithTheirNumbers) {
  EXPECT_EQ(messagesOf("fn f(x: f32[b, d]) { w = random_uniform([7, d])\nx @ w }"),
            "cannot multiply f32[b = 4, d = 6] by f32[7, d = 6]: inner sizes differ, the left side has 6 columns, the "
            "right side 7 rows\n");
  EXPECT_EQ(messagesOf("fn f(x: f32[b, d]) { x + iota(6) }"), "cannot add f32[b = 4, d = 6] and i32[6]\n");
  EXPECT_EQ(messagesOf("fn f(x: f32[b, d]) { x + random_uniform([5]) }"),
            "cannot add f32[b = 4, d = 6] and f32[5]: axis -1 has 6 elements on the left and 5 on the right\n");
  EXPECT_EQ(messagesOf("fn f(x: f32[b, d]) { x as [b, 5] }"),
            "cannot read f32[b = 4, d = 6] as f32[b = 4, 5]: 24 elements against 20\n");
  EXPECT_EQ(messagesOf("fn f(x: f32[b, 5]) { x }"),
            "`x` of `f` is f32[4, 6], declared as f32[b = 4, 5]: axis 1 has 6 elements, not 5\n");
  EXPECT_EQ(messagesOf("fn f(x: f32[b, d]) -> f32[d, b] { x }"),
            "the result of `f` is f32[b = 4, d = 6], declared as f32[d = 6, b = 4]: axis 0 has 4 elements, `d` is 6\n");
  EXPECT_EQ(messagesOf("fn f(x: f32[b, d]) { x[:, 2..9] }"), "the range reaches 9, there are 6 elements\n");
  EXPECT_EQ(messagesOf("fn f(x: f32[b, d]) { sum(x, axis = 2) }"), "f32[b = 4, d = 6] has no axis 2\n");
}

TEST(ElaboratorErrors, SuggestTheNearestName) {
  EXPECT_EQ(messagesOf("fn f(x: f32[b, d]) { scale = 2\nx * scal }"),
            "`scal` is not declared; did you mean `scale`?\n");
  EXPECT_EQ(
      messagesOf(
          "fn f(x: f32[batch, width]) { einsum(\"batch width, widht k -> batch k\", x, random_uniform([6, 2])) }"),
      "einsum name `widht` appears once, in a tensor: no other tensor has it, nor the result; did you mean `width`?\n");
  EXPECT_EQ(messagesOf("fn g(x: f32[..], std) { x * std }\nfn f(x: f32[b, d]) { g(x, sdt = 2) }"),
            "`g` has no parameter `sdt`; did you mean `std`?\n");
}

TEST(ElaboratorErrors, AreAllReportedAndSilenceWhatFollowsFromThem) {
  EXPECT_EQ(messagesOf("fn f(x: f32[b, d]) { y = x @ x\nz = y + other\nw = nothing(x)\nz * w }"),
            "cannot multiply f32[b = 4, d = 6] by f32[b = 4, d = 6]: inner sizes differ, the left side has 6 columns, "
            "the right side 4 rows\n"
            "`other` is not declared\n"
            "`nothing` is not declared\n");
}

TEST(ElaboratorErrors, KeepKindsOfElementsApart) {
  Elaborated script("fn f(x: u8[b]) { x * 2 }\nfn g(x: i32[b]) { x * 0.5 }");
  script.call("f", {script.input("image", {4}, DType::U8)});
  script.call("g", {script.input("label", {4}, DType::I32)});
  EXPECT_EQ(script.messages(),
            "cannot multiply u8[b = 4]: u8 is storage, not arithmetic\ncannot multiply i32 and the number 0.5\n");
}

TEST(ElaboratorErrors, WhatIsKnownOnlyAtRunTimeDecidesNothing) {
  std::string message =
      messagesOf("param p = 2\nfn f(x: f32[b, d]) { y = if p > 1 { x } else { -x }\nz = x as [b, p]\ny + z }");
  EXPECT_EQ(message, "this condition is known only when the program runs: it is a run-time truth value\n"
                     "a size must be known at compile time, this is the `param` `p`\n");
}

TEST(ElaboratorErrors, LayersAreMadeOutsideForward) {
  Elaborated script(
      "layer L(n) { forward(x: f32[..]) -> f32[..] { x } }\nmodel M { forward(x: f32[b]) -> f32[b] { L(2)(x) } }");
  auto model = script.make("M");
  ASSERT_TRUE(model);
  EXPECT_FALSE(script.elaborator.forward(*model, {script.input("x", {4})}, script.here));
  EXPECT_EQ(script.messages(), "`L` is a layer: it is made as a part of a layer or model, not in a body\n");
}

TEST(ElaboratorErrors, HostileScriptsEndSoon) {
  EXPECT_NE(messagesOf("fn f(x: f32[b, d]) { f(x) + f(x) }"), "");
  EXPECT_NE(messagesOf("fn g(h) { h(h) }\nfn f(x: f32[b, d]) { g(g) }"), "");
  EXPECT_NE(messagesOf("fn f(x: f32[b, d]) { random_uniform([100000, 100000, 100000]) }"), "");
  std::string doubling = "fn f0(x) { x + 1 }\n";
  for (int i = 1; i < 40; ++i)
    doubling +=
        "fn f" + std::to_string(i) + "(x) { f" + std::to_string(i - 1) + "(f" + std::to_string(i - 1) + "(x)) }\n";
  EXPECT_NE(messagesOf(doubling + "fn f(x: f32[b, d]) { f39(x) }"), "");
  std::string lists = "fn l0(x) { [x, x] }\n";
  for (int i = 1; i < 40; ++i)
    lists += "fn l" + std::to_string(i) + "(x) { y = l" + std::to_string(i - 1) + "(x)\n[y, y] }\n";
  EXPECT_NE(messagesOf(lists + "fn f(x: f32[b, d]) { l39(x) }"), "");
  Elaborated tree("layer A() { p = 100 * B()\nforward(x: f32[..]) { x } }\nlayer B() { p = 10000 * A()\nq = "
                  "A()\nforward(x: f32[..]) { x } }");
  EXPECT_FALSE(tree.make("A"));
  EXPECT_NE(tree.messages(), "");
}

} // namespace
} // namespace tl
