#!/usr/bin/env python3
"""Means and deviations that tests/run/fitted.tl fits, against exact arithmetic on the numbers that f32 makes of the data.

  fitted.py write FOLDER     the data
  fitted.py check FOLDER     FOLDER/run, FOLDER/values, FOLDER/events.jsonl, and what was answered for records not seen
"""
import glob, json, math, os, random, struct, sys
from fractions import Fraction

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
from tensors import tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda *names: os.path.join(folder, *names)
f32 = lambda x: struct.unpack("<f", struct.pack("<f", x))[0]

draw = random.Random(5)
DATA = {
    "three": [[10000.0], [10001.0], [10002.0]],
    "pressure": [[f32(101325 + draw.gauss(0, 3))] for _ in range(2000)],
    "unchanging": [[f32(1000000.1)] for _ in range(300)],
    # Columns of unlike size, one without deviation, one whose first value is far from all others.
    "table": [[f32(draw.gauss(3e5, 0.5)), f32(draw.gauss(0, 1e-3)), f32(1000000.1), 1e6 if i == 0 else float(i % 2)] for i in range(333)],
}
UNSEEN = [[3e5, 0.001, 7e8, 1.0], [3e5 + 1, -0.001, -1.0, 0.0]]

if command == "write":
    for name, rows in DATA.items():
        with open(place(name + ".csv"), "w") as f:
            f.writelines(",".join(f"{value:.9g}" for value in row) + "\n" for row in rows)
    with open(place("unseen.jsonl"), "w") as f:
        f.writelines(json.dumps({"x": row}) + "\n" for row in UNSEEN)
    with open(place("three.jsonl"), "w") as f:
        f.writelines(json.dumps({"x": row}) + "\n" for row in DATA["three"])
    sys.exit()


def moments(values):
    values = [Fraction(value) for value in values]
    mean = sum(values) / len(values)
    return float(mean), math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


failed = 0


def near(what, ours, theirs, away, least=0.0):
    global failed
    if not len(ours) == len(theirs) or any(not abs(a - b) <= away * max(least, abs(b)) for a, b in zip(ours, theirs)):
        failed += 1
        print(f"{what}: {ours}, not {theirs}")


columns = {name: [moments(column) for column in zip(*rows)] for name, rows in DATA.items()}
for name, expected in columns.items():
    weights = glob.glob(place(f"run/checkpoints/in_{name}-*/weights.safetensors"))[0]
    for path, away in ((weights, 7e-8), (place(f"values/in_{name}.safetensors"), 1e-10)):
        ours = tensors(path)
        near(f"{path}: means", ours[name + ".x.mean"], [mean for mean, _ in expected], away)
        near(f"{path}: deviations", ours[name + ".x.deviation"], [deviation for _, deviation in expected], away)

# Every column that has a deviation gives 1.
losses = {event["stage"]: event["train.loss"] for event in map(json.loads, open(place("run/metrics.jsonl"))) if event["event"] == "epoch"}
for name, right in (("three", 1), ("pressure", 1), ("unchanging", 0), ("table", 0.75)):
    near(f"{name}: mean square", [losses["in_" + name]], [right], 1e-3)  # the mean of 300000 is a number of f32, 0.03 from the next

z = [[json.loads(line)["value"] for line in open(place(name))] for name in ("table.jsonl", "answers.jsonl")]
for row, ours in zip(UNSEEN, z[0]):
    near(f"answers for {row}", ours, [(f32(x) - f32(mean)) / deviation if deviation else 0.0 for x, (mean, deviation) in zip(row, columns["table"])], 1e-6, 1)
near("answers for 10000, 10001, 10002", [v for row in z[1] for v in row], [-math.sqrt(1.5), 0.0, math.sqrt(1.5)], 1e-6, 1)

# One mean of a square of four; then one for each of two columns; then a deviation for each place.
rows = DATA["table"]
mean, deviation = moments([value for row in rows for value in row])
squares = tensors(glob.glob(place("run/checkpoints/in_squares-*/weights.safetensors"))[0])
near("one mean of all", squares["squares.x.mean"] + squares["squares.x.deviation"], [mean, deviation], 1e-7)
scaled = [[(value - mean) / deviation for value in row] for row in rows]
halves = [moments([v for row in scaled for v in (row[i], row[i + 2])])[0] for i in (0, 1)]
near("means of the last axis", squares["squares.x.2.mean"], halves, 1e-5)
near("the deviation of one place", squares["squares.x.3.deviation"][3:], [moments(list(zip(*scaled))[3])[1]], 1e-5)
if squares["squares.x.3.deviation"].shape != [2, 2] or squares["squares.x.3.deviation"][2] != 0:
    failed += 1
    print("the deviation of each place:", squares["squares.x.3.deviation"])
print("all as they should be" if not failed else f"{failed} differ")
sys.exit(bool(failed))
