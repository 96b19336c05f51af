#!/usr/bin/env python3
"""Holds what tests/run/formulas.tl left in the current folder against the formulas, in plain Python."""
import csv, json, math, sys

failed = False


def near(what, ours, formula, away):
    global failed
    if len(ours) != len(formula) or any(not abs(a - b) <= away for a, b in zip(ours, formula)):
        failed = True
        print(f"{what}: {ours}, expected {formula} within {away}")


with open("run/metrics.jsonl") as f:
    steps = [line for line in map(json.loads, f) if line["event"] == "step"]
losses = lambda stage: [line["step.loss"] for line in steps if line["stage"] == stage]


def descent(factors):
    """The loss is the weight and its gradient is 1: the weight before each step, at rate 1."""
    return [-sum(factors[:step]) for step in range(len(factors))]


near("warmup", losses("warm"), descent([1 / 4, 2 / 4, 3 / 4, 1, 1, 1]), 1e-6)
near("linear", losses("falling"), descent([1 - 0.5 * step / 4 for step in range(4)]), 1e-6)
near("cosine", losses("cosine_falling"), descent([0.2 + 0.4 * (1 + math.cos(math.pi * step / 4)) for step in range(4)]), 1e-6)
# Five deviations of a mean of 30,000 or 60,000 draws; a bound is reached within a thousandth of its range.
near("dropout's mean", losses("drops"), [1], 0.05)
# What an output of a kernel is a sum of, and in how many outputs an input counts.
FANS = [(9 * 64, 9 * 64), (9 * 64 / 4, 9 * 128 / 4), (5 * 64, 5 * 32), (9 * 32, 9 * 64), (4 * 64, 4 * 32)]
kernel = lambda fans: math.sqrt(6 / sum(fans))
with open("answer.json") as f:
    answer = json.load(f)["value"]
for name, ours, formula, away in zip(
        ("max glorot", "-min glorot", "mean he²", "max fan_in", "mean normal²", "min uniform", "max uniform", "mean of three he²",
         "mean square between two of three", "max of Conv2D", "max of Conv2D in groups", "max of Conv1D", "max of ConvTranspose2D",
         "max of ConvTranspose1D"), answer,
        (math.sqrt(6 / 500), math.sqrt(6 / 500), 2 / 300, 1 / math.sqrt(300), 4, -1, 3, 2 / 300, 4 / 300, *map(kernel, FANS)),
        (1e-3, 1e-3, 2e-4, 1e-3, 0.12, 4e-3, 4e-3, 2e-4, 4e-4, *[1e-3] * len(FANS))):
    near(name, [ours], [formula], away)
near("LayerNorm", answer[14:], [0.001 * d / math.sqrt(1.25e-6 + 1e-5) for d in (-1.5, -0.5, 0.5, 1.5)], 1e-5)

with open("iris.csv") as f:
    rows = list(csv.reader(f))
classes = sorted({row[4] for row in rows})
records = [([float(cell) for cell in row[:3]], classes.index(row[4])) for row in rows]
guess = lambda x: x.index(max(x))
rank = lambda x, label: sum(other > x[label] for other in x)
with open("run/summary.json") as f:
    test = next(iter(json.load(f)["tests"].values()))
share = lambda k: sum(rank(x, label) < k for x, label in records) / len(records)
near("accuracy", [test["accuracy"]], [sum(guess(x) == label for x, label in records) / len(records)], 1e-6)
near("top 1 and 2", [test["top_k(k = 1)"], test["top_k(k = 2)"]], [share(1), share(2)], 1e-6)
near("confusion", [n for row in test["confusion"] for n in row],
     [sum(label == i and guess(x) == j for x, label in records) for i in range(3) for j in range(3)], 0)
sys.exit(failed)
