#!/usr/bin/env python3
"""Means and squares of what tests/run/large_means.tl normalises, which are 0 and 1, and batch norm's statistics in exact arithmetic.

  large_means.py write FOLDER     the data: 64 images [32, 32, 4]
  large_means.py check FOLDER     FOLDER/run, FOLDER/events.jsonl and FOLDER/values
"""
import json, os, random, struct, sys
from fractions import Fraction

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
from tensors import tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda *names: os.path.join(folder, *names)
SHAPE = (64, 32, 32, 4)
pixels = random.Random(7).randbytes(64 * 32 * 32 * 4)

if command == "write":
    with open(place("images"), "wb") as f:
        f.write(struct.pack(">BBBB4I", 0, 0, 8, 4, *SHAPE) + pixels)
    with open(place("labels"), "wb") as f:
        f.write(struct.pack(">BBBBI", 0, 0, 8, 1, 64) + bytes(i % 2 for i in range(64)))
    sys.exit()


failed = 0


def near(what, ours, theirs, away):
    global failed
    if not abs(ours - theirs) <= away:
        failed += 1
        print(f"{what}: {ours}, not {theirs}")


for log in ("run/metrics.jsonl", "events.jsonl"):
    for event in map(json.loads, open(place(log))):
        if event["event"] == "epoch":
            # An f32 near 100000 is a multiple of 1 / 128, of a deviation of 1.15 here: a mean can be half of that away.
            near(f"{log}: {event['stage']}, mean", event["train.middle"], 0, 4e-3)
            near(f"{log}: {event['stage']}, mean square", event["train.loss"], 1, 1e-4)
for path in ("run/checkpoints/batch-000000001/weights.safetensors", "values/batch.safetensors"):
    ours = tensors(place(path))
    for channel in range(4):
        values = pixels[channel::4]
        mean = Fraction(sum(values), len(values))
        variance = float((sum(value * value for value in values) - mean * mean * len(values)) / (len(values) - 1)) / 64**2
        near(f"{path}: running mean", ours["norm.mean"][channel], 0.1 * (100000 + float(mean) / 64), 2e-3)
        near(f"{path}: running variance", ours["norm.variance"][channel], 0.9 + 0.1 * variance, 1e-5)
print("all as they should be" if not failed else f"{failed} differ")
sys.exit(bool(failed))
