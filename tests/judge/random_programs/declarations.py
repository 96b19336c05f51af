"""Declarations that stages name: an objective, a metric, an optimizer, a schedule and an augmentation of the script's own."""
from .expressions import Body
from .tree import Node, expression, sizes


def wanted(script):
    """(formals, the tensors in scope) of what measures the model's result."""
    variables, formals = {"y": (script.out, 3, "f32")}, [f"y: f32{sizes(script.out)}"]
    if script.hasTwoResults:
        variables["second"] = (("b",), 3, "f32")
        formals.append("second: f32[b]")
    for name, (shape, bound, dtype) in sorted(script.fields.items()):
        if name == "label" and script.kind != "class" or name == "target" and script.kind != "value":
            continue
        if name in ("x", "image") and script.kind != "restore":
            continue
        variables[name] = (shape, bound, dtype)
        formals.append(f"{name}: {dtype}{sizes(shape)}")
    return formals, variables


def error(script, body):
    """What a prediction costs, in some shape with the batch in front."""
    r = script.random
    kind = {"class": "nll(y, label)", "value": "(y - target) ^ 2", "restore": "abs(y - x)"}[script.kind]
    shape = ("b",) if script.kind == "class" else script.out
    if r.random() < 0.5:
        return Node(kind, shape=shape)
    other = body.make(shape, 2)
    script.note("own error")
    return expression("(" + kind + " + 0.2 * ({}) ^ 2)", other, shape=shape)


def objective(script, name="goal"):
    r = script.random
    script.note("own objective")
    formals, variables = wanted(script)
    body = Body(r, script.note, variables, budget=5)
    lines = [Node("  e = ", error(script, body), "\n")]
    lines.append(Node("  loss = " + r.choice(["sum(e) over count(e)", "mean(e)", "sum(0.5 * e) over count(y)", "sum(e) over count(e)"]) + "\n"))
    if r.random() < 0.7:
        script.note("metric in an objective")
        lines.append(Node("  metric root = " + r.choice(["sqrt(loss)", "exp(loss)", "sum(y * y) over count(y)"]) + "\n", isOptional=True))
    if r.random() < 0.5:
        script.note("metric in an objective")
        extra = r.choice(["sum(y as [b * " + str(script.out[-1]) + "]) over count(y)", "sum(max(y, axis = -1)) over count(y[:, 0])", "mean(tanh(y))"])
        if len(script.out) != 2:
            extra = "mean(tanh(y))"
        lines.append(Node("  metric spread = " + extra + "\n", isOptional=True))
    return Node(f"objective {name}({', '.join(formals)}) {{\n", *lines, "}", isOptional=True)


def metric(script):
    script.note("own metric")
    formals, variables = wanted(script)
    body = Body(script.random, script.note, variables, budget=5)
    value = body.still(lambda: body.make(("b", 2), 3))
    return Node(f"metric off({', '.join(formals)}) lower is better {{\n  e = ", value, "\n  sum(e) over count(e)\n}", isOptional=True)


def optimizer(script):
    """Keeps the gradient in a state, so that it can be compared, and steps by a random rule."""
    r = script.random
    states, lines = ["  state g0 = 0\n"], ["    g0 <- g\n"]
    direction = "g + decay * w"
    if r.random() < 0.7:
        states.append("  state v = 0" + (" when beta != 0" if r.random() < 0.3 else "") + "\n")
        guarded = "when" in states[-1]
        script.note("state when" if guarded else "state")
        lines.append("    d = " + direction + "\n")
        if guarded:
            lines.append("    if beta != 0 { v <- beta * v + d\n    w <- w - lr * v } else { w <- w - lr * d }\n")
        else:
            lines.append(f"    v <- beta * v + (1 - beta) * {r.choice(['d', 'd * d', 'abs(d)'])}\n")
            lines.append("    w <- w - lr * " + r.choice(["v / (0.1 + abs(v))", "d / (sqrt(abs(v)) + 0.3)", "(d + v)", "d * rsqrt(v * v + 0.5)"]) + "\n")
    else:
        lines.append("    w <- w - lr * (" + direction + ")" + r.choice(["", " / (1 + 0.1 * t)", " * select(t > 2, 0.5, 1)"]) + "\n    unused = beta\n")
        lines[-1] = lines[-1].replace("\n    unused = beta\n", "\n")
    if r.random() < 0.4:
        script.note("state of its own shape")
        states.append("  state n: f32[] = 0.5\n")
        lines.insert(1, "    n <- 0.5 * n + mean(g * g)\n")
    takesCount = any(" t)" in l or "(t " in l for l in lines)
    if takesCount or r.random() < 0.3:
        script.note("update count")
        takesCount = True
        lines.insert(1, "    z = 1 - beta ^ t\n")
        lines[-1] = lines[-1]
    signature = "w, g, t" if takesCount else "w, g"
    return Node("optimizer Own(lr, beta = 0.6, decay = 0.0) {\n", *states, f"  update({signature}) {{\n", *lines, "  }\n}", isOptional=True)


def schedule(script):
    return Node("schedule falling(base, floor = 0.2) {\n  at(step, steps) { max(base ^ step, floor) * (1 - 0.5 * step / steps) }\n}", isOptional=True)


def augmentation(script, shape, bound):
    script.note("own augmentation")
    r = script.random
    body = Body(r, script.note, {"x": (shape, bound, "f32")}, budget=3)
    value = body.still(lambda: body.make(shape, 2))
    ones = ", ".join(["none"] * (len(shape) - 1))
    return Node(f"augment shaken(strength) {{\n  apply(x: f32{sizes(shape)}) -> f32{sizes(shape)} {{\n    ",
                f"x * (1 + strength * (random_uniform([b])[:, {ones}] - 0.5)) + 0.1 * (", value, ")\n  }\n}", isOptional=True)
