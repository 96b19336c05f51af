"""Whole scripts from a seed: data, layers, a model, an objective, an optimizer and stages, and the bytes of the data."""
import glob, os, random, re

from .claims import Claims
from .declarations import augmentation
from .expressions import Body
from .filters import Filters
from .finetuning import Finetuning
from .modes import Modes
from .operations import elements
from .stages import Stages
from .tree import Node, expression, sizes

INITIAL = ["0.5 * random_normal({})", "random_uniform({}) - 0.5", "0.3", "-0.2", "0.7 * (2 * random_uniform({}) - 1)"]

STDLIB = os.path.join(os.path.dirname(__file__), "../../../stdlib")


def namesOf(module):
    """What a module of the library defines."""
    names = set()
    for path in glob.glob(f"{STDLIB}/{module}/*.tl"):
        with open(path) as f:
            names.update(re.findall(r"^(?!use)[a-z]+ (\w+)", f.read(), re.M))
    return names


# The larger modules are used where they are needed: reading them takes its time.
NAMES = {module: namesOf(module) for module in ("text", "vision")}


class Owner:
    """The weights, buffers and parts of the layer that is being written."""

    def __init__(self, script, mostWeights):
        self.script, self.members, self.left = script, [], mostWeights
        self.names = {"weight": 0, "part": 0}
        self.roles = set()

    def canHold(self, shape):
        return self.left > 0 and elements(shape) <= 800 and len(shape) <= 4

    def weight(self, shape):
        r = self.script.random
        name = f"w{self.names['weight']}"
        self.names["weight"] += 1
        self.left -= 1
        initial = r.choice(INITIAL).replace("{}", sizes(shape)) if shape else "0.4"
        if len(shape) == 2 and r.random() < 0.2:
            initial = f"{r.choice(['glorot', 'he', 'fan_in'])}({shape[0]}, {shape[1]})"
        if len(shape) and r.random() < 0.15:
            initial = f"0.1 * to_float(iota({shape[-1]})) - 0.17"  # whose mean is nowhere 0, where functions have kinks
        role = r.choice(["", "", " @bias", " @norm", " @gate"])
        self.members.append(Node(f"weight {name}: {self.script.kept(elements(shape))}{sizes(shape)} = {initial}{role}"))
        self.script.note("weight")
        return name

    def part(self, text):
        name = f"p{self.names['part']}"
        self.names["part"] += 1
        self.members.append(Node(f"{name} = {text}"))
        return name

    def layer(self, shape):
        """A part that maps [.., inner] to `shape`, and inner."""
        r, out = self.script.random, shape[-1]
        self.left -= 1
        inner = r.choice([1, 2, 3, 5, 8])
        kind = r.random()
        fits = [(name, size) for name, size, made in self.script.rowLayers
                if made == out and (name not in self.script.withBuffers or len(shape) == 2 and shape[0] == "b")]
        if fits and kind < 0.7:
            name, inner = r.choice(fits)
            self.script.note("own layer")
            if name in self.script.withBuffers:
                self.script.note("buffer")
                self.script.note("batch statistics")
            return self.part(f"{name}()"), inner
        kind = r.random()
        if kind < 0.45:
            extra = r.choice(["", ", bias = false", ", init = he", ", init = uniform(-0.4, 0.4)"])
            return self.part(f"Linear({inner}, {out}{extra})"), inner
        if kind < 0.6:
            middle = r.choice([2, 3, 6])
            act = r.choice(["relu", "tanh", "gelu", "fn(x) { 0.5 * x + sin(x) }", "silu", "times(0.5)"])
            self.script.note("list")
            return self.part(f"[ Linear({inner}, {middle}), {act}, Linear({middle}, {out}) ]"), inner
        if kind < 0.7:
            self.script.note("LayerNorm")
            return self.part(f"LayerNorm({out}, eps = 0.1)"), out
        if kind < 0.8:
            self.script.note("Dropout")
            return self.part(r.choice([f"Dropout(0.3)", f"[ Dropout(0.2), Linear({out}, {out}) ]"])), out
        if kind < 0.9:
            self.script.note("n * layer")
            count = r.choice([2, 3])
            return self.part(f"{count} * Short(Linear({out}, {out}))" if r.random() < 0.5 else f"[ {count} * Short([ Linear({out}, 3), tanh, Linear(3, {out}) ], scale = 0.3) ]"), out
        self.script.note("tied weights")
        self.part(f"Linear({out}, {inner})")
        return self.part(f"Back(p{self.names['part'] - 1})"), inner


class Script(Stages, Finetuning, Filters, Modes):
    """One random program. `text()`, `files` {name: bytes}, `steps`, `features`."""

    def __init__(self, seed):
        self.seed, self.random, self.types = seed, random.Random(seed), random.Random(f"types of {seed}")
        self.features, self.declared, self.rowLayers, self.withBuffers = {}, [], [], []
        self.late, self.claims, self.ofLayers, self.ownAdapters = random.Random(f"finetuning of {seed}"), Claims(), set(), []
        self.lossNames = {}  # of a stage whose phases take turns: how one of its losses is called
        r = self.random
        self.files = {}
        self.steps = r.choice([2, 3, 3, 4, 5, 6])
        self.makeData()
        self.makeHelpers()
        for _ in range(r.choice([0, 1, 2, 4])):
            self.makeRowLayer()
        self.makeModel()
        self.makeStages()
        words = set(re.findall(r"\w+", "".join(each.text() for each in self.declared)))
        uses = ["nn", "optim", *(module for module in NAMES if words & NAMES[module]), "random"]
        self.root = Node(f"use {', '.join('std.' + module for module in uses)}\n", *[part for each in self.declared for part in (each, "\n")])

    def kept(self, count):
        """What a variable of `count` elements is kept in. Each time one is rounded to 16 bits, rounding to f32 may have decided which of two
        numbers it becomes, and then nothing that follows can be judged: the fewer there are, the rarer that is."""
        most = {"bf16": 8, "f16": 2}
        dtype = self.types.choice(["f32"] * 6 + ["bf16", "f16"])
        if count > most.get(dtype, count):
            return "f32"
        if dtype != "f32":
            self.note(dtype)
        return dtype

    def note(self, feature):
        self.features[feature] = self.features.get(feature, 0) + 1

    def text(self):
        return self.root.text()

    def makeData(self):
        r, others = self.random, random.Random(f"test data of {self.seed}")
        self.batch = r.choice([1, 2, 3, 4, 5, 6, 7, 8, 11, 13])
        records = max(r.randrange(9, 34), self.batch + 2)
        self.fields = {}  # name: (shape, bound, dtype)
        lines, rules = [], []
        number = lambda: f"{r.uniform(-1.7, 1.7):.3f}"
        if r.random() < 0.7:
            self.note("csv")
            columns, targets = r.choice([1, 2, 3, 4, 5, 7, 9, 17]), r.choice([0, 1, 2, 3])
            hasLabel = targets == 0 or r.random() < 0.3
            self.classes = r.choice([2, 3, 4]) if hasLabel else 0
            def table(count, number=number):
                return "".join(",".join([number() for _ in range(columns + targets)] + ([f"k{i % self.classes}"] if hasLabel else [])) + "\n"
                               for i in range(count)).encode()
            options = (f', target = "{",".join(str(columns + i) for i in range(targets))}"' if targets else "") + \
                      (f', label = {columns + targets}' if hasLabel else "") + (', header = false')
            reader = lambda name: f'csv("{name}.csv"{options})'
            self.fields["x"] = (("b", columns), 1.7, "f32")
            if targets:
                self.fields["target"] = (("b", targets), 1.7, "f32")
            self.files["train.csv"], self.files["few.csv"] = table(records), table(r.randrange(4, 15))
            self.files["other.csv"] = table(others.randrange(4, 15), lambda: f"{others.uniform(-1.7, 1.7):.3f}")
        else:
            self.note("idx")
            h, w, self.classes = r.choice([1, 2, 3, 5]), r.choice([1, 2, 3, 4, 7]), r.choice([2, 3, 5])
            def idx(count, shape, values):
                head = bytes([0, 0, 8, 1 + len(shape)]) + b"".join(n.to_bytes(4, "big") for n in (count, *shape))
                return head + bytes(values)
            for name, count in (("train", records), ("few", r.randrange(5, 15))):
                self.files[name + ".images"] = idx(count, (h, w), [r.randrange(256) for _ in range(count * h * w)])
                self.files[name + ".labels"] = idx(count, (), [i % self.classes for i in range(count)])
            count = others.randrange(5, 15)
            self.files["other.images"] = idx(count, (h, w), [others.randrange(256) for _ in range(count * h * w)])
            self.files["other.labels"] = idx(count, (), [i % self.classes for i in range(count)])
            reader = lambda name: f'idx("{name}.images", "{name}.labels", classes = {self.classes})'
            self.fields["image"] = (("b", h, w), 1.5, "f32")
            rules.append("image = to_float(image) / 128 - 1" if r.random() < 0.5 else "image = to_float(image) |> normalize(fit = train)")
            hasLabel = True
        if hasLabel:
            self.fields["label"] = (("b",), 1, "i32")
        self.plain = "image" if "image" in self.fields else "x"
        if self.plain == "x" and r.random() < 0.3:
            rules.append(r.choice(["x = normalize(x, fit = train)", "x = 0.8 * x + 0.1", "x = tanh(x)"]))
            self.note("field rule")
        if "fit" in "".join(rules):
            self.note("fit")
        lines.append(f"source train {reader('train')}")
        self.hasVal = r.random() < 0.8
        if self.hasVal:
            lines.append(f"source val {reader('few')}")
        self.hasTest = r.random() < 0.6
        if self.hasTest:
            lines.append(f"source test {reader('other')}")
        self.reader, self.rules = reader, rules  # for data beside it
        lines = self.filtered(lines)
        augments = []
        if r.random() < 0.35:
            self.note("augment")
            shape, bound, _ = self.fields[self.plain]
            if len(shape) == 3 and r.random() < 0.6:
                augments.append(r.choice(["shift(1)", "flip()", "noise(0.1)", "rotate(10)"]))
            else:
                self.declared.append(augmentation(self, shape, bound))
                augments.append("shaken(0.3)")
        body = lines + rules + ([f"augment train {{ {', '.join((self.plain + ': ' if 'target' in self.fields else '') + a for a in augments)} }}"] if augments else [])
        optional = lambda line: line.startswith(("augment", "x =", "source val", "source test"))
        self.declared.append(Node("data d {\n", *[Node("  " + line + "\n", isOptional=optional(line)) for line in body], "}\n"))

    def makeHelpers(self):
        self.declared += [
            Node("fn times(k) { fn(x) { k * x } }", isOptional=True),
            Node("layer Short(inside, scale = 0.5) {\n  part = inside\n  forward(x: f32[..]) -> f32[..] { x + scale * part(x) }\n}", isOptional=True),
            Node("layer Back(of) {\n  there = of\n  forward(x: f32[.., n]) -> f32[.., m] { tanh(x @ transpose(there.w)) }\n}", isOptional=True)]

    def members(self, owner):
        return [part for member in owner.members for part in ("  ", member, "\n")]

    def makeRowLayer(self):
        """layer R0() { … } from [.., in] to [.., out]."""
        r = self.random
        name, inner, out = f"R{len(self.rowLayers)}", r.choice([1, 2, 3, 5]), r.choice([1, 2, 3, 4])
        owner = Owner(self, 2)
        w, b = owner.weight((inner, out)), owner.weight((out,))
        lines = []
        if r.random() < 0.5:
            owner.members.append(Node(f"buffer seen: {self.kept(inner)}[{inner}] = 0.1"))
            lines.append(Node("    seen <- 0.8 * seen + 0.2 * mean(x, axis = 0)\n"))
            value = f"((x - 0.3 * seen) @ {w} + {b})"
        else:
            value = f"(x @ {w} + {b})"
        if r.random() < 0.4:
            value = f"if training {{ {value} * 0.9 }} else {{ {value} }}"
        if r.random() < 0.3:
            owner.members.append(Node(f"weight extra: f32[{out}] = 0.2 when extended"))
            value = f"if extended {{ {value} * extra }} else {{ {value} }}" if not value.startswith("if") else value
            if "extra" not in value:
                owner.members.pop()
        front = "n" if lines else ".."  # a buffer's mean wants the batch alone in front
        formals = "extended = true" if any("extra" in m.text() for m in owner.members) else ""
        self.declared.append(Node(f"layer {name}({formals}) {{\n", *self.members(owner), f"  forward(x: f32[{front}, {inner}]) -> f32[{front}, {out}] {{\n",
                                  *lines, f"    {value}\n  }}\n}}", isOptional=True))
        self.rowLayers.append((name, inner, out))
        if lines:
            self.withBuffers.append(name)

    def makeModel(self):
        r = self.random
        shape, bound, _ = self.fields[self.plain]
        self.mayMix = r.random() < 0.4
        self.kind = "class" if "target" not in self.fields else "value" if "label" not in self.fields else r.choice(["class", "value"])
        if r.random() < 0.12 and self.plain == "x":
            self.kind = "restore"
        out = {"class": ("b", self.classes or 2), "value": self.fields.get("target", ((), 0, ""))[0], "restore": shape}[self.kind]
        owner = Owner(self, r.choice([2, 3, 4, 6]))
        body = Body(r, self.note, {self.plain: (shape, bound, "f32")}, owner, budget=r.choice([5, 9, 13, 20]), mayMix=self.mayMix)
        inputs = [f"{self.plain}: f32{sizes(shape)}"]
        if self.kind == "class" and "target" in self.fields or self.kind == "value" and "label" in self.fields:
            other = "target" if self.kind == "class" else "label"
            self.note("two inputs")
            body.variables[other] = self.fields[other]
            inputs.append(f"{other}: {'i32' if other == 'label' else 'f32'}{sizes(self.fields[other][0])}")
        self.inputs = inputs
        value = body.result(out, r.choice([0, 1, 2, 3]))
        if not any(m.text().startswith("weight") or "Linear" in m.text() or "R" in m.text().split("=")[-1] for m in owner.members):
            owner.left = 1
            w = owner.weight((out[-1],))
            value = expression("({} * " + w + ")", value, shape=out, bound=value.bound)
        if self.kind == "class":  # so that no classes are tied
            value = expression(f"({{}} * (1 + 0.03 * to_float(iota({out[-1]}))))", value, shape=out, bound=value.bound)
        if r.random() < 0.25:
            self.note("buffer")
            owner.members.append(Node(f"buffer count: {self.kept(1)}[] = 0"))
            body.statements.append(Node("count <- count + 1", isOptional=True))
        self.out = out
        self.modelMembers = owner
        value = self.addDeep(self.addModes(value))
        self.hasTwoResults = r.random() < 0.1
        results = f"f32{sizes(out)}"
        lines = [part for s in body.statements for part in (Node("    ", s, "\n", isOptional=s.isOptional),)]
        tail = [value]
        if self.hasTwoResults:
            self.note("two results")
            results = f"({results}, f32[b])"
            tail = [value, ", ", Node("sum(0.1 * " + self.plain + f", axis = [{', '.join(str(i) for i in range(1, len(shape)))}])")]
        model = Node("model M {\n", *self.members(owner), f"  forward({', '.join(inputs)}) -> {results} {{\n", *lines, "    ", *tail, "\n  }\n}")
        self.declared.append(model)
