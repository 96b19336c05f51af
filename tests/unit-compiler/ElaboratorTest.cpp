// Bodies run at concrete shapes: what they compute, and which names and batch axes their results carry.
#include "Elaborated.h"

namespace tl {
namespace {

const char *linear = R"(
layer Linear(in, out, bias = true) {
  weight w: f32[in, out] = 0.5
  weight b: f32[out] = 0 @bias when bias
  forward(x: f32[.., in]) -> f32[.., out] {
    y = x @ w
    if bias { y + b } else { y }
  }
}
fn relu(x: f32[..]) -> f32[..] { max(x, 0) }
)";

TEST(Elaborator, NumbersFoldAndStayWholeWhereTheyAre) {
  Elaborated script("dim h = 28\ndim half = floor(h / 2)\ndim odd = 7 / 2\ndim area = h ^ 2");
  EXPECT_EQ(std::get<Number>(script.library.constants["half"]).value, 14);
  EXPECT_TRUE(std::get<Number>(script.library.constants["half"]).isInteger);
  EXPECT_EQ(std::get<Number>(script.library.constants["odd"]).value, 3.5);
  EXPECT_EQ(std::get<Number>(script.library.constants["area"]).value, 784);
}

TEST(Elaborator, AListIsASequenceAndARepeatHasWeightsOfItsOwn) {
  Elaborated script(std::string(linear) + R"(
model M {
  net = [ Linear(4, 8), relu, 2 * Linear(8, 8, bias = false) ]
  forward(x: f32[b, 4]) -> f32[b, 8] { net(x) }
})");
  auto model = script.make("M");
  ASSERT_TRUE(model) << script.messages();
  EXPECT_EQ(paths(*model), "net[0].w net[0].b net[2][0].w net[2][1].w ");
  auto results = script.elaborator.forward(*model, {script.input("x", {5, 4})}, script.here);
  ASSERT_TRUE(results) << script.messages();
  EXPECT_EQ(describe(results->front()), "f32[5, 8]");
  EXPECT_TRUE(std::get<TensorValue>(results->front()).axes[0].records);
  EXPECT_EQ(script.ops(), "input read contract read broadcast add constant max read contract read contract");
}

TEST(Elaborator, TheSameLayerTwiceIsOneWeight) {
  Elaborated script(std::string(linear) + R"(
model M {
  once = Linear(4, 4, bias = false)
  again = once
  forward(x: f32[b, 4]) -> f32[b, 4] { again(once(x)) }
})");
  auto model = script.make("M");
  ASSERT_TRUE(model) << script.messages();
  EXPECT_EQ(paths(*model), "once.w ");
  ASSERT_TRUE(script.elaborator.forward(*model, {script.input("x", {5, 4})}, script.here)) << script.messages();
  EXPECT_EQ(script.ops(), "input read contract contract");
}

TEST(Elaborator, ALayerAmongTheArgumentsIsPlacedUnderItsFormal) {
  Elaborated script(std::string(linear) + R"(
layer Residual(body) { forward(x: f32[..]) -> f32[..] { x + body(x) } }
model M {
  r = Residual(Residual([ Linear(4, 4), relu ]))
  forward(x: f32[b, 4]) -> f32[b, 4] { r(x) }
})");
  auto model = script.make("M");
  ASSERT_TRUE(model) << script.messages();
  EXPECT_EQ(paths(*model), "r.body.body[0].w r.body.body[0].b ");
  EXPECT_TRUE(script.elaborator.forward(*model, {script.input("x", {2, 4})}, script.here)) << script.messages();
}

TEST(Elaborator, TheBatchIsKnownThroughReshapesSlicesAndContractions) {
  Elaborated script(R"(
fn f(x: f32[b, h, w], k: f32[w, d]) {
  y = x as [b, h * w]
  z = einsum("b h w, w d -> d h b", x, k)
  [y, x[:, 1..], z, x[..-1]]
})");
  auto closure = std::make_shared<Closure>();
  closure->definition = script.library.definitions.at("f");
  TensorValue k = script.elaborator.read("k", {DType::F32, {3, 7}}, script.here);
  auto results = script.elaborator.call(closure, {script.input("x", {5, 2, 3}), k}, {}, script.here);
  ASSERT_TRUE(results && results->size() == 4) << script.messages();
  auto axes = [&](int i) { return std::get<TensorValue>((*results)[i]).axes; };
  EXPECT_TRUE(axes(0)[0].records);
  EXPECT_TRUE(axes(1)[0].records);
  EXPECT_TRUE(axes(2)[2].records);
  EXPECT_EQ(axes(3)[0].records, axes(0)[0].records.mixed()); // not all records
}

TEST(Elaborator, AnAxisIsFoundByNameAlsoThroughAFunction) {
  Elaborated script(R"(
fn soft(x: f32[..], axis = -1) -> f32[..] { exp(x) / sum(exp(x), axis = axis, keep = true) }
fn f(x: f32[b, t, d]) -> f32[b, t, d] { soft(x, axis = t) }
fn g(x: f32[b, t, d]) -> f32[b, t, d] { soft(x) })");
  EXPECT_EQ(typeOf(script.call("f", {script.input("x", {2, 3, 4})})), "f32[2, 3, 4]") << script.messages();
  EXPECT_EQ(typeOf(script.call("g", {script.input("x", {2, 3, 4})})), "f32[2, 3, 4]") << script.messages();
  std::vector<int64_t> axes;
  for (const Node &node : script.function.nodes)
    if (node.op == Op::ReduceSum)
      axes.push_back(node.attributes.axes[0]);
  EXPECT_EQ(axes, (std::vector<int64_t>{1, 2}));
}

TEST(Elaborator, AFunctionWithoutItsTensorWaitsForIt) {
  Elaborated script(R"(
fn noisy(x: f32[..], std, shift = 0) -> f32[..] { x + std * random_uniform(like = x) + shift }
fn apply(x: f32[..], f) -> f32[..] { x |> f }
fn run(x: f32[b, 3]) -> f32[b, 3] { apply(x, noisy(0.2)) |> noisy(0.1, shift = 2) })");
  EXPECT_EQ(typeOf(script.call("run", {script.input("x", {2, 3})})), "f32[2, 3]") << script.messages();
}

TEST(Elaborator, ScalarsOfParamsStayInDoubleUntilTheyMeetATensor) {
  Elaborated script("param lr = 0.1\nfn f(x: f32[b]) -> f32[b] { x * (lr * 2) }");
  EXPECT_EQ(typeOf(script.call("f", {script.input("x", {2})})), "f32[2]") << script.messages();
  EXPECT_EQ(script.ops(), "input scalar constant mul cast broadcast mul");
  EXPECT_EQ(script.function.nodes[3].type.dtype, DType::F64);
}

TEST(Elaborator, MeasuresSkipPaddingRecords) {
  Elaborated script(R"(
objective o(y: f32[b, c], label: i32[b]) {
  e = sum(y * y, axis = c)
  loss = mean(e)
  metric perplexity = exp(loss)
  metric right = sum(argmax(y) == label) over count(label)
  metric total = sum(y, axis = b)
})");
  script.elaborator.maskBatch = true;
  auto measured = script.elaborator.measure(
      *script.library.definitions["o"],
      {{"y", script.input("y", {4, 3})}, {"label", script.input("label", {4}, DType::I32)}}, script.here);
  ASSERT_EQ(measured.size(), 4u) << script.messages();
  EXPECT_EQ(measured[0].name, "loss");
  EXPECT_TRUE(measured[0].count);
  EXPECT_EQ(measured[0].better, "lower");
  EXPECT_EQ(measured[1].finish, "exp");
  EXPECT_TRUE(measured[2].count);
  EXPECT_FALSE(measured[3].count);
  EXPECT_EQ(describe(measured[3].sum), "f32[c = 3]");
  int valid = 0;
  for (const Node &node : script.function.nodes)
    valid += node.op == Op::Input && node.attributes.name == "valid";
  EXPECT_EQ(valid, 1);
}

TEST(Elaborator, LayoutWordsMoveElements) {
  Elaborated script(R"(
fn f(x: f32[b, t, d], table: f32[n, d]) {
  rows = table[iota(t) / 2]
  both = concat([x, x[:, ..-1]], axis = t)
  wide = pad(pad(x, d, 1, 2), -1, 0, 1, value = 3)
  [rows, both, wide, permute(x, [2, 0, 1]), transpose(x), x[:, none, -1], x as [.., 2, 2], x @ transpose(x)]
})");
  auto closure = std::make_shared<Closure>();
  closure->definition = script.library.definitions.at("f");
  TensorValue table = script.elaborator.read("table", {DType::F32, {9, 4}}, script.here);
  auto results = script.elaborator.call(closure, {script.input("x", {5, 3, 4}), table}, {}, script.here);
  ASSERT_TRUE(results) << script.messages();
  std::string types;
  for (const Value &value : *results)
    types += toString(std::get<TensorValue>(value).type()) + " ";
  EXPECT_EQ(types,
            "f32[3, 4] f32[5, 5, 4] f32[5, 3, 8] f32[4, 5, 3] f32[5, 4, 3] f32[5, 1, 4] f32[5, 3, 2, 2] f32[5, 3, 3] ");
}

const char *momentum = R"(
optimizer SGD(lr, momentum = 0.0) {
  state v = 0 when momentum != 0
  state n: f32[] = 2
  update(w, g, t) { v <- momentum * v + g;  n <- n + 1;  w <- w - lr * v }
}
param m = 0.9
)";

TEST(Elaborator, AnOptimizerKeepsTheStatesThatItsArgumentsAskFor) {
  Elaborated script(momentum);
  const ast::Definition &sgd = *script.library.definitions["SGD"];
  TensorType type{DType::F32, {3, 2}};
  std::map<std::string, Value> plain{{"lr", ParamName{"m"}}, {"momentum", Number{0, true}}};
  auto states = script.elaborator.states(sgd, plain, "w", type);
  ASSERT_EQ(states.size(), 1u) << script.messages();
  EXPECT_EQ(states[0].name, "n");
  EXPECT_EQ(double(script.function.nodes[size_t(states[0].initial.node)].attributes.value), 2);
  EXPECT_EQ(toString(states[0].type), "f32[]");
  plain["momentum"] = ParamName{"m"};
  EXPECT_EQ(script.elaborator.states(sgd, plain, "w", type).size(), 2u) << script.messages();
}

TEST(Elaborator, AnUpdateGivesTheNewValuesAndLaterLinesSeeThem) {
  Elaborated script(momentum);
  const ast::Definition &sgd = *script.library.definitions["SGD"];
  auto read = [&](const char *name, std::vector<int64_t> shape) {
    return script.elaborator.read(name, {DType::F32, shape}, script.here);
  };
  TensorValue n = read("n", {});
  auto updated = script.elaborator.update(sgd, {{"lr", Number{0.1, false}}, {"momentum", Number{0, true}}},
                                          read("w", {3}), read("g", {3}), Number{1, true}, {{"n", n}}, script.here);
  ASSERT_TRUE(updated) << script.messages();
  EXPECT_EQ(toString(script.elaborator.typeOf(updated->weight.node)), "f32[3]");
  EXPECT_NE(updated->states.at("n").node, n.node);
  EXPECT_EQ(updated->states.size(), 1u); // v is used, not kept
}

TEST(Elaborator, ABufferIsWrittenOnceAndOnlyWhereTheModeSaysSo) {
  for (bool updates : {false, true}) {
    Elaborated script(
        "model M { buffer seen: f32[] = 0\nforward(x: f32[b]) -> f32[b] { seen <- seen + 1\nx * seen } }");
    script.elaborator.modeOf = [&](const Instance *) { return Mode{true, updates}; };
    auto model = script.make("M");
    ASSERT_TRUE(model);
    for (int call = 0; call < 2; ++call)
      ASSERT_TRUE(script.elaborator.forward(*model, {script.input("x", {3})}, script.here)) << script.messages();
    script.elaborator.finish();
    int writes = 0;
    for (const Node &node : script.function.nodes)
      writes += node.op == Op::Write;
    EXPECT_EQ(writes, int(updates));
  }
}

TEST(Elaborator, AnInitialiserIsANumberATensorOrAFunctionOfTheShape) {
  Elaborated script(R"(
fn spread(w: f32[..], by) -> f32[..] { by * random_uniform(like = w) }
model M {
  weight a: f32[2, 3] = 1
  weight c: f32[2, 3] = random_uniform([2, 3])
  weight d: f32[2, 3] = spread(0.1)
  forward(x: f32[b, 3]) -> f32[b, 3] { x }
})");
  auto model = script.make("M");
  ASSERT_TRUE(model) << script.messages();
  std::set<uint32_t> sites;
  for (const Leaf &leaf : model->leaves) {
    auto value = script.elaborator.initial(leaf);
    ASSERT_TRUE(value) << script.messages();
    EXPECT_EQ(toString(script.elaborator.typeOf(value->node)), "f32[2, 3]");
  }
  for (const Node &node : script.function.nodes)
    if (node.op == Op::Random)
      sites.insert(node.attributes.site);
  EXPECT_EQ(sites.size(), 2u);
}

} // namespace
} // namespace tl
