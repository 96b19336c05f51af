#!/usr/bin/env python3
"""Points near a line, and others that a second head is made for.

  beside.py make|check FOLDER
"""
import json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures"))
import tensors as files

POINTS = {
    "train": [(-1.0, -1.5), (0.0, 0.75), (1.0, 2.0), (2.0, 4.5)],
    "val": [(0.5, 1.0), (1.5, 3.5), (-0.5, -0.75), (2.5, 5.0), (3.0, 5.5)],
    "other": [(1.0, 0.5), (3.0, 2.5), (8.0, -1.5), (4.0, 0.0), (2.0, 1.25)],
    "other-val": [(2.0, 1.0), (5.0, -3.0)],
    "other-test": [(1.0, 2.0), (4.0, 0.25)],
}


def mean(values):
    return sum(values) / len(values)


def near(ours, right):
    assert abs(ours - right) < 2e-6 * max(1, abs(right)), (ours, right)


def check():
    with open("run/metrics.jsonl") as f:
        events = [json.loads(line) for line in f]
    middle = mean([x for x, _ in POINTS["other"]])
    width = mean([(x - middle) ** 2 for x, _ in POINTS["other"]]) ** 0.5
    scaled = {name: [((x - middle) / width, y) for x, y in points] for name, points in POINTS.items()}
    w, c, v = 0.5, 0.25, -0.5
    regression = lambda points: [w * x + c - y for x, y in points]
    away = lambda points: [v * x + w - y for x, y in points]
    for epoch in (e for e in events if e["event"] == "epoch" and e["stage"] == "whole"):
        d, e = regression(POINTS["train"]), away(scaled["other"])
        square, far = mean([a * a for a in d]), mean([abs(a) for a in e])
        near(epoch["train.regression"], square)
        near(epoch["train.away"], far)
        near(epoch["train.worst"], 4 * far)
        near(epoch["train.loss"], square + 0.125 * far)
        sign = [1 if a > 0 else -1 for a in e]
        dw = mean([2 * a * x for a, (x, _) in zip(d, POINTS["train"])]) + 0.125 * mean(sign)
        dc, dv = mean([2 * a for a in d]), 0.125 * mean([s * x for s, (x, _) in zip(sign, scaled["other"])])
        w, c, v = w - 0.05 * dw, c - 0.05 * dc, v - 0.05 * dv
        square, far = mean([a * a for a in regression(POINTS["val"])]), mean([abs(a) for a in away(scaled["other-val"])])
        near(epoch["val.regression"], square)
        near(epoch["val.away"], far)
        near(epoch["val.loss"], square + 0.125 * far)
    for path, numbers in files.tensors("whole.safetensors").items():
        near(numbers[0], {"w": w, "c": c, "v": v, "other.x.mean": middle, "other.x.deviation": width}[path])


folder = sys.argv[2]
if sys.argv[1] == "make":
    for name, points in POINTS.items():
        with open(os.path.join(folder, name + ".csv"), "w") as f:
            f.writelines(f"{x},{y}\n" for x, y in points)
    sys.exit()
os.chdir(folder)
check()
