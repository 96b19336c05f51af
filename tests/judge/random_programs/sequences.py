"""Ways to make a value out of sequences: attention with masks, tables that are read and multiplied by, and rotations."""
from .tree import Node, expression


class Sequences:
    """What `Body` can do besides `Operations`; see there."""

    def attention(self, shape, depth):
        """Each place's mean of values, weighted by a softmax over masked scores."""
        r = self.random
        if len(shape) == 2 and shape[0] == "b" and shape[1] != "b":
            t = self.size()
            inner = self.attention((shape[0], t, shape[1]), depth)
            form = r.choice([f"{{}}[:, {r.randrange(t)}]", "mean({}, axis = 1)"])
            return expression(form if form[0] == "m" else form.replace("{}", "({})"), inner, shape=shape, bound=inner.bound)
        if len(shape) != 3 or shape[0] != "b" or "b" in shape[1:]:
            return self.unary(shape, depth)
        b, t, e = shape
        u = t if r.random() < 0.6 else self.size()
        d = e if r.random() < 0.5 else self.size()
        q, k = (expression("tanh({})", self.make((b, n, d), depth - 1), shape=(b, n, d), bound=1) for n in (t, u))
        v = self.make((b, u, e), depth)
        isCausal, isPadded = r.random() < 0.5, r.random() < 0.4
        if d == e and u >= t and r.random() < 0.4:
            self.note("attend")
            keep = self.still(lambda: expression(", keep = to_float({})", self.condition((b, u)), shape=(b, u))) if isPadded else Node("")
            return expression("(attend({}[:, :, none, none, :], {}[:, :, none, :], {}[:, :, none, :], causal = " + ("true" if isCausal else "false") + "{}) as ["
                              + f"b, {t}, {e}])", q, k, expression("({})", v, shape=v.shape), keep, shape=shape, bound=v.bound)
        self.note("masked softmax")
        scores = expression(f'(einsum("b t d, b u d -> b t u", {{}}, {{}}) * {d ** -0.5:.3f})', q, k, shape=(b, t, u), bound=d ** 0.5)
        if isCausal:
            scores = expression(f"select(iota({t})[:, none] >= iota({u}), {{}}, {r.choice(['-1e30', '-50'])})", scores, shape=(b, t, u))
        if isPadded:
            test = self.still(lambda: self.condition((b, u)))
            scores = expression("select(({})[:, none, :], {}, -1e30)", test, scores, shape=(b, t, u))
        return expression('einsum("b t u, b u e -> b t e", softmax({}), {})', scores, v, shape=shape, bound=v.bound)

    def tied(self, shape, depth):
        """A table whose rows are read by numbers and which multiplies what comes of them."""
        d = self.size()
        if not (self.owner and self.isFree) or shape[-1] == "b" or not self.owner.canHold((shape[-1], d)):
            return self.unary(shape, depth)
        self.note("tied table")
        n = shape[-1]
        name = self.owner.weight((n, d))
        self.variables[name] = ((n, d), 1.0, "f32")
        lead = shape[:-1] or (1,)
        ids = self.still(lambda: self.ids(lead, n))
        other = self.make(lead + (d,), depth - 1)
        form = f"(({name}[{{}}] + 0.5 * {{}}) @ transpose({name}) * {d ** -0.5:.3f})" + ("" if shape[:-1] else "[0]")
        return expression(form, ids, other, shape=shape, bound=(1 + other.bound) * d ** 0.5)

    def rotated(self, shape, depth):
        """Halves turned by angles that grow along an axis."""
        if len(shape) < 2 or shape[-1] == "b" or shape[-1] % 2 or shape[-2] == "b":
            return self.unary(shape, depth)
        self.note("rotary")
        t, e = shape[-2:]
        x = self.make(shape, depth)
        if len(shape) == 3 and shape[0] == "b":
            return expression(f"(rotary(({{}})[:, :, none, :], base = 50) as [b, {t}, {e}])", x, shape=shape, bound=x.bound * 1.5)
        angle = f"angles({t}, {e // 2}, 50)"
        return expression(f"({{}} * concat([cos({angle}), sin({angle})], axis = 1))", x, shape=shape, bound=x.bound)
