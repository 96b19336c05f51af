#!/usr/bin/env python3
"""Holds a run of tests/run/frozen_rows.tl against one whose frozen rows are weights of their own.

  frozen_rows.py write FOLDER     the data
  frozen_rows.py check FOLDER     losses, norms and rows of both runs
"""
import json, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import points
from tensors import tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda *names: os.path.join(folder, *names)
if command == "write":
    points.write(place("points.csv"), 200)
    sys.exit()


def steps(run):
    with open(place(run, "metrics.jsonl")) as f:
        return [line for line in map(json.loads, f) if line["event"] == "step"]


rows, apart = [line for line in steps("rows") if line["stage"] == "fit"], steps("apart")
part = [line["phase"] for line in rows].count("part")
assert len(rows) == len(apart) > part > 0
# In the second phase Adam's counts differ: a row's own weight begins when it thaws, a row's count is the whole weight's.
for ours, theirs in zip(rows[:part + 1], apart):
    for key in ("step.loss", "step.gradient_norm"):
        assert abs(ours[key] - theirs[key]) <= 1e-5 * abs(theirs[key]), (ours, theirs)

names = sorted(os.listdir(place("rows", "checkpoints")))
weights = [tensors(place("rows", "checkpoints", name, "weights.safetensors")) for name in names if name.startswith("fit-")]
start = [[0.05 * (i + 1) + 0.02 * j for j in range(16)] for i in range(4)]
table = lambda w: [w["up.w"][at:at + 16] for at in range(0, 64, 16)]
end = table(weights[-1])
assert all(abs(a - b) > 1e-6 for i in range(4) for a, b in zip(end[i], start[i])), "the last phase trains all rows"
first = next(table(w) for name, w in zip([n for n in names if n.startswith("fit-")], weights) if int(name.split("-")[1]) == part)
for i in (0, 1, 3):
    assert all(abs(a - b) < 1e-6 for a, b in zip(first[i], start[i])), f"row {i} moved"
assert all(abs(a - b) > 1e-4 for a, b in zip(first[2], start[2])), "row 2 stayed"

mean = [tensors(place("rows", "checkpoints", name, "weights.safetensors"))["net.up.w"] for name in names if name.startswith("mean-")][-1]
assert mean[:32] == weights[-1]["up.w"][:32], "the average of frozen rows moved"
assert all(a != b for a, b in zip(mean[32:], weights[-1]["up.w"][32:])), "the average stayed"
