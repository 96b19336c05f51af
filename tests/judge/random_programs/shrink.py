"""Makes a failing program smaller while it fails in the same way: drops what is optional, puts operands in place of
expressions, and takes smaller numbers."""
import re, time

from .tree import Node, sizes
from .trial import Failure


def constant(node):
    return Node(f"broadcast(0.5, {sizes(node.shape)})" if node.shape else "to_float(0.5)", shape=node.shape, dtype=node.dtype)


def candidates(root):
    """(parent, index in its parts, what could stand there), large cuts first."""
    slots = [(parent, i) for parent in root.walk() for i, part in enumerate(parent.parts) if isinstance(part, Node)]
    slots.sort(key=lambda slot: -slot[0].parts[slot[1]].size())
    for parent, i in slots:
        node = parent.parts[i]
        if node.isOptional or node.text().startswith(("  weight", "weight", "p")) and node.shape is None:
            yield parent, i, Node()
        if node.shape is not None and node.dtype == "f32":
            if node.size() > 1:
                yield parent, i, constant(node)
            for inner in node.walk():
                if inner is not node and inner.shape == node.shape and inner.dtype == node.dtype:
                    yield parent, i, inner


class Shrinker:
    """`fails(text, steps)` gives the kind of failure, or None."""

    def __init__(self, fails, kind, seconds):
        self.fails, self.kind, self.until = fails, kind, time.time() + seconds
        self.tried = set()

    def isSame(self, text, steps):
        if time.time() > self.until or (text, steps) in self.tried:
            return False
        self.tried.add((text, steps))
        return self.fails(text, steps) == self.kind

    def shrink(self, root, steps):
        while steps > 1 and self.isSame(root.text(), steps - 1):
            steps -= 1
        self.cutMany(root, steps)
        while time.time() < self.until and self.cut(root, steps):
            pass
        return self.numbers(root.text(), steps), steps

    def cutMany(self, root, steps):
        """Much of what is optional at once, then less and less."""
        slots = [(parent, i) for parent in root.walk() for i, part in enumerate(parent.parts) if isinstance(part, Node) and part.isOptional]
        chunk = len(slots)
        while chunk > 1:
            for start in range(0, len(slots), chunk):
                before = [(parent, i, parent.parts[i]) for parent, i in slots[start:start + chunk]]
                for parent, i, _ in before:
                    parent.parts[i] = Node()
                if not self.isSame(root.text(), steps):
                    for parent, i, node in before:
                        parent.parts[i] = node
            chunk //= 2

    def cut(self, root, steps):
        for parent, i, smaller in candidates(root):
            node = parent.parts[i]
            if len(smaller.text()) >= len(node.text()) and node.size() <= smaller.size():
                continue
            parent.parts[i] = smaller
            if self.isSame(root.text(), steps):
                return True
            parent.parts[i] = node
        return False

    def numbers(self, text, steps):
        """Each whole number of the script, wherever it stands, by a smaller one."""
        text = re.sub(r"\n(\s*\n)+", "\n", text)
        for number in sorted({int(n) for n in re.findall(r"(?<![\w.])\d+(?![\w.])", text)}, reverse=True):
            for smaller in (1, 2, 3):
                if smaller < number:
                    other = re.sub(rf"(?<![\w.]){number}(?![\w.])", str(smaller), text)
                    if self.isSame(other, steps):
                        text = other
                        break
        return text


def kindOf(action):
    try:
        action()
    except Failure as failure:
        return failure.kind
    return None
