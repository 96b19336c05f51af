"""Adapters of the library and of the script's own on weights and layers of the model, and what below them is kept in fewer bits."""
import re

from .tree import Node

LIBRARY_OF_WEIGHTS = ["LoRA(2)", "LoRA(1, alpha = 2)", "LoRA(3, stabilized = true)", "DoRA(2)", "DoRA(1, alpha = 2)", "Mixout(0.4)"]
LIBRARY_OF_LAYERS = ["IA3()", "IA3(inside = true)", "BottleneckAdapter(2)", "BottleneckAdapter(1)", "BottleneckAdapter(3, activation = tanh)", "LoRADropout(2, 0.3)"]
OWN_OF_WEIGHTS = [  # (axes that the weight has, what it is made of)
    (2, "  weight a: f32[i, rank] = fan_in(i, rank)\n  weight b: f32[rank, o] = 0.1\n  forward(w: f32[i, o]) -> f32[i, o] { 0.9 * w + tanh(a @ b) }\n"),
    (2, "  weight m: f32[o] = sqrt(mean(w * w, axis = 0) + 0.1)\n  buffer seen: f32[] = 0\n"
        "  forward(w: f32[i, o]) -> f32[i, o] {\n    seen <- seen + rank\n    w * (m / sqrt(mean(w * w, axis = 0) + 0.1))\n  }\n"),
    (2, "  weight u: f32[i, o] = 0.5 * w\n  weight c: f32[i] = 0.1\n  forward(w: f32[i, o]) -> f32[i, o] { w + u / rank + c[:, none] * stop_gradient(tanh(u)) }\n"),
    (1, "  weight s: f32[o] = 1\n  weight c: f32[] = 0.1\n  forward(w: f32[.., o]) -> f32[.., o] { w * s + c / rank }\n")]
OWN_OF_LAYERS = [
    "  weight s: f32[i] = 0.9\n  forward(layer, x: f32[.., i]) -> f32[.., o] { layer(x * s) * (1 + 0.1 * rank) }\n",
    "  weight s: f32[o] = 0.2\n  forward(layer, x: f32[.., i]) -> f32[.., o] {\n    h = layer(x)\n    h + s * tanh(rank * h)\n  }\n",
    "  low = Linear(i, rank)\n  weight b: f32[rank, o] = 0.1\n  forward(layer, x: f32[.., i]) -> f32[.., o] { layer(x) + gelu(low(x)) @ b }\n",
    "  weight c: f32[o] = 0\n  drop = Dropout(0.2)\n  forward(layer, x: f32[.., i]) -> f32[.., o] { if training { layer(drop(x)) + c * rank } else { layer(x) + c * rank } }\n"]


class Place:
    """A weight or a layer of the model, by its line there."""

    def __init__(self, member, others):
        text = member.text()
        self.isWeight = text.startswith("weight")
        self.name = text.split(":")[0].split(" ")[1] if self.isWeight else text.split(" ")[0]
        self.dtype, self.shape = "f32", ()
        if self.isWeight:
            self.dtype, inside = re.match(r"weight \w+: (\w+)\[([\d, ]*)\]", text).groups()
            self.shape = tuple(int(size) for size in inside.split(", ") if size)
        self.isDense = re.match(r"\w+ = Linear\(", text) is not None
        self.hasMatrices = self.isDense or "Linear(" in text or re.search(r"= R\d", text) is not None
        self.text = text
        # What another layer is given may be read there alone.
        self.isGiven = any(f"Back({self.name})" in other.text() for other in others)


class Adapters:
    """What `Script` adds to stages; see there for its fields, and finetuning.py for how its draws are told apart."""

    def places(self):
        return [Place(member, self.modelMembers.members) for member in self.modelMembers.members
                if re.match(r"weight |deep = |p\d+ = (?!Back\(|\[ Dropout\(0.2\)|Dropout)", member.text())]

    def adapt(self, name, path, lines, said, free, isLoaded):
        r = self.random
        layers = [place for place in free if not place.isWeight and not place.isGiven]
        if r.random() >= (0.95 if layers else 0.36):
            return []
        adapted = []
        for place in r.sample(layers, min(len(layers), r.choice([1, 1, 2]))) if layers and r.random() < 0.85 else []:
            fits = [each for each in LIBRARY_OF_LAYERS if not each.startswith("LoRADropout") or place.isDense]
            adapted.append((place, self.adapterOf(fits, OWN_OF_LAYERS, "layers")))
        others = [place for place in free if place not in [each for each, _ in adapted] and (len(place.shape) != 1 or r.random() < 0.4)]
        for place in r.sample(others, min(len(others), r.choice([1, 1, 2]))) if not adapted or r.random() < 0.4 else []:
            axes = len(place.shape) if place.isWeight else 2 if place.hasMatrices else 0
            if axes:
                adapted.append((place, self.adapterOf(LIBRARY_OF_WEIGHTS if axes == 2 else [], [own for own in OWN_OF_WEIGHTS if own[0] == 1 or axes == 2], "weights")))
        more = []
        for place, adapter in adapted:
            more.append(Node(f"  adapt {path}{place.name} with {adapter}\n", isOptional=True))
            self.claims.bases.append((name, path + place.name, place.isWeight or adapter.split("(")[0] in self.ofLayers, adapter.split("(")[0]))
        rest = [place for place in free if place not in [each for each, _ in adapted]]
        if adapted and rest and not re.search(r"phase|freeze|lr |train | for | except ", said) and r.random() < 0.6:
            self.note("freeze except @adapter")
            more.append(Node(f"  freeze {path[:-1] or '**'} except @adapter{self.formOfAll(rest) if isLoaded else ''}\n", isOptional=True))
        elif adapted and r.random() < 0.3:
            more.append(Node("  lr 0.7x for @adapter\n", isOptional=True))
        lines[1:1] = more
        return [place for place, _ in adapted]

    def adapterOf(self, library, own, kind):
        r = self.random
        if library and r.random() < (0.8 if kind == "weights" else 0.65):
            text = r.choice(library)
            self.note("adapter " + text.split("(")[0])
            if kind == "layers":
                self.ofLayers.add(text.split("(")[0])
            return text
        self.note("own adapter of " + kind)
        body = r.choice(own)
        body = body if isinstance(body, str) else body[1]
        name = f"Around{len(self.ownAdapters)}"
        self.ownAdapters.append(name)
        if kind == "layers":
            self.ofLayers.add(name)
        self.declared.append(Node(f"adapter {name}(rank = 1) {{\n{body}}}", isOptional=True))
        return name + r.choice(["()", "(2)"])

    def keepFewerBits(self, path, lines, free, adapted):
        r = self.random
        forms = {form: [place for place in free if self.isKeptIn(form, place) and not place.isGiven] for form in ("bf16", "i8")}
        if re.search(r"freeze|train | for | except ", "".join(line.text() for line in lines)) or not forms["bf16"] or len(free) + len(adapted) + ("model Tuned" in self.declared[-1].text()) < 2 or r.random() >= 0.8:
            return
        form = "i8" if forms["i8"] and r.random() < 0.6 else "bf16"
        place = r.choice(forms[form])
        self.note("base in " + form)
        lines.insert(1, Node(f"  freeze {path}{place.name} in {form}\n", isOptional=True))
        free.remove(place)

    def formOfAll(self, places):
        """` in i8` or another form for all of these, where that is one for some of them."""
        forms = [""] + [" in bf16"] * any(self.isKeptIn("bf16", place) for place in places) + [" in i8"] * 2 * any(self.isKeptIn("i8", place) for place in places)
        form = self.random.choice(forms)
        if form:
            self.note("base" + form)
        return form

    def isKeptIn(self, form, place):
        """Bytes are for what has rows of two numbers or more."""
        if form == "i8":
            return place.isDense and not re.search(r"Linear\(\d+, 1\b", place.text) or place.dtype == "f32" and len(place.shape) > 1 and place.shape[-1] > 1
        return place.isDense or place.isWeight and place.dtype == "f32"
