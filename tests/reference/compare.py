#!/usr/bin/env python3
"""Compares a run of a compiled program (`--log-every 1 --out RUN`) with the reference interpreter's of the same script.

  compare.py RUN EVENTS.JSONL VALUES [--tolerance T]

EVENTS.JSONL is what tl-ref printed, VALUES the folder of its --out. Losses, metrics and tests must be within T of each
other, relative to the greater of 1e-3 and their size (the norm of gradients: and of the loss, of whose terms one that is zero by mathematics keeps
the rounding); so must the variables at the end of each stage, relative to the
greatest element of their tensor. T is 1e-5: float32 keeps 6e-8, and ten updates add sums of a few hundred.
"""
import argparse, json, math, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
from tensors import tensors


def events(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


def flat(value):
    return [x for item in value for x in flat(item)] if isinstance(value, list) else [value]


class Comparison:
    def __init__(self, tolerance):
        self.tolerance, self.compared, self.worst, self.differences = tolerance, {}, {}, []

    def numbers(self, kind, what, ours, theirs, scale=0.0):
        ours, theirs = flat(ours), flat(theirs)
        if len(ours) != len(theirs):
            return self.differ(f"{what}: {len(ours)} numbers and {len(theirs)}")
        for a, b in zip(ours, theirs):
            a, b = (float("nan") if x is None else float(x) for x in (a, b))
            away = 0.0 if a == b or math.isnan(a) and math.isnan(b) else abs(a - b) / max(abs(b), scale, 1e-30)
            self.compared[kind] = self.compared.get(kind, 0) + 1
            self.worst[kind] = max(self.worst.get(kind, 0.0), away)
            if not away <= self.tolerance:
                return self.differ(f"{what}: {a!r} and {b!r}, {away:.1e} apart")

    def differ(self, text):
        self.differences.append(text)

    def events(self, kind, ours, theirs):
        if len(ours) != len(theirs):
            return self.differ(f"{len(ours)} {kind} events and {len(theirs)}")
        for a, b in zip(ours, theirs):
            where = f"{b['stage']}/{b['phase']} step {b['step']}"
            if any(a[key] != b[key] for key in ("stage", "phase", "epoch", "step")) or any(a.get(key) != b.get(key) for key in ("best", "bests")):
                self.differ(f"{a} and {b}")
            for key, value in a.items():
                if key in ("event", "stage", "phase", "epoch", "step", "best", "bests"):
                    continue
                there = key.removeprefix("step.")
                if there in b:
                    self.numbers("metrics", f"{where}: {key}", value, b[there], max(1e-3, abs(b.get("loss", 1e-3))) if there == "gradient_norm" else 1e-3)
                else:
                    self.differ(f"{where}: the reference has no {key}")

    def variables(self, what, ours, theirs):
        if set(ours) != set(theirs):
            return self.differ(f"{what}: variables {sorted(set(ours) ^ set(theirs))} are in one only")
        for name, values in theirs.items():
            scale = max((abs(v) for v in values if not math.isnan(v)), default=0.0)
            self.numbers("variables", f"{what}: {name}", list(ours[name]), list(values), scale)


def checkpoint(run, name):
    folder = os.path.join(run, "checkpoints", name)
    return {**tensors(os.path.join(folder, "weights.safetensors")), **tensors(os.path.join(folder, "training.safetensors"))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("run", "events", "values"):
        parser.add_argument(name)
    parser.add_argument("--tolerance", type=float, default=1e-5)
    options = parser.parse_args()
    comparison = Comparison(options.tolerance)
    ours, theirs = events(os.path.join(options.run, "metrics.jsonl")), events(options.events)
    for kind in ("step", "epoch"):
        comparison.events(kind, [e for e in ours if e["event"] == kind], [e for e in theirs if e["event"] == kind])
    with open(os.path.join(options.run, "summary.json")) as f:
        summary = json.load(f)
    tests = list(summary.get("tests", {}).items())
    for (title, test), event in zip(tests, [e for e in theirs if e["event"] == "test"], strict=True):
        for key, value in test.items():
            if key == "interval":
                mine, other = value["of"], event[key]["of"]
                if set(mine) != set(other):
                    comparison.differ(f"test {title}: intervals of {sorted(set(mine) ^ set(other))} are in one only")
                for metric in set(mine) & set(other):
                    comparison.numbers("intervals", f"test {title}: {metric}", list(mine[metric].values()), list(other[metric].values()), 1e-3)
            elif key not in ("checkpoint", "records") and not isinstance(value, dict):  # a list of records
                comparison.numbers("metrics", f"test {title}: {key}", value, event[key], 1e-3)
    stages = list(dict.fromkeys(e["stage"] for e in theirs if e["event"] != "test"))
    for stage in stages:
        names = sorted(n for n in os.listdir(os.path.join(options.run, "checkpoints")) if n.rpartition("-")[0] == stage)
        comparison.variables(stage, checkpoint(options.run, names[-1]), tensors(os.path.join(options.values, stage + ".safetensors")))
        ended = summary["stages"][stage]
        for kept, about in {**({"best": ended["best"]} if "best" in ended else {}), **ended.get("bests", {})}.items():
            comparison.variables(f"{stage}.{kept}", checkpoint(options.run, about["checkpoint"]), tensors(os.path.join(options.values, f"{stage}.{kept}.safetensors")))
    for text in comparison.differences:
        print(text)
    for kind, count in comparison.compared.items():
        print(f"{count} {kind}, at most {comparison.worst[kind]:.1e} apart")
    sys.exit(bool(comparison.differences) or "variables" not in comparison.compared)


if __name__ == "__main__":
    main()
