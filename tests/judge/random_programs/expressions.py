"""Bodies of `forward`, of objectives and of augmentations: random expressions of a wanted shape over what is in scope."""
from .images import Images
from .operations import Operations, elements
from .sequences import Sequences
from .tree import Node, expression, sizes


class Body(Operations, Sequences, Images):
    """Makes expressions for one body. `owner` takes new weights, layers and functions: `owner.weight(shape)` gives a name,
    `owner.layer(in, out)` a callable's name; both None where there may be none."""

    def __init__(self, random, note, variables, owner=None, budget=14, mayMix=False):
        self.random, self.note, self.owner, self.budget = random, note, owner, budget
        self.variables = dict(variables)  # name: (shape, bound, dtype)
        self.unused = set()
        self.statements = []
        self.mayMix = mayMix  # records of a batch with each other
        self.isFree = True  # new weights and uses that count: the gradient flows here
        self.letters = "pqrsuvxyz"

    # What is there already.
    def leaf(self, shape):
        r = self.random
        same = [n for n, (s, _, d) in self.variables.items() if s == shape and d == "f32"]
        if same and r.random() < 0.75:
            return self.use(r.choice(same))
        fits = [n for n, (s, _, d) in self.variables.items() if d == "f32" and ("b" not in s or "b" in shape)]
        if self.owner and self.isFree and r.random() < (0.3 if fits else 0.9) or not fits:
            return self.constantOf(shape)
        return self.adapted(r.choice(fits), shape)

    def use(self, name):
        shape, bound, dtype = self.variables[name]
        if self.isFree:
            self.unused.discard(name)
        return Node(name, shape=shape, dtype=dtype, bound=bound)

    def constantOf(self, shape):
        own = tuple(s for s in shape if s != "b") if "b" in shape else shape
        if self.owner and self.isFree and self.owner.canHold(own):
            if own and self.random.random() < 0.2:
                own = tuple(1 if self.random.random() < 0.5 else s for s in own)
            known = [n for n, (s, _, _) in self.variables.items() if s == own and n.startswith("w")]
            if known and self.random.random() < 0.5:
                self.note("shared weight")
                name = self.random.choice(known)
            else:
                name = self.owner.weight(own)
                if own:
                    self.variables[name] = (own, 1.0, "f32")
            value = Node(name, shape=own, bound=1.0)
            if own == shape:
                return value
            # Axes right of the batch stand where they are; the batch is somewhere in front of or between them.
            if "b" in shape and shape[0] != "b":
                value = expression("{}[" + ", ".join("none" if s == "b" else ":" for s in shape) + "]", value, shape=shape)
            self.note("broadcast")
            return expression("broadcast({}, " + sizes(shape) + ")", value, shape=shape)
        self.note("broadcast number")
        return Node(f"broadcast({self.number()}, {sizes(shape)})" if shape else f"to_float({self.number()})", shape=shape)

    def adapted(self, name, shape):
        """A variable of another shape: axes that do not fit are averaged away, those that lack are new."""
        source, bound, _ = self.variables[name]
        self.note("reduced and broadcast")
        kept, at = [], 0  # (axis of the source, axis of the result)
        for axis, size in enumerate(source):
            later = [i for i in range(at, len(shape)) if shape[i] == size]
            if later:
                kept.append((axis, later[0]))
                at = later[0] + 1
        away = [axis for axis in range(len(source)) if axis not in [k for k, _ in kept]]
        value = self.use(name)
        if away:
            function = self.random.choice(["mean", "mean", "max", "min"])
            text = str(away[0]) if len(away) == 1 else "[" + ", ".join(map(str, away)) + "]"
            value = expression(function + "({}, axis = " + text + ")", value, shape=[source[k] for k, _ in kept], bound=bound)
        places = [to for _, to in kept]
        if not shape or places == list(range(len(shape))):
            return value
        if not kept:
            return expression("broadcast({}, " + sizes(shape) + ")", value, shape=shape, bound=bound)
        items = ", ".join(":" if i in places else "none" for i in range(len(shape)))
        return expression("broadcast({}[" + items + "], " + sizes(shape) + ")", value, shape=shape, bound=bound)

    def number(self):
        return f"{self.random.choice([0.1, 0.25, 0.5, 0.7, 1.3, -0.4, -0.9, 2])}"

    def size(self):
        r = self.random
        return r.choice([1, 2, 3, 4, 5, 7, 9]) if r.random() < 0.93 else r.choice([16, 17, 19, 24, 33, 40])

    def still(self, make):
        """What `make` makes carries no gradient: no weight is born there, and no variable is used up."""
        before, self.isFree = self.isFree, False
        node = make()
        self.isFree = before
        return node

    # Expressions.
    def make(self, shape, depth=3):
        shape = tuple(shape)
        r = self.random
        if depth <= 0 or self.budget <= 0 or elements(shape) > 2000:
            return self.leaf(shape)
        self.budget -= 1
        ways = [self.unary, self.unary, self.binary, self.binary, self.scaled, self.select, self.reduced, self.piece, self.random_op,
                self.stopped, self.measured]
        if len(shape) >= 1:
            ways += [self.product, self.product, self.joinedParts, self.padded, self.rows, self.placed, self.einsum, self.einsum, self.moved, self.positions,
                     self.recurrence]
            if len(shape) == 2 and shape[0] == "b" and shape[1] != "b" and self.mayMix:
                ways += [self.acrossRecords]
            if shape[-1] != "b":
                ways += [self.layer, self.layer, self.normed, self.tied]
        if len(shape) >= 2:
            ways += [self.turned, self.products, self.read, self.read, self.attention, self.rotated, self.convolution, self.convolution, self.pooling,
                     self.folded]
        node = r.choice(ways)(shape, depth - 1)
        node.shape = shape
        return node if node.bound <= 12 else expression("tanh({})", node, shape=shape)

    # Statements.
    def bind(self, node):
        name = f"v{len(self.statements)}"
        self.statements.append(Node(f"{name} = ", node, isOptional=True))
        self.variables[name] = (node.shape, node.bound, node.dtype)
        self.unused.add(name)
        return name

    def result(self, shape, steps):
        """Some named steps, then an expression of `shape` that uses all of them."""
        r = self.random
        for _ in range(steps):
            inner = r.choice([shape, shape, tuple(shape[:1]) + (self.size(),)]) if shape and shape[0] == "b" else shape
            if r.random() < 0.3 and self.variables:
                self.note("residual")
                shaped = [n for n, (s, _, d) in self.variables.items() if d == "f32" and (not s or s[0] == "b")]
                if shaped:
                    name = r.choice(shaped)
                    own = self.variables[name][0]
                    self.bind(expression("({} + {})", self.use(name), self.make(own, 2), shape=own, bound=5))
                    continue
            self.bind(self.make(inner, 3))
        value = self.make(shape, 3)
        for name in sorted(self.unused):
            self.note("branch")
            part = self.adapted(name, shape)
            value = expression("({} + 0.3 * {})", value, part, shape=shape, bound=value.bound + part.bound)
        return value
