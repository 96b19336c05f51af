"""A program as a tree of text: what the generator builds, what is rendered, and what the shrinker takes apart."""


class Node:
    """Text with nodes inside. `shape`: of a tensor expression, "b" for the batch; None for everything else. `bound`: about
    how large the values get. `isOptional`: the program may still be valid without it. `plain`: a smaller text in its place."""

    def __init__(self, *parts, shape=None, dtype="f32", bound=1.0, isOptional=False, plain=None):
        self.parts, self.shape, self.dtype, self.bound = list(parts), shape, dtype, bound
        self.isOptional, self.plain = isOptional, plain

    def text(self):
        return "".join(part if isinstance(part, str) else part.text() for part in self.parts)

    def children(self):
        return [part for part in self.parts if isinstance(part, Node)]

    def walk(self):
        yield self
        for child in self.children():
            yield from child.walk()

    def size(self):
        return sum(1 for _ in self.walk())


def expression(form, *operands, shape, dtype="f32", bound=1.0):
    """`form` has {} for each operand, in order."""
    texts = form.split("{}")
    parts = [texts[0]]
    for operand, text in zip(operands, texts[1:], strict=True):
        parts += [operand, text]
    return Node(*[p for p in parts if p != ""], shape=tuple(shape), dtype=dtype, bound=bound)


def sizes(shape):
    """[b, 3, 4] as TL writes it."""
    return "[" + ", ".join(map(str, shape)) + "]"
