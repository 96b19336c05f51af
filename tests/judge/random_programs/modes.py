"""A layer without weights whose windows differ in training: two phases that freeze it and do not have steps that differ in nothing else."""
import itertools, random

from .tree import Node, expression


class Modes:
    """What `Script` adds to some programs. Draws of its own, so that the rest of a seed's program stays as it is without it."""

    def addModes(self, value):
        """`value` with what a layer `skip` makes of the input added to it."""
        r = self.modeDraws = random.Random(f"modes of {self.seed}")
        shape, _, dtype = self.fields[self.plain]
        count = 1
        for size in shape[1:]:
            count *= size
        ways = {}  # by how many windows there are, of each different choice of elements one
        for size in (1, 2, 3):
            for stride in (1, 2, 3):
                for dilation in (1, 2, 3):
                    if (reach := (size - 1) * dilation + 1) <= count:
                        windows = (count - reach) // stride + 1
                        taken = tuple(i * stride + j * dilation for i in range(windows) for j in range(size))
                        ways.setdefault(windows, {})[taken] = (size, stride, dilation)
        pairs = [pair for different in ways.values() for pair in itertools.combinations(different.values(), 2)]
        alike = [(one, other) for one, other in pairs if one[0] == other[0]]  # then even the types of all values are
        pairs = alike if alike and r.random() < 0.7 else pairs
        self.hasModes = bool(pairs) and dtype == "f32" and len(self.out) == 2 and r.random() < 0.12
        if not self.hasModes:
            return value
        self.note("windows that differ in training")
        one, other = (f"mean(window(x, 1, {size}, stride = {stride}, dilation = {dilation}), axis = 2)"
                      for size, stride, dilation in r.sample(r.choice(pairs), 2))
        self.declared.append(Node(f"layer Skipping() {{\n  forward(x: f32[b, n]) -> f32[b, m] {{ if training {{ {one} }} else {{ {other} }} }}\n}}"))
        self.modelMembers.members.append(Node("skip = Skipping()"))
        return expression(f"({{}} + 0.3 * mean(skip({self.plain} as [b, {count}]) ^ 2, axis = 1)[:, none])", value, shape=value.shape, bound=value.bound + 1)

    def modePhases(self, path, rules, length):
        """Two phases that differ in nothing but `skip`; None where there is no such layer, or it is not to be frozen."""
        if not self.hasModes or self.modeDraws.random() < 0.2:
            return None
        self.note("phases that differ in a mode")
        more = [f"freeze {path}skip; ", ""]
        self.modeDraws.shuffle(more)
        return [Node(f"  phase first {{ {more[0]}{rules}{length} }}\n"), Node(f"  phase second {{ {more[1]}{rules}{length} }}\n", isOptional=True)]
