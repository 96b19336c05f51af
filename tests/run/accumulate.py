#!/usr/bin/env python3
"""Holds runs of tests/run/accumulate.tl in four batches a step against runs in one.

  accumulate.py write FOLDER     the data: 200 records, so that the third step of an epoch is short
  accumulate.py check FOLDER     losses of steps, metrics of epochs and weights, of programs and of tl-ref
"""
import json, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import points
from tensors import tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda name: os.path.join(folder, name)

if command == "write":
    points.write(place("points.csv"), 200)
    sys.exit()


def events(name, kind):
    with open(place(name)) as f:
        return [line for line in map(json.loads, f) if line["event"] == kind and line["stage"] == "fit"]


worst, failed = {}, False


def near(what, ours, theirs, away):
    """Within `away` of the greatest of them."""
    global failed
    size = max([abs(value) for value in theirs] + [1e-30])
    apart = max([abs(a - b) / size for a, b in zip(ours, theirs)] + [0 if len(ours) == len(theirs) and ours else 1])
    worst[what.split(":")[0]] = max(worst.get(what.split(":")[0], 0), apart)
    if not apart <= away:
        failed = True
        print(f"{what}: {apart:.1e} apart, {away} allowed\n  {ours[:8]}\n  {theirs[:8]}")


# f32 sums in another order, over 12 steps of Adam; in double the two are one computation.
for what, away, ours, theirs, log, other in (
        ("compiled", 1e-6, "parts.run/checkpoints/fit-000000012/weights.safetensors", "whole.run/checkpoints/fit-000000012/weights.safetensors",
         "parts.run/metrics.jsonl", "whole.run/metrics.jsonl"),
        ("tl-ref", 1e-12, "parts.ref/fit.safetensors", "whole.ref/fit.safetensors", "parts.jsonl", "whole.jsonl")):
    mine, theirs = tensors(place(ours)), tensors(place(theirs))
    # A buffer is assigned for each batch: of 150 to 170 records ten batches, or three.
    calls, whole = mine.pop("batches")[0], theirs.pop("batches")[0]
    if whole != 12 or not 36 < calls <= 48:
        failed = True
        print(f"{what}: {calls} batches in {whole} steps")
    if mine.keys() != theirs.keys():
        sys.exit(f"{what}: {sorted(mine)} against {sorted(theirs)}")
    for key in mine:
        near(f"{what}: {key}", mine[key], theirs[key], away)
    for kind, keys in ("step", ("step.loss", "loss")), ("epoch", ("train.loss", "train.hits", "val.loss", "val.hits")):
        mine, whole = events(log, kind), events(other, kind)
        for key in keys:
            if key in whole[0]:
                near(f"{what}: {key}", [line[key] for line in mine], [line[key] for line in whole], away)
near("compiled and tl-ref: losses", [line["step.loss"] for line in events("parts.run/metrics.jsonl", "step")],
     [line["loss"] for line in events("parts.jsonl", "step")], 1e-5)
for run, name, what in (("threads", "fit-000000012", "another number of threads"), ("whole", "exact-000000008", "a step of one batch")):
    with open(place(f"parts.run/checkpoints/{name}/weights.safetensors"), "rb") as a, \
            open(place(f"{run}.run/checkpoints/{name}/weights.safetensors"), "rb") as b:
        if a.read() != b.read():
            failed = True
            print(f"{what} gives other bits in {name}")
print(", ".join(f"{what} at most {apart:.1e} apart" for what, apart in worst.items()))
sys.exit(failed)
