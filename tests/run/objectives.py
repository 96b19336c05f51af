#!/usr/bin/env python3
"""Four points near a line, five to measure on, and steps towards them by sums of objectives.

  objectives.py make|check FOLDER
"""
import json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures"))
import tensors as files

TRAIN = [(-1.0, -1.5), (0.0, 0.75), (1.0, 2.0), (2.0, 4.5)]
VAL = [(0.5, 1.0), (1.5, 3.5), (-0.5, -0.75), (2.5, 5.0), (3.0, 5.5)]


def mean(values):
    return sum(values) / len(values)


class Line:
    def __init__(self):
        self.w, self.c = 0.5, 0.25

    def off(self, points):
        return [self.w * x + self.c - y for x, y in points]

    def regression(self, points):
        return mean([d * d for d in self.off(points)])

    def far(self, points):
        return mean([abs(d) for d in self.off(points)])

    def step(self, points, square=1.0, straight=0.0, shrink=0.0):
        """By the gradient of square · mean d² + straight · mean |d| + shrink · w²."""
        d = self.off(points)
        slope = [square * 2 * e + straight * (1 if e > 0 else -1) for e in d]
        dw, dc = mean([s * x for s, (x, _) in zip(slope, points)]) + shrink * 2 * self.w, mean(slope)
        self.w, self.c = self.w - 0.05 * dw, self.c - 0.05 * dc


def tensors(path):
    return {name: numbers[0] for name, numbers in files.tensors(path).items()}


def near(ours, right):
    assert abs(ours - right) < 2e-6 * max(1, abs(right)), (ours, right)


folder = sys.argv[2]
if sys.argv[1] == "make":
    for name, points in (("train", TRAIN), ("val", VAL), ("test", VAL)):
        with open(os.path.join(folder, name + ".csv"), "w") as f:
            f.writelines(f"{x},{y}\n" for x, y in points)
    sys.exit()
os.chdir(folder)
with open("run/metrics.jsonl") as f:
    events = [json.loads(line) for line in f]
epochs = {stage: [e for e in events if e["event"] == "epoch" and e["stage"] == stage] for stage in ("apart", "alike", "scaled")}

alike, scaled = Line(), Line()
for epoch in epochs["alike"]:
    near(epoch["train.regression"], alike.regression(TRAIN))
    near(epoch["train.far"], alike.far(TRAIN))
    near(epoch["train.loss"], alike.regression(TRAIN) - 0.2 * alike.far(TRAIN))
    alike.step(TRAIN, straight=-0.2)
    near(epoch["val.loss"], alike.regression(VAL) - 0.2 * alike.far(VAL))
    near(epoch["val.worst"], 4 * alike.far(VAL))
scaled.step(TRAIN, square=3)
near(epochs["scaled"][0]["val.loss"], 3 * scaled.regression(VAL))
near(epochs["scaled"][0]["val.regression"], scaled.regression(VAL))
for name, line in (("alike", alike), ("scaled", scaled)):
    for path, value in tensors(name + ".safetensors").items():
        near(value, {"w": line.w, "c": line.c}[path])

# The order of the records is the seed's: the batches are those that fit what was logged.
steps = [e for e in events if e["event"] == "step" and e["stage"] == "apart"]
apart = Line()
for i, epoch in enumerate(epochs["apart"]):
    first, seen = steps[2 * i], []
    for left in range(4):
        trial = [p for j, p in enumerate(TRAIN) if j != left]
        if abs(apart.regression(trial) + 0.125 * apart.w ** 2 - first["step.loss"]) < 1e-6:
            seen.append(left)
    assert len(seen) == 1, (first, seen)
    left = seen[0]
    sums = [0.0, 0.0]
    for batch in ([p for j, p in enumerate(TRAIN) if j != left], [TRAIN[left]]):
        sums[0] += apart.regression(batch) * len(batch)
        sums[1] += apart.w ** 2
        apart.step(batch, shrink=0.125)
    near(epoch["train.regression"], sums[0] / 4)
    near(epoch["train.large"], sums[1] / 2)
    near(epoch["train.loss"], sums[0] / 4 + 0.125 * sums[1] / 2)
    near(epoch["val.loss"], apart.regression(VAL) + 0.125 * apart.w ** 2)
    near(epoch["val.large"], apart.w ** 2)
for path, value in tensors("apart.safetensors").items():
    near(value, {"w": apart.w, "c": apart.c}[path])

with open("run/summary.json") as f:
    tests = json.load(f)["tests"]
asked = {"apart": {"loss"}, "alike": {"loss", "far"}}
for stage, names in asked.items():
    told = tests[f"{stage}.last on line.test"]
    assert told.keys() - {"checkpoint", "records"} == names, told
    for name in names:
        near(told[name], epochs[stage][-1]["val." + name])
