#!/usr/bin/env python3
"""Holds runs of tests/run/adapters.tl against each other and against the formulas of its adapters.

  adapters.py write FOLDER     the data, and plain.tl, which loads what was merged
  adapters.py check FOLDER     base weights, losses of adapters and of written expressions, bits of threads and resumes, exports
"""
import json, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import points
from tensors import tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda name: os.path.join(folder, name)

if command == "write":
    points.write(place("points.csv"), 200)
    with open(place("adapters.tl")) as f:
        script = f.read()
    part = lambda begin: script[script.index(begin):].split("\n}\n")[0] + "\n}\n"
    with open(place("plain.tl"), "w") as f:
        f.write("use std.nn, std.optim, std.random\n" + part("data points") + part("layer Body") + part("model Net") + """
model Loaded {
  net = Net() from "merged.safetensors"
  forward(x: f32[b, 4]) -> f32[b, 3] { net(x) }
}
pretrain again: Loaded on points {
  objective cross_entropy(label)
  optimizer SGD(1e-30)
  batch 16;  epochs 1
}
""")
    sys.exit()


def rows(tensor):
    return [tensor[at:at + tensor.shape[-1]] for at in range(0, len(tensor), tensor.shape[-1])]


def events(run, stage, kind):
    with open(place(run + "/metrics.jsonl")) as f:
        return [line for line in map(json.loads, f) if line["event"] == kind and line["stage"] == stage]


def weights(run, stage, step):
    return place(f"{run}/checkpoints/{stage}-{step:09}/weights.safetensors")


def contents(path):
    with open(path, "rb") as f:
        return f.read()


first, tuned = tensors(weights("whole", "first", 20)), tensors(weights("whole", "tuned", 30))
for base in ("body.up.w", "body.down.w", "body.rec"):
    assert tuned[base] == first[base], f"{base} is no longer what was loaded"
assert tuned["body.up.b"] != first["body.up.b"], "phase two trains the bias"
assert rows(tuned["body.up.w.Low.b"]) != [[0.0] * 16] * 2 and rows(tuned["body.down.w.Rows.s"]) != [[1.0] * 8], "the adapters stayed as they started"
assert tuned["body.up.w.Low.seen"] == [30.0], "once a step"

for stage in ("begun", "later"):
    m = tensors(weights("whole", stage, 10))["body.down.w.Lengths.m"]
    for got, column in zip(m, zip(*rows(first["body.down.w"])), strict=True):
        wanted = 2 * sum(w * w for w in column) ** 0.5
        assert abs(got - wanted) < 1e-6 * wanted, (stage, got, wanted)

for kind, what in (("step", ["step.loss", "step.gradient_norm"]), ("epoch", ["train.loss", "val.loss"])):
    ours, theirs = ([[e[key] for key in what] for e in events(run, "tuned", kind)] for run in ("whole", "written"))
    assert ours and ours == theirs, f"{kind}: the written expressions train otherwise\n{ours}\n{theirs}"
for other in ("threads", "parts"):
    assert contents(weights(other, "tuned", 30)) == contents(weights("whole", "tuned", 30)), f"{other} gives other bits"

apart, merged = tensors(place("apart.safetensors")), tensors(place("merged.safetensors"))
assert sorted(apart) == sorted(tuned), sorted(apart)
assert sorted(merged) == ["body.down.w", "body.rec", "body.up.b", "body.up.w", "head.b", "head.w"], sorted(merged)
for path in ("body.up.w", "body.rec"):
    w, a, b = (rows(tuned[path + part]) for part in ("", ".Low.a", ".Low.b"))
    for i, line in enumerate(rows(merged[path])):
        for j, value in enumerate(line):
            wanted = w[i][j] + 0.5 * sum(a[i][k] * b[k][j] for k in range(2))
            assert abs(value - wanted) < 1e-6, (path, i, j, value, wanted)
s = rows(tuned["body.down.w.Rows.s"])[0]
for line, kept in zip(rows(merged["body.down.w"]), rows(tuned["body.down.w"])):
    assert all(abs(value - w * by) < 1e-6 for value, w, by in zip(line, kept, s)), (line, kept, s)
measured, wanted = (events(run, stage, "epoch")[-1]["val.loss"] for run, stage in (("plain", "again"), ("whole", "tuned")))
assert abs(measured - wanted) < 1e-6 * wanted, (measured, wanted)
