"""What stages say beyond freezing: adapters (adapters.py), averages of weights, sums of objectives, frozen rows, rates that fall with depth,
phases that take turns, and what is made of checkpoints. Draws of their own, so that the rest of a seed's program stays as it is where nothing of this is drawn."""
import contextlib, random, re

from .adapters import Adapters
from .declarations import objective
from .tree import Node, expression, sizes

AVERAGES = {  # text: the next average after step t, as Python says it
    "ema(0.9)": lambda a, w, t: (d := min(0.9, (1 + t) / (10 + t))) * a + (1 - d) * w,
    "ema(0.25)": lambda a, w, t: (d := min(0.25, (1 + t) / (10 + t))) * a + (1 - d) * w,
    "mean_of_steps(after = 2)": lambda a, w, t: a + (w - a) / max(t - 1, 1),
    "mean_of_steps()": lambda a, w, t: a + (w - a) / t,
    "fn(a, w, t) { 0.7 * a + 0.3 * w }": lambda a, w, t: 0.7 * a + 0.3 * w,
    "fn(a, w, t) { a + (w - a) / (t + 1) }": lambda a, w, t: a + (w - a) / (t + 1),
    "fn(a, w, t) { select(t < 3, w, 0.6 * a + 0.4 * w) }": lambda a, w, t: w if t < 3 else 0.6 * a + 0.4 * w}


class Finetuning(Adapters):
    """What `Script` adds to stages; see there for its fields. `claims`: what claims.py holds a program's runs to."""

    @contextlib.contextmanager
    def drawing(self):
        """What is made within draws its own numbers."""
        before, self.random = self.random, self.late
        yield self.late
        self.random = before

    def addDeep(self, value):
        """`value` with what dense layers make of the input added to it, where the model has no layer that could be adapted."""
        shape = self.fields[self.plain][0]
        if self.late.random() >= 0.12 or len(self.out) != 2 or any(not place.isWeight for place in self.places()):
            return value
        self.note("dense layers to adapt")
        count = shape[1] if len(shape) == 2 else shape[1] * shape[2]
        self.modelMembers.members.append(Node(f"deep = [ Linear({count}, 3), {self.late.choice(['tanh', 'gelu'])}, Linear(3, {self.out[1]}) ]"))
        return expression(f"({{}} + 0.5 * deep({self.plain} as [b, {count}]))", value, shape=value.shape, bound=value.bound + 1)

    def finetuned(self, name, path, lines, isLast):
        """The lines of a stage with more. `path` is of the model that it loads; `isLast`: no other stage starts from it."""
        with self.drawing() as r:
            said = "".join(line.text() for line in lines)
            ruled = set(re.findall(r"(?:freeze|for|train) (?:[\w.]*\.)?(\w+)", said))
            free = [place for place in self.places() if place.name not in ruled]
            isLoaded = path != ""
            adapted = self.adapt(name, path, lines, said, free, isLoaded) if isLast else []
            free = [place for place in free if place.name not in {each.name for each in adapted}]
            if isLoaded and isLast:
                self.keepFewerBits(path, lines, free, adapted)
            self.freezeRows(name, path, lines, said, free)
            self.fallWithDepth(path, lines, free)
            self.addTerms(name, path, lines, said, free, isLast)
            self.average(name, lines)
            if r.random() < 0.03:
                self.note("budget memory")
                lines.insert(1, Node("  budget memory 1 GiB\n", isOptional=True))
            return self.inTurn(name, lines, said)

    def moreStages(self, names, hasOptimizer):
        """What is made of checkpoints besides."""
        stages = list(names)
        with self.drawing() as r:
            if r.random() < 0.09:
                self.tune(stages, hasOptimizer)
            if self.hasTest and r.random() < 0.1:
                self.addUp(stages)

    def addUp(self, stages):
        """A stage that trains nothing: a sum of checkpoints, or one as it is."""
        r = self.random
        adapted = {base[0] for base in self.claims.bases}
        known = [f"{each}.{which}" + ("" if each == "s0" else ".core") for each in stages if each not in adapted
                 for which in ["last"] + ["best"] * (each in self.keeps)]
        if not known:
            return
        one, other = r.choice(known), r.choice(known)
        text = r.choice([f"{one}", f"({one} + {other}) / 2", f"(0.25 * {one} + 0.75 * {other})", f"({one} + {one} - {other})"]) if one != other else one
        self.note("a sum of checkpoints" if " " in text else "load")
        name = f"s{len(stages)}"
        ins = ", ".join(each.split(":")[0] for each in self.inputs)
        results = f"(f32{sizes(self.out)}, f32[b])" if self.hasTwoResults else f"f32{sizes(self.out)}"
        self.declared.append(Node(f"model Added {{\n  core = M() from {text}\n  forward({', '.join(self.inputs)}) -> {results} {{ core({ins}) }}\n}}", isOptional=True))
        self.declared.append(Node(f"load {name}: Added on d {{\n  {self.ownGoal()}\n  batch {r.randrange(1, 6)}\n}}\ntest {name}.last on d.test {{ report loss }}", isOptional=True))
        stages.append(name)

    def ownGoal(self):
        return self.objectiveText(any(each.text().startswith("objective goal(") for each in self.declared))

    def tune(self, stages, hasOptimizer):
        """A stage that tunes what the last one made, under a head of its own."""
        r = self.random
        self.note("a tuned checkpoint")
        name, before, inner = f"s{len(stages)}", stages[-1], "" if stages[-1] == "s0" else ".core"
        stages.append(name)
        ins = ", ".join(each.split(":")[0] for each in self.inputs)
        results = f"f32{sizes(self.out)}"
        lines = [f"    y{', z' if self.hasTwoResults else ''} = core({ins})\n", f"    y + 0.3 * head(y){', z' if self.hasTwoResults else ''}\n"]
        results = f"({results}, f32[b])" if self.hasTwoResults else results
        adapters = sorted({adapter for stage, _, _, adapter in self.claims.bases if stage == before})
        ignored = f" {{ ignore: {', '.join(':' + adapter for adapter in adapters)} }}" if adapters else ""
        self.declared.append(Node(f"model Tuned {{\n  core = M() from {before}.last{inner}{ignored}\n  head = Linear({self.out[-1]}, {self.out[-1]})\n"
                                  f"  forward({', '.join(self.inputs)}) -> {results} {{\n", *lines, "  }\n}"))
        used = r.choice(["Own(0.05)"] * hasOptimizer + ["SGD(0.1)", "SGD(0.05, momentum = 0.8)", "Adam(0.02, eps = 0.05)"])
        lines = [Node(f"  {self.ownGoal()}\n"), Node(f"  optimizer {used}\n"),
                 Node(f"  batch {max(2, self.batch)}\n"), Node(f"  epochs {r.choice([1, 2])}\n")]
        lines = self.finetuned(name, "core.", lines, True)
        self.declared.append(Node(f"finetune {name}: Tuned on d {{\n", *lines, "}"))
        if self.hasTest:
            self.declared.append(Node(f"test {name}.last on d.test {{ report loss }}", isOptional=True))

    # Averages.
    def average(self, name, lines):
        r = self.random
        if r.random() >= 0.2:
            return
        text = r.choice(["ema(0.9)", "ema(0.9)", "ema(0.25)"] + ["mean_of_steps(after = 2)", "mean_of_steps()"] * 2 + [each for each in AVERAGES if each.startswith("fn")])
        if self.features.keys() & {"bf16", "f16"} and self.seed % 4 != 3:
            return  # each step rounds such an average to 16 bits once more, see `kept`: a few are enough
        self.note("average of one's own" if text.startswith("fn") else "average " + text.split("(")[0])
        lines.insert(1, Node(f"  average {text}\n", isOptional=True))
        self.claims.averages[name] = text

    # Sums of objectives.
    def addTerms(self, name, path, lines, said, free, isLast):
        r = self.random
        if r.random() >= 0.3:
            return
        first = re.match(r"  objective (.*)\n", lines[0].text()).group(1)
        ways = []
        isFrozen = "@adapter" in "".join(line.text() for line in lines)
        if isLast and free and not isFrozen and "freeze **" not in said:  # what the next stage measures is what this one did
            ways += ["near"] * 2 + (["drift"] if any(self.trainsAsIs(place) for place in free) else [])
        if "accumulate" not in said:
            ways += ["own"] * 2 + (["library"] * 3 if not self.hasTwoResults else [])
        terms = [(self.term(way, path, free, first), way) for way in dict.fromkeys(r.choices(ways, k=r.choice([1, 1, 2])))] if ways else []
        if not terms:
            return
        text, factors = first, {first: 1.0}
        for (called, isOwn), way in terms:
            self.note({"near": "term near_start", "drift": "term of start_of", "own": "own term", "library": "term of the library"}[way])
            form, factor = r.choice([("+ 0.3 * {}", 0.3), ("+ {} / 4", 0.25), ("+ pull * {}", 0.4), ("+ 2 * {}", 2.0), ("- 0.1 * {}", -0.1) if way == "near" else ("+ {}", 1.0)])
            if "pull" in form:
                self.declareOnce("param pull = 0.4 in [0, 1]")
            on = ""
            if way in ("own", "library") and isLast and name == "s0" and "phase" not in said and r.random() < 0.4:
                self.note("term on other data")
                on = f" on e batch {min(self.batch, self.besideData())}"
                self.lossNames[name] = first.split("(")[0]
            text += " " + form.replace("{}", called) + on
            factors[called + on] = factor
        if len(terms) == 1 and r.random() < 0.25:
            self.note("a sum with a factor")
            text, factors = f"0.5 * ({text})", {called: 0.5 * factor for called, factor in factors.items()}
        lines[0] = Node(f"  objective {text}\n")
        self.lastGoal = f"objective {text}"
        self.claims.sums[name] = "accumulate" in said, {self.nameOf(called, factors): factor for called, factor in factors.items()}

    def nameOf(self, term, all):
        """What a term is measured as: two of one objective are called as they are written, or by the data that one is on."""
        name = term.split("(")[0]
        alike = [each for each in all if each.split("(")[0] == name and (" on " in each) == (" on " in term)]
        here = name if len(alike) == 1 else term.split(" on ")[0]
        return f"e.{here}" if " on " in term and any(" on " not in each and each.split("(")[0] == name for each in all) else here

    def trainsAsIs(self, place):
        return place.isWeight and place.dtype == "f32" and place.shape

    def term(self, way, path, free, first):
        """(how it is called, whether the script declares it)"""
        r = self.random
        if way == "near":
            layers = [place for place in free if not place.isWeight and place.hasMatrices and not place.isGiven]
            part = r.choice(layers) if layers and r.random() < 0.4 else None
            return f"near_start({'model.' + path + part.name if part else ''})", False
        if way == "drift":
            place = r.choice([place for place in free if self.trainsAsIs(place)])
            at = f"model.{path}{place.name}"
            self.declareOnce(f"objective drift(model) {{\n  d = {at} - start_of({at})\n  loss = sum(sqrt(d * d + 0.01)) over 1\n}}", isOptional=True)
            return "drift()", True
        if way == "own":
            if not any(each.text().startswith("objective aside(") for each in self.declared):
                self.declared.append(objective(self, "aside"))
            return "aside()", True
        known = {"class": ["cross_entropy(label)", "cross_entropy(label, smoothing = 0.3)", "focal(label)"],
                 "value": ["regression(target)", "regression(target, error = mae)", "regression(target, error = bce_with_logits)"],
                 "restore": ["reconstruction(mse)", "reconstruction(mae, corrupt = mask(0.25))", "reconstruction(mae)"]}[self.kind]
        return r.choice([each for each in known if each != first]), False

    def declareOnce(self, text, isOptional=False):
        if not any(each.text() == text for each in self.declared):
            self.declared.append(Node(text, isOptional=isOptional))

    # What is frozen in part, and rates.
    def freezeRows(self, name, path, lines, said, free):
        r = self.random
        fits = [place for place in free if place.isWeight and place.shape and place.shape[0] > 1]
        if not fits or "freeze **" in said or "@adapter" in "".join(line.text() for line in lines) or r.random() >= 0.12:
            return
        place = r.choice(fits)
        start = r.randrange(place.shape[0])
        stop = r.randrange(start + 1, place.shape[0] + (start > 0))
        self.note("frozen rows")
        lines.insert(1, Node(f"  freeze {path}{place.name}[{start}..{stop}]\n", isOptional=True))
        self.claims.rows.append((name, path + place.name, start, stop))

    def fallWithDepth(self, path, lines, free):
        r = self.random
        layers = [place for place in free if not place.isWeight and not place.isGiven and place.hasMatrices]
        text = "".join(line.text() for line in lines)
        if len(layers) < 2 or re.search(r"lr |@adapter|adapt|freeze", text) or r.random() >= 0.5:
            return
        self.note("lr per layer")
        lines.insert(1, Node("  lr 0.8x per " + " or ".join(path + place.name for place in layers) + "\n", isOptional=True))

    def inTurn(self, name, lines, said):
        r = self.random
        phases = [line for line in lines if line.text().startswith("  phase ")]
        if len(phases) < 2 or "across" in said or "freeze **" in said or r.random() >= 0.25:
            return lines
        self.note("phases in turn")
        self.claims.sums.pop(name, None)  # each phase has a total of its own
        self.lossNames[name] = phases[-1].text().split()[1]
        length = re.search(r"(epochs \w+|steps \d+)", phases[0].text()).group(1)
        made = []
        for line in lines:
            text = line.text()
            if line in phases:
                text = re.sub(r"; stop early\([^)]*\)", "", re.sub(r"epochs \w+|steps \d+", f"steps {r.choice([1, 1, 2])}", text))
                made.append(Node(text))
            elif text.startswith("  keep best"):
                made.append(Node(f"  keep best(val.{self.lossNames[name]})\n", isOptional=True))
            else:
                made.append(line)
        made.insert(len(made) - len(phases), Node(f"  {length} in turn\n"))
        return made
