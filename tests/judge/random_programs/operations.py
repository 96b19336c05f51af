"""The ways to make a value of a wanted shape out of others: one method each, which `Body.make` picks at random.

Values are kept small (`bound`) and away from the edges of domains, so that rounding to f32 changes results little."""
from .tree import Node, expression, sizes

UNARY = {  # name: (form, largest operand, form where the operand is larger, bound of the result)
    "exp": ("exp({})", 2, "exp(tanh({}))", 7.4), "log": ("log(abs({}) + 0.5)", 1e9, "", 3), "sqrt": ("sqrt(abs({}) + 0.3)", 1e9, "", 4),
    "log1p": ("log1p(abs({}))", 1e9, "", 21), "expm1": ("expm1({})", 2, "expm1(tanh({}))", 7),
    "rsqrt": ("rsqrt(abs({}) + 0.5)", 1e9, "", 1.5), "tanh": ("tanh({})", 1e9, "", 1), "erf": ("erf({})", 1e9, "", 1),
    "sigmoid": ("sigmoid({})", 1e9, "", 1), "sin": ("sin({})", 20, "sin(tanh({}))", 1), "cos": ("cos({})", 20, "cos(tanh({}))", 1),
    "abs": ("abs({})", 1e9, "", 0), "negation": ("(-{})", 1e9, "", 0), "relu": ("relu({})", 1e9, "", 0), "gelu": ("gelu({})", 1e9, "", 0),
    "silu": ("silu({})", 1e9, "", 0), "softplus": ("softplus({})", 1e9, "", 0), "leaky_relu": ("leaky_relu({}, slope = 0.2)", 1e9, "", 0),
    "square": ("({} ^ 2)", 4, "(tanh({}) ^ 2)", 16), "cube": ("({} ^ 3)", 2, "(tanh({}) ^ 3)", 8), "real power": ("((abs({}) + 0.5) ^ 1.5)", 3, "((abs(tanh({})) + 0.5) ^ 1.5)", 7), "negative power": ("(abs({}) + 0.5) ^ (-0.5)", 1e9, "", 1.5),
    "inverse": ("(1 + abs({})) ^ (-1)", 1e9, "", 1),
    "pipe": ("({} |> tanh |> leaky_relu(slope = 0.3))", 1e9, "", 1)}
BINARY = {"add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})", "div": "({} / (1 + abs({})))", "max": "max({}, {})",
          "min": "min({}, {})", "pow": "pow(0.5 + abs(tanh({})), tanh({}))"}
COMPARISONS = ["<", "<=", ">", ">="]


def elements(shape):
    number = 1
    for s in shape:
        number *= 8 if s == "b" else s
    return number


def multiplied(x, y, k, shape):
    return expression("(({} @ {})" + f" * {k ** -0.5:.3f})", x, y, shape=shape, bound=x.bound * y.bound * k ** 0.5)


def sized(node):
    """An operand of postfix brackets: a name or something in brackets of its own."""
    inner = node.parts[0]
    if isinstance(inner, Node):
        node.parts[0] = Node("(", inner, ")", shape=inner.shape, bound=inner.bound)
        node.bound = inner.bound
    return node


def wrapped(node):
    """In brackets, so that it can stand anywhere; `as` takes an operand in brackets."""
    parts = []
    for part in node.parts:
        parts.append(Node("(", part, ")", shape=part.shape, bound=part.bound) if isinstance(part, Node) else part)
    return Node("(", *parts, ")", shape=node.shape, bound=node.bound)


class Operations:
    """What `Body` can do; see there for its fields."""

    def unary(self, shape, depth):
        x = self.make(shape, depth)
        for name in self.random.sample(sorted(UNARY), self.random.choice([1, 1, 2, 3])):
            form, largest, tamed, bound = UNARY[name]
            self.note(name)
            x = expression(form if x.bound <= largest else tamed, x, shape=shape, bound=bound or x.bound)
        return x

    def binary(self, shape, depth):
        r = self.random
        name = r.choice(sorted(BINARY))
        self.note(name)
        other = shape
        if shape and r.random() < 0.6:
            other = tuple(1 if r.random() < 0.4 else s for s in shape)[r.randrange(len(shape)) if r.random() < 0.6 else 0:]
            if len(other) and other[0] == 1 and len(other) == len(shape):
                self.note("broadcast of size 1")
        x, y = self.make(shape, depth), self.make(other, depth - 1)
        if r.random() < 0.3:
            x, y = y, x
        bound = x.bound * y.bound if name == "mul" else x.bound + y.bound if name in ("add", "sub") else max(x.bound, y.bound, 1.5)
        return expression(BINARY[name], x, y, shape=shape, bound=bound)

    def scaled(self, shape, depth):
        x = self.make(shape, depth)
        form = self.random.choice(["({} * N)", "(N * {} + N)", "({} / 3)", "(N - {})", "({} + N)", "min({}, N)", "max(N, {})", "(2 / (1.5 + abs({})))"])
        self.note("with a number")
        return expression(form.replace("N", self.number(), 1).replace("N", self.number(), 1), x, shape=shape, bound=x.bound * 2 + 1)

    def condition(self, shape):
        r = self.random
        self.note("comparison")
        left = self.make(shape, 1)
        if r.random() < 0.3:
            test = expression("({} " + r.choice(COMPARISONS) + " N)".replace("N", r.choice(["0.213", "-0.117", "0.571"])), left, shape=shape)
        else:
            test = expression("({} " + r.choice(COMPARISONS) + " {} + 0.0371)", left, self.make(shape, 1), shape=shape)
        if r.random() < 0.25:
            self.note("logic")
            test = expression(r.choice(["(not {})", "({} and true)"][:1]), test, shape=shape)
        elif r.random() < 0.25:
            self.note("logic")
            test = expression(r.choice(["({} and {})", "({} or {})"]), test, expression("({} > 0.05)", self.make(shape, 0), shape=shape), shape=shape)
        return test

    def select(self, shape, depth):
        self.note("select")
        test = self.still(lambda: self.condition(shape))
        x = self.make(shape, depth)
        if self.random.random() < 0.3:
            return expression("select({}, {}, " + self.number() + ")", test, x, shape=shape, bound=x.bound + 2)
        y = self.make(shape, depth - 1)
        return expression("select({}, {}, {})", test, x, y, shape=shape, bound=max(x.bound, y.bound))

    def acrossRecords(self, shape, depth):
        """Statistics of the batch, and attention of each record to all."""
        self.note("across records")
        x = self.make(shape, depth)
        kind = self.random.random()
        if kind < 0.4:
            function = self.random.choice(["mean", "max", "min"])
            return expression("({} + 0.5 * " + function + "({}, axis = 0, keep = true))", x, self.make(shape, depth - 1), shape=shape, bound=x.bound * 2)
        if kind < 0.6:
            return expression("({} * rsqrt(mean({} ^ 2, axis = b, keep = true) + 0.3))", x, expression("tanh({})", self.make(shape, 0), shape=shape), shape=shape, bound=x.bound * 2)
        k = self.size()
        return expression("(softmax({} @ transpose({})) @ {})", self.make(("b", k), depth - 1), self.make(("b", k), 0), x, shape=shape, bound=x.bound)

    def reduced(self, shape, depth):
        r = self.random
        count = 2 if r.random() < 0.25 and len(shape) < 3 else 1
        wide, axes = list(shape), []
        for _ in range(count):
            wide.insert(r.randrange(1 if wide and wide[0] == "b" else 0, len(wide) + 1), None)
        for i, s in enumerate(wide):
            if s is None:
                wide[i] = self.size()
                axes.append(i)
        function = r.choice(["sum", "mean", "max", "min"])
        self.note(function + " over an axis" if count == 1 else function + " over axes")
        x = self.make(wide, depth)
        spelt = [a - len(wide) if r.random() < 0.4 else a for a in axes]
        text = str(spelt[0]) if count == 1 else "[" + ", ".join(map(str, spelt)) + "]"
        number = 1
        for a in axes:
            number *= wide[a]
        form = function + "({}, axis = " + text
        bound = x.bound * number if function == "sum" else x.bound
        if r.random() < 0.3:
            self.note("keep")
            form += ", keep = true)[" + ", ".join("0" if i in axes else ":" for i in range(len(wide))) + "]"
        else:
            form += ")"
        if bound > 12 and function == "sum":
            form, bound = f"({form} / {number})", x.bound
        return expression(form, x, shape=shape, bound=bound)

    def piece(self, shape, depth):
        """A slice, an item or a new axis."""
        r = self.random
        wide, items = [], []
        for s in shape:
            kind = r.random()
            if s == "b" or kind < 0.5:
                wide.append(s)
                items.append(":")
            elif s == 1 and kind < 0.75:
                items.append("none")
                self.note("none")
            else:
                before, after = r.randrange(3), r.randrange(3)
                wide.append(before + s + after)
                self.note("slice")
                stop = f"{before + s}" if r.random() < 0.5 or not after else f"-{after}"
                items.append((f"{before}" if before else "") + ".." + (stop if after else "") if before or after else ":")
        if r.random() < 0.4 and len(wide) < 4:
            at = r.randrange(1 if wide and wide[0] == "b" else 0, len(wide) + 1)
            place = [i for i, item in enumerate(items) if item != "none"]
            index = place[at] if at < len(place) else len(items)
            n = self.size()
            wide.insert(at, n)
            items.insert(index, str(r.randrange(n) - (n if r.random() < 0.4 else 0)))
            self.note("index")
        if not items or all(item == ":" for item in items):
            return self.unary(shape, depth)
        for i in range(1, len(items)):
            if items[-1] != ":" and items[i - 1] == ":" and all(t == ":" for t in items[:i]) and r.random() < 0.3:
                self.note("ellipsis")
                items = [".."] + items[i:]
                break
        return sized(expression("{}[" + ", ".join(items) + "]", self.make(wide, depth), shape=shape))

    def product(self, shape, depth):
        if len(shape) > 1 and shape[-1] == "b":
            return self.unary(shape, depth)
        self.note("@")
        k = self.size()
        if shape[-1] == "b":
            x, y = self.make(("b", k), depth), self.make((k,), depth - 1)
        else:
            if len(shape) == 1:
                self.note("vector @ matrix")
            x, y = self.make(shape[:-1] + (k,), depth), self.make((k, shape[-1]), depth - 1)
        return multiplied(x, y, k, shape)

    def products(self, shape, depth):
        if shape[-1] == "b":
            return self.unary(shape, depth)
        self.note("@ with batch axes")
        k, lead = self.size(), shape[:-2]
        other = tuple(1 if self.random.random() < 0.3 else s for s in lead)[self.random.randrange(len(lead) + 1):] if lead else ()
        return multiplied(self.make(lead + (shape[-2], k), depth), self.make(other + (k, shape[-1]), depth - 1), k, shape)

    def einsum(self, shape, depth):
        r = self.random
        if len(shape) > 5:
            return self.unary(shape, depth)
        self.note("einsum")
        out = list(self.letters[:len(shape)])
        known = dict(zip(out, shape))
        summed = list("jk"[:r.choice([0, 1, 1, 2])])
        for name in summed:
            known[name] = r.choice([1, 2, 3, 4, 6])
        first, second = list(summed), list(summed)
        for name in out:
            side = r.random()
            if side < 0.6 or known[name] == "b" and side < 0.9:
                first.append(name)
            if side >= 0.45:
                second.append(name)
        r.shuffle(first)
        r.shuffle(second)
        for names in (first, second):  # the batch comes first, where there is one
            names.sort(key=lambda n: known[n] != "b")
        if any(n not in first + second for n in out) or not first or not second:
            return self.unary(shape, depth)
        x, y = self.make([known[n] for n in first], depth), self.make([known[n] for n in second], depth - 1)
        number = 1
        for name in summed:
            number *= known[name]
        form = f'(einsum("{" ".join(first)}, {" ".join(second)} -> {" ".join(out)}", {{}}, {{}}) * {number ** -0.5:.3f})'
        return expression(form, x, y, shape=shape, bound=x.bound * y.bound * number ** 0.5)

    def joinedParts(self, shape, depth):
        r = self.random
        axes = [i for i, s in enumerate(shape) if s != "b" and s > 1]
        if not axes:
            return self.binary(shape, depth)
        axis = r.choice(axes)
        cut = r.randrange(1, shape[axis])
        parts = [shape[:axis] + (n,) + shape[axis + 1:] for n in (cut, shape[axis] - cut)]
        self.note("concat")
        x, y = self.make(parts[0], depth), self.make(parts[1], depth - 1)
        at = axis - len(shape) if r.random() < 0.5 else axis
        return expression("concat([{}, {}], axis = " + str(at) + ")", x, y, shape=shape, bound=max(x.bound, y.bound))

    def padded(self, shape, depth):
        r = self.random
        axes = [i for i, s in enumerate(shape) if s != "b" and s > 1]
        if not axes:
            return self.binary(shape, depth)
        axis = r.choice(axes)
        inner = r.randrange(1, shape[axis])
        before = r.randrange(shape[axis] - inner + 1)
        self.note("pad")
        x = self.make(shape[:axis] + (inner,) + shape[axis + 1:], depth)
        value = f", value = {self.number()}" if r.random() < 0.4 else ""
        return expression(f"pad({{}}, {axis}, {before}, {shape[axis] - inner - before}{value})", x, shape=shape, bound=x.bound + 2)

    def rows(self, shape, depth):
        """table[ids]"""
        r = self.random
        self.note("gather")
        cut = r.randrange(1, len(shape) + 1)
        row = tuple(shape[cut:])
        if self.owner and self.isFree and "b" not in row and r.random() < 0.5 and self.owner.canHold((40,) + row):
            self.note("large table")
            name = self.owner.weight((40,) + row)
            return Node(name + "[", self.still(lambda: self.ids(shape[:cut], 40)), "]", shape=shape, bound=1.0)
        n = r.choice([2, 3, 5, 8])
        table = self.make((n,) + tuple(s for s in shape[cut:]), depth) if "b" not in shape[cut:] else None
        if table is None:
            return self.unary(shape, depth)
        ids = self.still(lambda: self.ids(shape[:cut], n))
        return expression("{}[{}]", table if len(table.parts) == 1 and table.bound == 1 else expression("({})", table, shape=table.shape), ids, shape=shape, bound=table.bound)

    def placed(self, shape, depth):
        """sort, and elements taken from and added to places along an axis."""
        r = self.random
        axes = [i for i, s in enumerate(shape) if s != "b"]
        if not axes:
            return self.rows(shape, depth)
        axis = r.choice(axes)
        along = f"axis = {axis - len(shape) if r.random() < 0.4 else axis}"
        kind = r.choice(["sort", "take_along", "add_along", "scatter_add"])
        self.note(kind)
        x = self.make(shape, depth)
        if kind == "sort":
            return expression("sort({}, " + along + r.choice(["", ", descending = true"]) + ")", x, shape=shape, bound=x.bound)
        if kind == "scatter_add":
            n = r.randrange(1, 4)
            ids = self.still(lambda: self.ids((n,), shape[axis]))
            rows = self.make(shape[:axis] + (n,) + shape[axis + 1:], depth - 1)
            return expression("scatter_add({}, {}, {}, " + along + ")", x, ids, rows, shape=shape, bound=x.bound + n * rows.bound)
        self.note("argsort")
        places = self.still(lambda: expression("argsort({}, " + along + r.choice(["", ", descending = true"]) + ")", self.make(shape, 1), shape=shape, dtype="i32"))
        if kind == "take_along":
            return expression("take_along({}, {}, " + along + ")", x, places, shape=shape, bound=x.bound)
        values = self.make(shape, depth - 1)
        return expression("add_along({}, {}, {}, " + along + ")", x, places, values, shape=shape, bound=x.bound + values.bound)

    def ids(self, shape, n):
        r = self.random
        known = [name for name, (s, _, d) in self.variables.items() if d == "i32" and s == shape]
        if known and r.random() < 0.7:
            return Node(f"min({r.choice(known)}, {n - 1})", shape=shape, dtype="i32")
        if len(shape) == 1 and shape[0] != "b" and r.random() < 0.4:
            self.note("iota")
            return Node(r.choice([f"min(iota({shape[0]}), {n - 1})", f"max({n - 1} - iota({shape[0]}) * 2, 0)"]), shape=shape, dtype="i32")
        if r.random() < 0.4:
            self.note("argmax")
            return expression("argmax({})", self.make(shape + (n,), 1), shape=shape, dtype="i32")
        self.note("to_int")
        return expression(f"min(max(to_int(floor(2.317 * {{}} + 0.7713)), 0), {n - 1})", self.make(shape, 1), shape=shape, dtype="i32")

    def moved(self, shape, depth):
        """permute"""
        if len(shape) < 2:
            return self.scaled(shape, depth)
        self.note("permute")
        order = list(range(len(shape)))
        self.random.shuffle(order)
        source = [None] * len(shape)
        for to, axis in enumerate(order):
            source[axis] = shape[to]
        x = self.make(source, depth)
        return expression("permute({}, [" + ", ".join(map(str, order)) + "])", x, shape=shape, bound=x.bound)

    def turned(self, shape, depth):
        self.note("transpose")
        x = self.make(shape[:-2] + (shape[-1], shape[-2]), depth)
        return expression("transpose({})", x, shape=shape, bound=x.bound)

    def read(self, shape, depth):
        """as"""
        r = self.random
        rest = shape[1:] if shape[0] == "b" else shape
        if "b" in rest:
            return self.turned(shape, depth)
        number = elements(rest)
        if shape[0] == "b" and r.random() < 0.35:
            self.note("batch axis merged")
            text = f"[b * {number}]" if r.random() < 0.5 or len(rest) < 2 else f"[b * {rest[0]}, {number // rest[0]}]"
            if "," in text:  # through a layer or a row-wise function
                x = self.make(shape, depth)
                return wrapped(expression("(softmax({} as " + text + ") as " + sizes(shape) + ")", x, shape=shape, bound=1))
            x = self.make(shape, depth)
            return wrapped(expression("(tanh({} as " + text + ") as " + sizes(shape) + ")", x, shape=shape, bound=1))
        self.note("as")
        divisors = [d for d in range(1, number + 1) if number % d == 0]
        d = r.choice(divisors)
        other = r.choice([(number,), (d, number // d)])
        lead = ("b",) if shape[0] == "b" else ()
        x = self.make(lead + other, depth)
        return wrapped(expression("({} as " + sizes(shape) + ")", x, shape=shape, bound=x.bound))

    def random_op(self, shape, depth):
        r = self.random
        if r.random() < 0.6:
            return self.binary(shape, depth)
        x = self.make(shape, depth)
        self.note("random numbers")
        if x.dtype == "f32" and r.random() < 0.5 and self.variables:
            return expression("({} + 0.1 * random_uniform(" + sizes(shape) + "))", x, shape=shape, bound=x.bound + 0.1)
        self.note("random_normal")
        return expression("({} + 0.1 * random_normal(" + sizes(shape) + "))", x, shape=shape, bound=x.bound + 0.5) if shape else x

    def stopped(self, shape, depth):
        if self.random.random() < 0.6 or not self.variables:
            return self.unary(shape, depth)
        self.note("stop_gradient")
        x = self.make(shape, depth)
        y = self.still(lambda: self.make(shape, 1))
        form = self.random.choice(["({} * stop_gradient({}))", "({} + sign({} + 0.0517))", "({} + floor({} * 1.7 + 0.1371))", "({} * to_float({} > 0.0913))"])
        return expression(form, x, y, shape=shape, bound=x.bound * max(1, y.bound) * 2 + 1)

    def measured(self, shape, depth):
        """What counts or looks for something, as numbers."""
        r = self.random
        x = self.make(shape, depth)
        if r.random() < 0.5 or not shape or shape[-1] == "b":
            return x
        self.note("argmax")
        n = self.size() + 1
        y = self.still(lambda: expression("to_float(argmax({}))", self.make(shape + (n,), 1), shape=shape))
        return expression("({} + {} * 0.125)", x, y, shape=shape, bound=x.bound + n / 8)

    def positions(self, shape, depth):
        if shape[-1] == "b" and not self.mayMix:
            return self.unary(shape, depth)
        self.note("iota")
        x = self.make(shape, depth)
        return expression(f"({{}} * (0.5 + 0.1 * to_float(iota({shape[-1]}))))", x, shape=shape, bound=x.bound * 2)

    def layer(self, shape, depth):
        if not (self.owner and self.isFree) or shape[-1] == "b":
            return self.unary(shape, depth)
        name, inner = self.owner.layer(shape)
        self.note("layer")
        x = self.make(shape[:-1] + (inner,), depth)
        return expression(name + "({})", x, shape=shape, bound=3)

    def recurrence(self, shape, depth):
        """scan: the last state, with a mean of what the steps gave besides."""
        r = self.random
        if elements(shape) > 400:
            return self.unary(shape, depth)
        at = r.randrange(1 if shape[0] == "b" else 0, len(shape) + 1)
        t = r.choice([1, 2, 3, 5])
        init, xs = self.make(shape, depth - 1), self.make(shape[:at] + (t,) + shape[at:], depth)
        steps = ["tanh(0.6 * state + row)", "sigmoid(row) * state + (1 - sigmoid(row)) * tanh(row)", "0.5 * sin(state) + tanh(row)",
                 "select(row > 0.0371, 0.7 * state, tanh(row))"]
        if shape[-1] != "b" and self.owner:  # where lines can stand before
            weight = self.bind(self.make((shape[-1], shape[-1]), 0))
            self.unused.discard(weight)
            steps += [f"tanh(row + {0.5 / shape[-1]:.3f} * (state @ {weight}))"] * 4
        options = f", axis = {at - len(shape) - 1 if r.random() < 0.3 else at}" + (", reverse = true" if r.random() < 0.4 else "")
        bound = max(init.bound, 1.5)
        self.note("scan")
        step = r.choice(steps)
        if r.random() < 0.5 or not self.owner:
            return expression("scan(fn(state, row) { " + step + " }, {}, {}" + options + ")", init, xs, shape=shape, bound=bound)
        self.note("scan that stacks")
        name = f"e{len(self.statements)}"
        scan = expression(name + ", s" + name + " = scan(fn(state, row) { next = " + step + "; next, 0.3 * next * row }, {}, {}" + options + ")",
                          init, xs, shape=shape)
        self.statements.append(scan)
        return Node(f"({name} + mean(s{name}, axis = {at}))", shape=shape, bound=bound * 2 + 1)

    def normed(self, shape, depth):
        function = self.random.choice(["softmax", "log_softmax", "logsumexp"])
        self.note(function)
        if function == "logsumexp":
            x = self.make(shape + (self.size(),), depth)
            return expression("logsumexp({})", x, shape=shape, bound=x.bound + 3.5)
        x = self.make(shape, depth)
        return expression(function + "({})", x, shape=shape, bound=1 if function == "softmax" else 2 * x.bound + 3.5)
