"""What a run's own files must say of themselves, where the interpreter reads the same checked script as the compiler and so sees no mistake of the checker."""
import glob, json, os, re, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures"))
from tensors import dtypes, tensors

ROUNDED = 4e-6   # an average or a sum, relative to the largest of what it is made of: some roundings to f32


class Claims:
    """`averages` {stage: the text of its average}; `sums` {stage: (does it accumulate, {term: factor})}; `bases` [(stage, path of what is adapted, is all of it kept, adapter)];
    `rows` [(stage, path of a weight, the first frozen row, the row behind the last)]."""

    def __init__(self):
        self.averages, self.sums, self.bases, self.rows = {}, {}, [], []

    def needSteps(self):
        """Whether what a run saves after its last steps is asked for."""
        return bool(self.averages or self.bases or self.rows)

    def check(self, folder):
        """([what is wrong], how many numbers were looked at)"""
        wrong, looked, events = [], 0, []
        if os.path.exists(os.path.join(folder, "metrics.jsonl")):
            with open(os.path.join(folder, "metrics.jsonl")) as f:
                events = [json.loads(line) for line in f]
        saved = {stage: ofSteps(folder, stage) for stage in {*self.averages, *(base[0] for base in self.bases), *(row[0] for row in self.rows)}}
        for stage, text in self.averages.items():
            looked += average(stage, saved[stage], text, wrong)
        for base in self.bases:
            looked += kept(saved[base[0]], *base, wrong)
        for rows in self.rows:
            looked += keptRows(saved[rows[0]], *rows, wrong)
        for stage, (isAccumulating, factors) in self.sums.items():
            looked += sums(stage, factors, ("val",) if isAccumulating else ("train", "val"), events, wrong)
        return wrong, looked


def ofSteps(folder, stage):
    """[(step, {name: numbers}, {name: type})] of the checkpoints of a stage."""
    found = []
    for path in sorted(glob.glob(os.path.join(folder, "checkpoints", stage + "-*"))):
        files = [os.path.join(path, part + ".safetensors") for part in ("weights", "training")]
        found.append((int(path.rsplit("-", 1)[1]), {name: numbers for file in files for name, numbers in tensors(file).items()},
                      {name: dtype for file in files for name, dtype in dtypes(file).items()}))
    return found


def pairs(saved):
    return [(before, after) for before, after in zip(saved, saved[1:]) if after[0] == before[0] + 1]


def average(stage, saved, text, wrong):
    """After each step the average is made of the one before and of what trains now; where that did not move, it may have stayed."""
    from .finetuning import AVERAGES
    looked = 0
    for (_, before, _), (step, after, types) in pairs(saved):
        for name, live in after.items():
            if not name.endswith("/live") or types[name] != "F32":
                continue
            path = name[:-len("/live")]
            for i, (a, w, was, now) in enumerate(zip(before[path], live, before[name], after[path], strict=True)):
                expected = AVERAGES[text](a, w, step)
                looked += 1
                if not abs(now - expected) <= ROUNDED * max(abs(a), abs(w)) and not (w == was and now == a):
                    wrong.append(f"{stage} step {step}: the average of `{path}`[{i}] is {now!r}, of {a!r} and {w!r} it is {expected!r}")
    return looked


def kept(saved, stage, path, isWhole, adapter, wrong):
    """What is adapted has the bits that the first checkpoint has, but for what the adapter adds."""
    looked = 0
    for _, numbers, _ in saved[1:]:
        for name in numbers:
            below = name[len(path):]
            isBase = name.startswith(path) and re.fullmatch(r"(?:[.\[][\w.\[\]]*)?", below) and adapter not in below and not below.endswith(".seen")
            if isBase and (isWhole or re.search(r"\.w0?$", below)):
                looked += len(numbers[name])
                if numbers[name] != saved[0][1][name]:
                    wrong.append(f"{stage}: `{name}` has an adapter, and changed")
    return looked


def keptRows(saved, stage, path, start, stop, wrong):
    looked = 0
    for _, numbers, _ in saved[1:]:
        for name in (path, path + "/live"):
            if name in numbers:
                row = len(numbers[name]) // numbers[name].shape[0]
                part = slice(start * row, stop * row)
                looked += (stop - start) * row
                if numbers[name][part] != saved[0][1][name][part]:
                    wrong.append(f"{stage}: `{name}`[{start}..{stop}] is frozen, and changed")
    return looked


def sums(stage, factors, splits, events, wrong):
    """A total is what its terms are, each times its factor: of every epoch, and of a step that is all of one. (With `accumulate` all terms of an epoch of
    steps are divided by one count.)"""
    looked, steps, last = 0, {}, 0
    for event in events:
        if event["stage"] != stage:
            continue
        if event["event"] == "step":
            steps[event["step"]] = event["step.loss"]
            continue
        for split in splits:
            terms = {name: event.get(f"{split}.{name}") for name in factors}
            total = event.get(f"{split}.loss")
            if total is None or None in terms.values():
                continue
            expected = sum(factors[name] * value for name, value in terms.items())
            allowed = ROUNDED * max(abs(factors[name] * value) for name, value in terms.items())
            totals = {f"{split}.loss": total}
            if split == "train" and event["step"] == last + 1 and event["step"] in steps:
                totals["step.loss"] = steps[event["step"]]
            for name, value in totals.items():
                looked += 1
                if not abs(value - expected) <= allowed:
                    wrong.append(f"{stage} step {event['step']}: {name} is {value!r}, its terms {terms} come to {expected!r}")
        last = event["step"]
    return looked
