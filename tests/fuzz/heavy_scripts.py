"""Scripts of at most 10 kB that ask for as much work as they can: deep, wide, doubling, or huge where a number says so."""

FRAME = """use std.nn, std.optim
data flowers {{ source train csv("Inputs/flowers.csv", label = "kind") }}
{definitions}
model M {{
  {members}
  forward(x: f32[b, 4]) -> f32[b, 3] {{ {forward} }}
}}
pretrain fit: M on flowers {{
  objective {objective};  optimizer {optimizer}
  batch {batch};  {rules}
}}
{end}
"""


def stage(definitions="", members="head = Linear(4, 3)", forward="head(x)", objective="cross_entropy(label)", optimizer="SGD(0.1)", batch="8", rules="epochs 1",
          end=""):
    return FRAME.format(**locals())


def chain(count, start, line, last):
    """y0 = start; y1 = line of y0; …"""
    lines = [f"y0 = {start}"] + [f"y{i + 1} = " + line.replace("$", f"y{i}") for i in range(count)]
    return "\n    ".join(lines + [last.replace("$", f"y{count}")])


def nested_lists(depth, count, inner):
    for _ in range(depth):
        inner = f"{count} * [{inner}]"
    return inner


SCRIPTS = {
    "nested repetitions": stage(members=f"net = {nested_lists(8, 9999, 'relu')}\n  head = Linear(4, 3)", forward="head(net(x))"),
    "nested repetitions of layers": stage(members=f"net = {nested_lists(4, 60, 'Linear(4, 4)')}\n  head = Linear(4, 3)", forward="head(net(x))"),
    "ten thousand functions": stage(members="net = 10000 * [relu]\n  head = Linear(4, 3)", forward="head(net(x))"),
    "many layers": stage(members="net = 900 * Linear(4, 4)\n  head = Linear(4, 3)", forward="head(net(x))"),
    "many norms": stage(members="net = 300 * LayerNorm(4)\n  head = Linear(4, 3)", forward="head(net(x))"),
    "a huge layer": stage(members="up = Linear(4, 1000000000)\n  head = Linear(1000000000, 3)", forward="head(up(x))"),
    "a layer past 64 bits": stage(members="up = Linear(4000000000, 4000000000)\n  head = Linear(4, 3)", forward="head(x) + 0 * sum(up(iota(4000000000)))"),
    "a huge constant": stage(forward="head(x) + 0 * sum(broadcast(1, [100000, 100000]))"),
    "a huge iota": stage(forward="head(x) + 0 * sum(to_float(iota(2000000000)))"),
    "a huge outer product": stage(forward="a = broadcast(x[0, 0], [3000000000])\n    head(x) + 0 * sum(a[:, none] * a[none, :])"),
    "a huge pad": stage(forward="head(x) + 0 * sum(pad(x, 1, 4000000000, 4000000000))"),
    "a huge batch": stage(batch="100000000000"),
    "doubling by functions": stage(definitions="\n".join(["fn d0(x) { x + x }"] + [f"fn d{i + 1}(x) {{ d{i}(x) + d{i}(x) }}" for i in range(60)]),
                                   forward="head(d60(x))"),
    "doubling by lists": stage(definitions="fn many(n) { if n == 0 { [relu] } else { [many(n - 1), many(n - 1)] } }", members="net = many(14)\n  head = Linear(4, 3)",
                               forward="head(net(x))"),
    "doubling by concat": stage(forward=chain(60, "x", "concat([$, $], axis = 1)", "head($[:, 0..4])")),
    "doubling by broadcast": stage(forward=chain(30, "x[0, 0]", "broadcast($, [3, 3])[0, 0] + sum(broadcast($, [1000, 1000, 1000]))", "head(x * $)")),
    "doubling by dims": "".join(f"dim a{i + 1} = a{i} * a{i}\n" for i in range(60)) + "dim a0 = 3\n" + stage(members="head = Linear(a60, 3)"),
    "recursion": stage(definitions="fn f(x, n) { if n == 0 { x } else { f(f(x, n - 1), n - 1) } }", forward="head(f(x, 15))"),
    "recursion without end": stage(definitions="fn f(x) { f(x) + f(x) }", forward="head(f(x))"),
    "recursive lambdas": stage(forward="y = fn(f) { f(f) }\n    y(y)\n    head(x)"),
    "a long sum": stage(forward="head(x" + " + x" * 390 + ")"),
    "a long chain": stage(forward=chain(400, "x", "exp($) * x", "head($)")),
    "many sums": stage(forward=chain(180, "x", "$" + " + x" * 9 , "head($)")),
    "a wide concat": stage(forward="head(concat([" + ", ".join(["x"] * 2400) + "], axis = 1)[:, 0..4])"),
    "long einsum names": stage(forward="head(einsum(\"" + "a" * 4000 + " " + "b" * 4000 + " -> " + "\", x))"),
    "einsum of many names": stage(forward="y = x[" + ", ".join([":"] * 2 + ["none"] * 600) + "]\n    head(einsum(\"" + " ".join(f"a{i}" for i in range(602)) + " -> a0 a1\", y))"),
    "deep axes": stage(forward="y = x[" + ", ".join([":", ":"] + ["none"] * 1600) + "]\n    head(x) + 0 * sum(y * y + exp(y))"),
    "einsum of huge sizes": stage(forward="y = broadcast(x[0, 0], [40000, 40000])\n    head(x) + 0 * sum(einsum(\"a b, c d -> a b c d\", y, y))"),
    "a giant string": stage(objective="cross_entropy(\"" + "x" * 9000 + "\")"),
    "a giant name": stage(forward="head(" + "x" * 9000 + ")"),
    "giant names": "\n".join(f"dim {'x' * 70}{i} = {'x' * 70}{i + 1}" for i in range(60)),
    "stars": stage(members="net = 200 * [[[Linear(4, 4)]]]\n  head = Linear(4, 3)", forward="head(net(x))", rules="epochs 1\n  freeze " + ".".join(["**"] * 300) + ".w"),
    "stars apart": stage(members="net = 20 * [[[[[[[[[[[[[[[[[[[[Linear(4, 4)]]]]]]]]]]]]]]]]]]]]\n  head = Linear(4, 3)", forward="head(net(x))",
                         rules="epochs 1\n  freeze " + ".".join(["**", "*"] * 100) + ".nothing"),
    "many selectors": stage(rules="epochs 1\n" + "  freeze head; train head\n" * 350),
    "a long selector": stage(rules="epochs 1\n  freeze " + " or ".join(["**.b"] * 900)),
    "a nested selector": stage(rules="epochs 1\n  freeze " + "(" * 190 + "head" + ")" * 190),
    "many phases": stage(members="net = 20 * Linear(4, 4)\n  head = Linear(4, 3)", forward="head(net(x))",
                         rules="\n".join(f"phase p{i} {{ freeze net; epochs 1 }}" for i in range(250))),
    "many stages": stage(members="net = 30 * Linear(4, 4)\n  head = Linear(4, 3)", forward="head(net(x))",
                         end="\n".join(f"pretrain s{i}: M on flowers {{ objective cross_entropy(label); optimizer Adam(0.1); batch 8; epochs 1 }}" for i in range(80))),
    "many stages and phases": stage(members="net = 30 * Linear(4, 4)\n  head = Linear(4, 3)", forward="head(net(x))", end="\n".join(
        f"pretrain s{i}: M on flowers {{ objective cross_entropy(label); optimizer Adam(0.1); batch 8; "
        + " ".join(f"phase p{j} {{ freeze net[0..{j}]; epochs 1 }}" for j in range(20)) + "}" for i in range(10))),
    "many tests": stage(end="\n".join(f"test fit.last on flowers.train {{ report accuracy, confusion, top_k(k = 2) }}" for i in range(120))),
    "many dims": "\n".join(f"dim d{i} = d{i + 1} + d{i + 1}" for i in range(330)) + "\ndim d330 = 1",
    "a cycle of dims": "\n".join(f"dim d{i} = d{(i + 1) % 400} + d{(i + 7) % 400}" for i in range(400)),
    "deep ifs": stage(forward="head(" + "if training { x } else { " * 60 + "x" + " }" * 60 + ")"),
    "deep brackets": stage(forward="head(" + "(" * 195 + "x" + ")" * 195 + ")"),
    "too deep brackets": "dim a = " + "(" * 4900 + "1" + ")" * 4900,
    "open brackets": "dim a = " + "([{" * 3300,
    "minus signs": "dim a = " + "-" * 9900 + "1",
    "powers": "dim a = " + "^".join(["2"] * 390),
    "a power of x": stage(forward="head(x ^ 1000000)"),
    "semicolons": "dim a = 1" + ";" * 9900,
    "wrong lines": "dim dim = dim dim\n" * 560,
    "wrong names": stage(forward="\n".join(f"z{i} = u{i}(x)" for i in range(600)) + "\n head(x)"),
    "wrong letters": "$%&!?'" * 1600,
    "open strings": "dim a = \"\n" * 1000,
    "many definitions": "\n".join(f"fn f{i}(x) {{ f{i + 1}(x) }}" for i in range(350)) + "\nfn f350(x) { x }",
    "a long call chain": stage(definitions="\n".join(f"fn f{i}(x) {{ f{i + 1}(x) }}" for i in range(340)) + "\nfn f340(x) { x }", forward="head(f0(x))"),
    "many splits": "data d { source train csv(\"Inputs/flowers.csv\"); split " + ", ".join(f"s{i} 0.001" for i in range(700)) + " by hash }",
    "many sources": "data d {\n" + "".join(f"source s{i} csv(\"Inputs/flowers.csv\")\n" for i in range(200)) + "}",
    "many columns": "data d { source train csv(\"Inputs/flowers.csv\", columns = \"" + ",".join(["0"] * 4000) + "\") }",
    "many augmentations": stage().replace("label = \"kind\") }", "label = \"kind\")\n  augment train { " + "noise(0.1); " * 300 + " } }").replace("std.nn,", "std.nn, std.vision,"),
    "many rates": stage(rules="epochs 1\n  " + "\n  ".join(f"lr 0.{i}x for head" for i in range(1, 400))),
    "random numbers": stage(forward=chain(150, "x", "$ + random_uniform(like = x)", "head($)")),
    "huge slices": stage(forward="head(x[:, -99999999999999999999..99999999999999999999])"),
    "a gather of a huge table": stage(members="weight t: f32[1000000000, 1000000000] = 0\n  head = Linear(4, 3)", forward="head(x) + 0 * sum(t[iota(8)])"),
}
