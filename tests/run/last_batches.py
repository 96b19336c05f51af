#!/usr/bin/env python3
"""Running statistics of tests/run/last_batches.tl, from the records of each batch in the order that the seed draws.

  last_batches.py write FOLDER     the data: 65 and 5 records
  last_batches.py check FOLDER     FOLDER/run and FOLDER/values
"""
import json, os, random, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import philox
from tensors import tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda *names: os.path.join(folder, *names)
draw = random.Random(3)
DATA = {count: [[draw.gauss(2, 1), draw.gauss(-1, 0.5)] for _ in range(count)] for count in (65, 5)}

if command == "write":
    for count, rows in DATA.items():
        with open(place(f"values{count}.csv"), "w") as f:
            f.writelines(",".join(f"{value:.9g}" for value in row) + "\n" for row in rows)
    sys.exit()


def running(rows, stage, sizes):
    """Mean and variance of each column after two epochs of batches of these sizes."""
    means, variances = [0.0, 0.0], [1.0, 1.0]
    for epoch in range(2):
        order, first = philox.order(len(rows), 0, stage * 65536, epoch), 0
        for size in sizes:
            batch = [rows[i] for i in order[first:first + size]]
            first += size
            for column, values in enumerate(zip(*batch)):
                mean = sum(values) / size
                variance = sum((value - mean) ** 2 for value in values) / (size - 1)
                means[column] += 0.1 * (mean - means[column])
                variances[column] += 0.1 * (variance - variances[column])
    return means, variances


failed = 0


def near(what, ours, theirs, away):
    global failed
    if not len(ours) == len(theirs) or any(not abs(a - b) <= away * abs(b) for a, b in zip(ours, theirs)):
        failed += 1
        print(f"{what}: {ours}, not {theirs}")


for stage, number, rows, sizes in (("normed", 0, 65, [33, 32]), ("by_two", 1, 5, [2, 2])):
    for path, away in ((f"run/checkpoints/{stage}-000000004/weights.safetensors", 1e-6), (f"values/{stage}.safetensors", 1e-7)):
        ours = tensors(place(path))
        for name, right in zip(("norm.mean", "norm.variance"), running(DATA[rows], number, sizes)):
            near(f"{path}: {name}", ours[name], right, away)
for log in ("run/metrics.jsonl", "events.jsonl"):
    epochs = [event for event in map(json.loads, open(place(log))) if event["event"] == "epoch"]
    counted = {stage: [event["train.records"] for event in epochs if event["stage"] == stage] for stage in ("normed", "by_two", "closed")}
    for stage, right in (("normed", [130, 130]), ("by_two", [8, 8]), ("closed", [130, 130])):
        near(f"{log}: elements of an epoch of {stage}", counted[stage], right, 0)
print("all as they should be" if not failed else f"{failed} differ")
sys.exit(bool(failed))
