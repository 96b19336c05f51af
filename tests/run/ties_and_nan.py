#!/usr/bin/env python3
"""Writes the records of tests/run/ties_and_nan.tl, and finds its metrics again by sorting.

  ties_and_nan.py write FOLDER          ties_and_nan.py check FOLDER
"""
import json, math, os, sys

command, folder = sys.argv[1:]
place = lambda name: os.path.join(folder, name)
KINDS = "abc"
TIES = [([1, 1, 1], 0), ([1, 1, 1], 1), ([1, 1, 1], 2), ([2, 5, 5], 1), ([2, 5, 5], 2), ([5, 2, 5], 0), ([-3, -3, -4], 1), ([7, 0, 0], 0), ([7, 0, 0], 2)]

if command == "write":
    rows = [[*x, 0, KINDS[label]] for x, label in TIES]
    for name, hole in ("ties.csv", 0), ("hole.csv", -1):
        rows[5][3] = hole
        with open(place(name), "w") as f:
            f.writelines(",".join(map(str, row)) + "\n" for row in [["p", "q", "r", "hole", "kind"]] + rows)
    with open(place("asked.jsonl"), "w") as f:
        f.writelines(json.dumps({"x": x}) + "\n" for x in ([1, 1, 1, 0], [0, 9, 1, -1], [1, 2, 3, 0]))
    sys.exit()

with open(place("run/summary.json")) as f:
    tests = json.load(f)["tests"]
order = lambda x: sorted(range(3), key=lambda j: (-x[j], j))
share = lambda k: sum(label in order(x)[:k] for x, label in TIES) / len(TIES)
matrix = [[sum(label == i and order(x)[0] == j for x, label in TIES) for j in range(3)] for i in range(3)]
wanted = {"accuracy": share(1), "top_k(k = 1)": share(1), "top_k(k = 2)": share(2), "top_k(k = 3)": 1, "confusion": matrix}
near = lambda a, b: len(a) == len(b) and all(map(near, a, b)) if isinstance(b, list) else abs(a - b) < 1e-6
found = tests["ties.last on alike.test"]
wrong = [f"{name}: {found[name]}, expected {value}" for name, value in wanted.items() if not near(found[name], value)]
# JSON has no NaN: null.
isNaN = lambda value: all(map(isNaN, value)) if isinstance(value, list) else value is None or math.isnan(value)
broken = {name: value for name, value in tests["broken.last on holed.test"].items() if name not in ("checkpoint", "records")}
wrong += [f"{name}: {value}, expected NaN" for name, value in broken.items() if not isNaN(value)]
print("\n".join(wrong))
sys.exit(bool(wrong) or len(broken) != 5)
