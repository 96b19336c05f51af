#!/usr/bin/env python3
"""Writes the data of tests/run/precision.tl, and looks at what came of it.

  precision.py write FOLDER
  precision.py check FOLDER
"""
import glob, json, os, random, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
from tensors import dtypes, tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda *names: os.path.join(folder, *names)
# Of a loss near 1: half of bf16's step is 2⁻⁹, and a hundred products deep steps drift apart.
NEAR_F32 = 0.02
# Between the compiled steps and the reference's lies what f32 decides of how a factor is rounded: a few of them, by one step each.
NEAR_REFERENCE = 2e-3

if command == "write":
    numbers = random.Random(5)
    with open(place("points.csv"), "w") as f:
        f.write(",".join(f"x{i}" for i in range(16)) + ",kind\n")
        for i in range(210):
            f.write(",".join(f"{numbers.gauss(i % 3 == j % 3, 1):.3f}" for j in range(16)) + f",{'uvw'[i % 3]}\n")
    with open(place("record.json"), "w") as f:
        json.dump({"x": [1.0, 0.0, -1.0, 0.5] * 4}, f)
    sys.exit()

failures = []


def expect(what, holds):
    if not holds:
        failures.append(what)


def losses(path, stage):
    with open(path) as f:
        events = [json.loads(line) for line in f.read().split("\n\n")[0].splitlines()]
    names = {"step": ("step.loss", "loss"), "epoch": ("val.loss",)}  # a step of the reference has its loss alone
    return [e[name] for e in events if e.get("stage") == stage for name in names.get(e["event"], ()) if name in e]


def weights(run, stage):
    return sorted(glob.glob(place(run, "checkpoints", f"{stage}-*", "weights.safetensors")))[-1]


for stage in "plain", "turned":
    of = {run: losses(place(run, "metrics.jsonl"), stage) for run in ("one", "two", "exact.run", "said.run")}
    reference = losses(place("reference.jsonl"), stage)
    expect(f"{stage}: there are steps and measures of val", len(of["one"]) > 20)
    expect(f"{stage}: two threads have the losses of one", of["two"] == of["one"])
    with open(weights("one", stage), "rb") as a, open(weights("two", stage), "rb") as b:
        expect(f"{stage}: two threads have the weights of one", a.read() == b.read())
    expect(f"{stage}: `precision f32` is what there is without it", of["said.run"] == of["exact.run"])
    apart = [abs(a - b) for a, b in zip(of["one"], of["exact.run"])]
    expect(f"{stage}: bf16 changes most losses, at most {max(apart):.1e}", sum(d > 1e-6 for d in apart) > len(apart) / 2)
    expect(f"{stage}: bf16 is {max(apart):.1e} away from f32, allowed {NEAR_F32}", max(apart) <= NEAR_F32)
    expect(f"{stage}: it learns, {of['one'][0]} to {of['one'][-1]}", of["one"][-1] < of["one"][0])
    expect(f"{stage}: {len(reference)} losses of the reference, {len(of['one'])} compiled", len(reference) == len(of["one"]))
    away = max(abs(a - b) for a, b in zip(of["one"], reference))
    expect(f"{stage}: {away:.1e} away from the reference, allowed {NEAR_REFERENCE}", away <= NEAR_REFERENCE)
    expect(f"{stage}: weights stay f32", set(dtypes(weights("one", stage)).values()) == {"F32"})
    # Of the first step alone nothing has drifted yet.
    expect(f"{stage}: the first loss is {of['one'][0]}, the reference's {reference[0]}, f32's {of['exact.run'][0]}",
           abs(of["one"][0] - reference[0]) < abs(of["one"][0] - of["exact.run"][0]) / 4)
print("\n".join(failures) or "steps of bf16 are what they should be")
sys.exit(bool(failures))
