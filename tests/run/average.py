#!/usr/bin/env python3
"""Four points near a line, the steps of a line towards them, and averages of its weights.

  average.py make|check FOLDER
"""
import json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures"))
import tensors as files

TRAIN = [(-1.0, -1.5), (0.0, 0.75), (1.0, 2.0), (2.0, 4.5)]
VAL = [(0.5, 1.0), (1.5, 3.5)]


def loss(points, w, c):
    return sum((w * x + c - y) ** 2 for x, y in points) / len(points)


def trained(w, c, steps, rule, frozen_from=None):
    """The averages, and what of them is measured after each step."""
    a, measured = (w, c), []
    for t in range(1, steps + 1):
        dw = sum(2 * (w * x + c - y) * x for x, y in TRAIN) / len(TRAIN)
        dc = sum(2 * (w * x + c - y) for x, y in TRAIN) / len(TRAIN)
        w -= 0.05 * dw
        if frozen_from is None or t < frozen_from:
            c -= 0.05 * dc
            a = (a[0], rule(a[1], c, t))
        a = (rule(a[0], w, t), a[1])
        measured.append(loss(VAL, *a))
    return a, measured


def ema(a, w, t):
    d = min(0.9, (1 + t) / (10 + t))
    return d * a + (1 - d) * w


def mean(a, w, t):
    return a + (w - a) / max(t - 3 + 1, 1)


def tensors(path):
    return {name: numbers[0] for name, numbers in files.tensors(path).items()}


folder = sys.argv[2]
if sys.argv[1] == "make":
    for name, points in (("train", TRAIN), ("val", VAL)):
        with open(os.path.join(folder, name + ".csv"), "w") as f:
            f.writelines(f"{x},{y}\n" for x, y in points)
    sys.exit()
os.chdir(folder)
first, measured = trained(0.5, 0.25, 10, ema, frozen_from=7)
right = {"fit": first, "sums": trained(0.5, 0.25, 8, mean)[0], "next": trained(*first, 1, ema)[0]}
for stage, (w, c) in right.items():
    ours = tensors(stage + ".safetensors")
    print(stage, ours, w, c)
    assert len(ours) == 2 and all(abs(value - {"w": w, "c": c}[name[-1]]) < 1e-6 for name, value in ours.items())
with open("run/metrics.jsonl") as f:
    epochs = [event["val.loss"] for event in map(json.loads, f) if event["event"] == "epoch" and event["stage"] == "fit"]
print(epochs, measured)
assert len(epochs) == len(measured) and all(abs(a - b) < 1e-6 for a, b in zip(epochs, measured))
with open("answer.json") as f:
    answer = f.read()
print(answer)
assert abs(float(json.loads(answer)["value"][0] if answer.strip().startswith("{") else answer.split()[-1]) - (2 * first[0] + first[1])) < 1e-5
