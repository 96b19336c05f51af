#!/usr/bin/env python3
"""Five points near a line, one to measure on, and phases that take turns.

  turns.py make|check FOLDER
"""
import json, math, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures"))
import tensors as files

TRAIN = [(-1.0, -1.5), (0.25, 0.75), (1.0, 2.0), (2.0, 4.5), (3.0, 1.375)]
VAL = [(0.5, 1.0), (1.5, 3.5)]


def mean(values):
    return sum(values) / len(values)


def sign(x):
    return (x > 0) - (x < 0)


class Two:
    def __init__(self):
        self.w = {"u": 0.5, "v": -1.0, "z": 2.0}

    def off(self, points):
        return [self.w["u"] * self.w["v"] * x + self.w["z"] - y for x, y in points]

    def up(self, points):
        return mean([-abs(d) for d in self.off(points)])

    def down(self, points):
        return mean([d * d for d in self.off(points)])

    def gradient(self, points, slope, names):
        """Of the mean over points, whose slope by what is off is given."""
        all = {"u": [s * self.w["v"] * x for s, (x, _) in zip(slope, points)], "v": [s * self.w["u"] * x for s, (x, _) in zip(slope, points)], "z": slope}
        return {name: mean(all[name]) for name in names}

    def up_gradient(self, points, names):
        return self.gradient(points, [-sign(d) for d in self.off(points)], names)

    def down_gradient(self, points, names):
        return self.gradient(points, [2 * d for d in self.off(points)], names)


def tensors(path):
    return {name: numbers[0] for name, numbers in files.tensors(path).items()}


def near(ours, right):
    assert abs(ours - right) < 1e-5 * max(1, abs(right)), (ours, right)


folder = sys.argv[2]
if sys.argv[1] == "make":
    for name, points in (("train", TRAIN), ("val", VAL)):
        with open(os.path.join(folder, name + ".csv"), "w") as f:
            f.writelines(f"{x},{y}\n" for x, y in points)
    sys.exit()
os.chdir(folder)
with open("run/metrics.jsonl") as f:
    events = [json.loads(line) for line in f]

# Which record a step saw is the seed's: the one that fits what was logged.
two, momentum = Two(), {"u": 0.0, "z": 0.0}
steps = [e for e in events if e["stage"] == "duel" and e["event"] == "step"]
measured = [e for e in events if e["stage"] == "duel" and e["event"] == "epoch"]
assert len(steps) == 15 and len(measured) == 3
totals, seen = {"up": [], "down": []}, []
for i, step in enumerate(steps):
    kind = "down" if i % 3 == 2 else "up"
    assert ("step.up" in step) == (kind == "up") and ("step.down" in step) == (kind == "down"), step
    loss = getattr(two, kind)
    fits = [j for j in range(5) if abs(loss([TRAIN[j]]) - step["step." + kind]) < 1e-5 and j not in seen]
    assert len(fits) == 1, (step, fits)
    seen.append(fits[0])
    point = [TRAIN[fits[0]]]
    totals[kind].append(loss(point))
    names = ["u" if kind == "up" else "v", "z"]
    slope = getattr(two, kind + "_gradient")(point, names)
    norm = math.sqrt(sum(g * g for g in slope.values()))
    near(step["step.gradient_norm"], norm)
    near(step["step.learning_rate"], 0.1 if kind == "up" else 0.05)
    for name, g in slope.items():
        if kind == "up":
            momentum[name] = 0.5 * momentum[name] + g
            two.w[name] -= 0.1 * momentum[name]
        else:
            two.w[name] -= 0.05 * g * min(1, 0.5 / norm)
    if len(seen) == 5:
        epoch = measured[i // 5]
        for name in ("up", "down"):
            near(epoch["train." + name], mean(totals[name]))
            near(epoch["val." + name], getattr(two, name)(VAL))
        totals, seen = {"up": [], "down": []}, []
for path, value in tensors("duel.safetensors").items():
    near(value, two.w[path])

# Two batches of two or, of five records, a rest of one are a step: both phases see the same records in all, and each has its own moments and its own count.
two, moments = Two(), {"one": [0.0, 0.0, 0], "other": [0.0, 0.0, 0]}
steps = [e for e in events if e["stage"] == "added" and e["event"] == "step"]
last = [e for e in events if e["stage"] == "added" and e["event"] == "epoch"][-1]
assert len(steps) == 12
for i, step in enumerate(steps):
    kind, rate = (("one", 0.1), ("other", 0.2))[i % 2]
    loss, slope = (two.down, two.down_gradient) if kind == "one" else (two.up, two.up_gradient)
    whole = i % 2 == 0  # four records, then the fifth
    fits = [j for j in range(5) if abs(loss([p for k, p in enumerate(TRAIN) if (k != j) == whole]) - step["step." + kind]) < 1e-5]
    assert len(fits) == 1, (step, fits)
    g = slope([p for k, p in enumerate(TRAIN) if (k != fits[0]) == whole], ["z"])["z"]
    m = moments[kind]
    m[0], m[1], m[2] = 0.9 * m[0] + 0.1 * g, 0.999 * m[1] + 0.001 * g * g, m[2] + 1
    two.w["z"] -= rate * (m[0] / (1 - 0.9 ** m[2])) / (math.sqrt(m[1] / (1 - 0.999 ** m[2])) + 1e-8)
near(last["val.one"], two.down(VAL))
for path, value in tensors("added.safetensors").items():
    near(value, two.w[path])
