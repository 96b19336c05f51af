"""One program against the reference interpreter, with every optimisation switched off in turn and on 1, 2 and 3 threads. It is compiled
for this machine's processor, or for one of the levels of x86-64 that this machine can run: with vectors of 4, 8 or 16 numbers.

Tolerances. `tl-ref` computes exactly (in double), and once more with every f32 result rounded. How far the two differ, per
tensor and by the largest difference of its elements, is how much rounding matters there. A compiled program rounds at
other places (sums in another order, products and sums in one rounding), so it may differ from the exact value by
SENSITIVITY times that, and by FLOOR ulps of the tensor's largest element: where the two roundings happened to agree. A
measure is one number, which may be right by chance: relative to its size it may be as far off as in the steps before. A
sum of terms that cancel has no ulps of its own: it is forgiven NOISE ulps of the largest element of all tensors of its kind in
its stage (the weights, the states of one name, the measures), but not more than one of the largest variable there. NOISE is
that large because of losses near their minimum: two records of either class at p = 1/2 hand back terms of 1/2 that cancel to
1e-4, and the reference's roundings may cancel with them where a program's do not. A kind
that is zero but for the noise of doubles, such as the gradients of weights that do not matter, has that one.

A tensor whose two values differ by more than UNSTABLE of its largest element (a comparison flipped, an argmax was tied)
cannot be judged and is left out; a program with one is counted as unstable. One that may be off by its largest element is
hidden by rounding: any value as small would pass, so it does not count as compared.
"""
import os, re, shutil, subprocess

from . import outcome
from .filters import unfiltered

SENSITIVITY, FLOOR, NOISE, UNSTABLE = 8, 16, 4096, 1e-3
ULP, ZERO = 2.0 ** -23, 2.0 ** -45
ENOUGH = "budget memory 1 GiB"  # which changes nothing; trial by trial it is made as small as can be
REGROUPED = 2e-4  # a mean of some records, relative: their sum in another order, where terms may cancel
OPTIMISATIONS = ["share", "simplify", "prune", "cache", "weigh", "rows", "normalize", "fuse", "reuse"]


def targets():
    """What programs can be compiled for to run here."""
    with open("/proc/cpuinfo") as f:
        features = set(next((line for line in f if line.startswith("flags")), "").split())
    levels = {"x86-64-v2": {"sse4_2", "popcnt"}, "x86-64-v3": {"avx2", "fma", "bmi2"},
              "x86-64-v4": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}}
    return ["native"] + [level for level, needs in levels.items() if needs <= features]


TARGETS = targets()


class Failure(Exception):
    """`kind` tells failures apart while a program is made smaller."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind, self.message = kind, message


class Trial:
    """`script` has `sameLoss`: two stages that measure the same model in batches of different sizes, `frozen`: (stage, path in it, path
    in the stage before) of what is loaded and frozen, and `claims`, see claims.py."""

    def __init__(self, tools, folder, script):
        self.tools, self.folder, self.seed, self.steps = tools, folder, script.seed, script.steps
        self.sameLoss, self.frozen, self.claims = script.sameLoss, script.frozen, script.claims
        self.target = TARGETS[self.seed // len(OPTIMISATIONS) % len(TARGETS)]
        self.isUnstable = False
        self.variants = self.compared = self.tensors = self.hidden = 0

    def tool(self, name):
        return os.path.join(self.tools, name)

    def call(self, kind, words):
        environment = dict(os.environ, TL_DATA=self.folder, LC_ALL="C")
        try:
            done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=120, env=environment)
        except subprocess.TimeoutExpired:
            raise Failure(f"{kind} hangs", f"{' '.join(words)}: no answer within 120 s")
        if done.returncode != 0:
            raise Failure(f"{kind} exit {done.returncode}", f"{' '.join(words)}: exit {done.returncode}\n{done.stderr[-1500:]}")
        return done.stdout

    def write(self, text, files):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        for name, data in files.items():
            with open(os.path.join(self.folder, name), "wb") as f:
                f.write(data)
        self.text = text
        for name, script in (("program.tl", text), ("reference.tl", unfiltered(text))):
            with open(os.path.join(self.folder, name), "w") as f:
                f.write(script)

    def check(self):
        self.call("check", [self.tool("tlc"), "check", "program.tl"])

    def build(self, name, without="", script="program.tl"):
        self.call("build" + (" without " + without if without else ""),
                  [self.tool("tlc"), "build", script, "-o", name, "--target-cpu=" + self.target] + (["--without=" + without] if without else []))
        self.variants += 1

    def train(self, program, out, threads=1):
        self.call("run", ["./" + program, "--out", out, "--threads", str(threads), "--seed", str(self.seed), "--max-steps", str(self.steps), "--log-every", "1"] +
                  (["--checkpoint-every", "1"] if self.claims.needSteps() else []))
        return outcome.ofRun(os.path.join(self.folder, out))

    def references(self):
        """Exact, and rounded."""
        text = self.call("tl-ref", [self.tool("tl-ref"), "reference.tl", "--rounded", "--steps", str(self.steps), "--seed", str(self.seed), "--out", "reference"])
        folder = os.path.join(self.folder, "reference")
        return [outcome.ofReference(each, where) for each, where in zip(re.split(r"(?m)^\n", text, maxsplit=1), (folder, os.path.join(folder, "rounded")), strict=True)]

    def run(self, optimisations=OPTIMISATIONS, like=None):
        """Raises a Failure. `like`: does only what can show a failure of that kind."""
        def matters(*kinds):
            return like is None or like.startswith(kinds)

        if matters("build exit", "build hangs", "run", "reference", "threads", "tl-ref", "roundings", "frozen", "batch size", "claim", "budget"):
            self.build("program")
            got = self.train("program", "threads1")
            if matters("threads", "run"):
                self.sameThreads()
            self.keepsClaims(got)
            if ENOUGH in self.text and matters("budget", "run"):
                self.sameInLess()
        exact, rounded = self.references()
        allowed = tolerances(exact, rounded)
        self.isUnstable = any(a is None for a in allowed.values())
        self.tensors, self.hidden = len(exact), sum(isHidden(exact[what], allowed[what]) for what in exact)
        if matters("reference"):
            self.agree("reference", got, exact, allowed)
        for name in optimisations:
            if matters(f"without {name}", f"build without {name}", "run"):
                self.build("without-" + name, name)
                self.agree(f"without {name}", self.train("without-" + name, "without-" + name + ".run"), exact, allowed)
                if name == "share" and matters("without share"):
                    self.sameApart()

    def agree(self, who, got, exact, allowed):
        self.compared += compare(who, got, exact, allowed)

    def keepsClaims(self, got):
        """What needs no reference: frozen tensors keep their bits, the size of batches changes no measure, and what claims.py says."""
        wrong, looked = self.claims.check(os.path.join(self.folder, "threads1"))
        if wrong:
            raise Failure("claim", "\n".join(wrong[:8]))
        self.compared += looked
        for stage, path, before in self.frozen:
            for what, numbers in got.items():
                start = f"{stage} variable {path}"
                if what.startswith((start + ".", start + "[")) or what == start:
                    if numbers != got.get(what.replace(start, f"s{int(stage[1:]) - 1} variable {before}", 1)):
                        raise Failure("frozen", f"{what} changed, though it is frozen")
                    self.compared += len(numbers)
        if self.sameLoss:
            def last(stage):
                epochs = [w for w in got if w.startswith(f"{stage} epoch ")]
                step = max((int(w.split(" ")[2]) for w in epochs), default=None)
                return {w.split(" ", 3)[3]: got[w][0] for w in epochs if w.startswith(f"{stage} epoch {step} val.")}
            a, b = map(last, self.sameLoss)
            for name in a.keys() & b.keys():
                if not abs(a[name] - b[name]) <= REGROUPED * max(abs(a[name]), 1e-3):
                    raise Failure("batch size", f"{name} is {a[name]!r} in {self.sameLoss[0]} and {b[name]!r} in {self.sameLoss[1]}, whose batches have another size")
                self.compared += 1

    def sameApart(self):
        """A phase whose step is its own gives the bits of one that shares it."""
        if not os.path.exists(os.path.join(self.folder, "threads1")):
            self.build("program")
            self.train("program", "threads1")
        self.sameBytes("without share", "threads1", "without-share.run")

    def sameInLess(self):
        """A budget of memory that is as small as can be kept changes no bit."""
        budget, units = 0.001, {"B": 1 / 1024, "KiB": 1, "MiB": 1024}
        for _ in range(4):  # for its variables, then for what its functions need besides; a stage after the other
            with open(os.path.join(self.folder, "tight.tl"), "w") as f:
                f.write(self.text.replace(ENOUGH, f"budget memory {budget:.3f} KiB"))
            try:
                self.call("budget", [self.tool("tlc"), "check", "tight.tl"])
                break
            except Failure as failure:
                needs = [float(number) * units[unit] for number, unit in re.findall(r"(?:take|needs) ([\d.]+) ([KM]iB|B)(?:, and| of memory)", failure.message)]
                if not needs:
                    raise
                budget = max(needs) + 0.1
        self.build("tight", script="tight.tl")
        self.train("tight", "tight.run")
        self.sameBytes("budget", "threads1", "tight.run", (".safetensors", ".jsonl"))  # what else tells the program apart

    def sameBytes(self, kind, first, second, ends=("",)):
        a, b = ({name: data for name, data in outcome.fileBytes(os.path.join(self.folder, run)).items() if name.endswith(ends)} for run in (first, second))
        for name in sorted(a.keys() | b.keys()):
            if a.get(name) != b.get(name):
                raise Failure(kind, f"{name} differs between {first} and {second}")

    def sameThreads(self):
        for threads in (2, 3):
            self.train("program", f"threads{threads}", threads)
            self.sameBytes("threads", "threads1", f"threads{threads}")


def largest(numbers):
    return max((abs(x) for x in numbers), default=0.0)


def isHidden(numbers, allowed):
    return allowed is not None and 0 < largest(numbers) <= allowed


def kindOf(what):
    """Of a tensor, within its stage: the name of an optimizer's state, a measure, or a weight or buffer."""
    return what.rsplit("/", 1)[1] if "/" in what else "variable" if " variable " in what else "measure"


def noises(exact):
    """{what: how far sums of terms that cancel may be off}. Whole numbers are counted, not summed up."""
    ofStage, ofKind = {}, {}
    for what, numbers in exact.items():
        stage, size = what.split(" ")[0], 0.0 if all(float(x).is_integer() for x in numbers) else largest(numbers)
        ofKind[stage, kindOf(what)] = max(ofKind.get((stage, kindOf(what)), 0.0), size)
        if " variable " in what:
            ofStage[stage] = max(ofStage.get(stage, 0.0), size)
    found = {}
    for what in exact:
        kind, most = ofKind[what.split(" ")[0], kindOf(what)], ofStage.get(what.split(" ")[0], 0.0)
        found[what] = ULP * (max(kind, most) if kindOf(what) == "measure" or kind < ZERO * most else min(NOISE * kind, most))
    return found


def differences(exact, rounded):
    """{what: the largest difference of its elements}"""
    found = {what: max((abs(a - b) for a, b in zip(numbers, rounded[what])), default=0.0) for what, numbers in exact.items()}
    worst = {}
    series = [what.split(" ", 3) for what in exact if what.split(" ")[1] in ("step", "epoch")]
    for stage, event, step, name in sorted(series, key=lambda each: (int(each[0][1:]), int(each[2]))):
        what = f"{stage} {event} {step} {name}"
        if size := largest(exact[what]):
            worst[name] = max(worst.get(name, 0.0), found[what] / size)
            found[what] = worst[name] * size
    return found


def tolerances(exact, rounded):
    """{what: how far its elements may be off}; None where rounding alone changes too much."""
    if exact.keys() != rounded.keys():
        raise Failure("roundings differ", f"the reference gave other results when rounded: {sorted(exact.keys() ^ rounded.keys())[:4]}")
    found, noise, off = {}, noises(exact), differences(exact, rounded)
    for what, numbers in exact.items():
        other, scale = rounded[what], max(largest(numbers), largest(rounded[what]))
        if len(numbers) != len(other) or not off[what] <= max(UNSTABLE * scale, noise[what]):
            found[what] = None
        else:
            found[what] = SENSITIVITY * off[what] + FLOOR * ULP * scale + noise[what]
    return found


def compare(who, got, exact, allowed):
    if got.keys() != exact.keys():
        raise Failure(who + " names", f"{who}: only the program has {sorted(got.keys() - exact.keys())[:5]}, only the reference has {sorted(exact.keys() - got.keys())[:5]}")
    wrong, compared = [], 0
    for what, numbers in got.items():
        expected = exact[what]
        if len(numbers) != len(expected):
            raise Failure(who + " shapes", f"{what}: {len(numbers)} numbers, {len(expected)} expected")
        if allowed[what] is None:
            continue
        compared += 0 if isHidden(expected, allowed[what]) else len(numbers)
        for i, (a, b) in enumerate(zip(numbers, expected)):
            if not abs(a - b) <= allowed[what]:
                wrong.append((abs(a - b) / allowed[what] if allowed[what] else float("inf"), f"{what}[{i}]: {a!r}, exact {b!r}, allowed ±{allowed[what]:.3g}"))
                break
    if wrong:
        wrong.sort(key=lambda pair: -pair[0])
        raise Failure(who, f"{who}: {len(wrong)} of {len(got)} results differ, first in order of size\n" + "\n".join(text for _, text in wrong[:8]))
    return compared
