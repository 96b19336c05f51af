#!/usr/bin/env python3
"""Holds runs of tests/run/layer_adapters.tl against each other.

  layer_adapters.py write FOLDER     the data, and plain.tl, which loads what was merged
  layer_adapters.py check FOLDER     base weights, losses of adapters and of layers written out, merged exports
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
        f.write("use std.nn, std.optim\n" + "".join(map(part, ("data points", "layer Shifted", "layer Body", "model Net"))))
        for stage, file in (("again", "merged"), ("dropped", "dropping"), ("unmixed", "mixed")):
            f.write(f"""
model {file}Net {{
  net = Net() from "{file}.safetensors"
  forward(x: f32[b, 4]) -> f32[b, 3] {{ net(x) }}
}}
pretrain {stage}: {file}Net on points {{
  objective cross_entropy(label)
  optimizer SGD(1e-30)
  batch 16;  epochs 1
}}
""")
    sys.exit()


def events(run, stage, kind):
    with open(place(run + "/metrics.jsonl")) as f:
        return [line for line in map(json.loads, f) if line["event"] == kind and line["stage"] == stage]


def weights(run, stage, step):
    return tensors(place(f"{run}/checkpoints/{stage}-{step:09}/weights.safetensors"))


first = weights("whole", "first", 20)
for stage in ("tuned", "dropping", "mixed", "narrow"):
    tuned = weights("whole", stage, 20)
    for base in ("body.up.w", "body.down.lin.w") + (() if stage == "mixed" else ("body.up.b",)):
        assert tuned[base] == first[base], f"{stage}: {base} is no longer what was loaded"
    added = {path: numbers for path, numbers in tuned.items() if path not in first}
    assert added and all(len(set(numbers)) > 1 for numbers in added.values()), (stage, added)
assert weights("whole", "tuned", 20)["body.down.lin.b"] == first["body.down.lin.b"] and weights("whole", "dropping", 20)["body.down.lin.b"] != first["body.down.lin.b"]

for kind, what in (("step", ["step.loss", "step.gradient_norm"]), ("epoch", ["train.loss", "val.loss"])):
    ours, theirs = ([[e[key] for key in what] for e in events(run, "tuned", kind)] for run in ("whole", "written"))
    assert ours and len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert all(abs(x - y) <= 2e-6 * abs(y) for x, y in zip(a, b)), f"{kind}: the layers written out train otherwise\n{a}\n{b}"
for stage, of in (("again", "tuned"), ("dropped", "dropping"), ("unmixed", "mixed")):
    measured, wanted = (events(run, name, "epoch")[-1]["val.loss"] for run, name in (("plain", stage), ("whole", of)))
    assert abs(measured - wanted) < 2e-6 * wanted, (stage, measured, wanted)
