#!/usr/bin/env python3
"""Steps of a line that is pulled towards where it began, by hand.

  near_start.py FOLDER
"""
import json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures"))
import tensors as files

TRAIN = [(-1.0, -1.5), (0.0, 0.75), (1.0, 2.0), (2.0, 4.5)]
VAL = [(0.5, 1.0), (1.5, 3.5)]
PULL, RATE = 0.3, 0.05


def step(w, c, start=None, frozen=False):
    dw = sum(2 * (w * x + c - y) * x for x, y in TRAIN) / len(TRAIN)
    dc = sum(2 * (w * x + c - y) for x, y in TRAIN) / len(TRAIN)
    if start:
        dw += PULL * (w - start[0])
        dc += PULL * (c - start[1])
    return w - RATE * dw, c - (0 if frozen else RATE * dc)


def loss(points, w, c):
    return sum((w * x + c - y) ** 2 for x, y in points) / len(points)


def near(a, b):
    assert abs(a - b) < 1e-5, (a, b)


folder = sys.argv[1]
first, last, parts = (files.tensors(os.path.join(folder, name + ".safetensors")) for name in ("fit", "next", "parts"))
w, c = 0.5, 0.25
for _ in range(3):
    w, c = step(w, c)
near(w, first["w"][0]), near(c, first["c"][0])
start = w, c
for t in range(8):
    w, c = step(w, c, start, frozen=t >= 5)
for trained in (last, parts):
    near(w, trained["net.w"][0]), near(c, trained["net.c"][0])
assert set(last) == {"net.w", "net.c", "net.k"}, last
test = json.load(open(os.path.join(folder, "run/summary.json")))["tests"]["next.last on line.test"]
pulled = ((w - start[0]) ** 2 + (c - start[1]) ** 2) / 2
near(test["near_start"], pulled), near(test["loss"], loss(VAL, w, c) + PULL * pulled), near(test["gone"], abs(w - start[0]))
