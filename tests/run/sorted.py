#!/usr/bin/env python3
"""Numbers with ties for tests/run/sorted.tl, and what its words make of them, by Python's sorted and by differences.

  sorted.py make FOLDER          sorted.py check FOLDER
"""
import csv, glob, json, math, os, random, struct, sys

COUNTS = {"train": 4, "test": 11}
START = [1, 1.5, 0.5, 2, 1, 0.75]
RATE = 0.001
ASKED = [[3, 1, 2, 1, 3, 1], [-1, 0, -0.0, 5, -7, 0], [1, 1000, 2, 500, -4, 9], [6, 5, 4, 3, 2, 1]]


def records(name):
    draw = random.Random(name)
    return [[draw.randrange(-40, 40) / 8 + 0.01 * (i if name == "train" else 0) for i in range(6)] + ["abc"[draw.randrange(3)]] for _ in range(COUNTS[name])]


def order(x, isDescending=False):
    """NaN is greater than all, equal ones stay."""
    key = lambda i: (math.isnan(x[i]), 0 if math.isnan(x[i]) else x[i])
    ranked = sorted(range(len(x)), key=key)
    return ranked if not isDescending else sorted(range(len(x)), key=key, reverse=True)  # which keeps equal ones in their order, too


def inOrder(x, isDescending=False):
    return [x[i] for i in order(x, isDescending)]


def loss(w):
    rows = records("train")
    total, kinds = 0, [[0] * 6 for _ in range(3)]
    for row in rows:
        y, kind = [a * b for a, b in zip(w, row)], "abc".index(row[6])
        total += sum(a * b for a, b in zip(inOrder(y), [0.5, -1, 2, 0.25, 1, 3]))
        total += sum(max(y[i], y[i + 3]) ** 2 for i in range(3))
        total += sum(v * v for v in inOrder(y, True)[:2])
        moved = list(y)
        for k, i in enumerate(order(y)[1:4]):
            moved[i] += 2 * y[k]
        total += sum(v * v for v in moved)
        columns = y[:3]
        for k, i in enumerate([2, 0, 0, 1]):
            columns[i] += y[2 + k]
        total += sum(v * v for v in columns)
        kinds[kind] = [a + b for a, b in zip(kinds[kind], y)]
    return (total + sum(v * v for row in kinds for v in row)) / len(rows)


def stepped():
    step, after = 1e-6, []
    for i in range(6):
        moved = [[w + sign * step * (i == j) for j, w in enumerate(START)] for sign in (1, -1)]
        after.append(START[i] - RATE * (loss(moved[0]) - loss(moved[1])) / (2 * step))
    return after


def answers(x, w):
    f = lambda number: struct.unpack("f", struct.pack("f", number))[0]
    raw = [f(f(a) * f(b)) for a, b in zip(w, x)]
    y = [math.nan if v > 100 else v for v in raw]
    columns = [sorted([y[i], y[i + 3]], key=lambda v: (math.isnan(v), v)) for i in range(3)]
    places, down = order(y), order(y, True)
    opposite = order([-v for v in y])
    beside = [a + b - 3 for a, b in zip(places, opposite)]
    added, short, first = list(y), raw[:3], order(raw)[:2]
    for k, i in enumerate(first):
        added[i] += 10 + k
        if i < 3:
            short[i] += 1
    if max(first) >= 3:
        short[0] = math.nan
    rawDown, many = order(raw, True), order(3 * raw, True)[:17]
    ranks = [places.index(i) for i in range(6)]
    return {"up": inOrder(y), "down": inOrder(y, True), "places": places, "placesDown": down, "ranks": ranks,
            "rows": [columns[i][0] for i in range(3)] + [columns[i][1] for i in range(3)],
            "wholes": sorted([math.trunc(4 * v) for v in raw], reverse=True),
            "outside": [y[i] if 0 <= i < 6 else math.nan for i in beside], "beyond": [half[i + 1] if i < 2 else math.nan for half in (raw[:3], raw[3:]) for i in order(half)], "added": added, "addedOutside": short,
            "largest": rawDown[:3] + [raw[i] for i in rawDown[:3]], "manyLargest": many + [(3 * raw)[i] for i in many]}


def measures(w):
    rows, found = records("test"), {"least": [], "second": [], "most": [], "leastLabel": [], "mostLabel": []}
    y, labels = [[a * b for a, b in zip(w, row)] for row in rows], ["abc".index(row[6]) for row in rows]
    for start in range(0, len(rows), 4):
        part, label = y[start:start + 4], labels[start:start + 4]
        lowest = sum(min(row[i] ** 2 + 1 for row in part) for i in range(6))
        second = sum(sorted(row[i] ** 2 + 1 for row in part)[1] for i in range(6))
        for name, value in ("least", lowest), ("second", second), ("most", -lowest), ("leastLabel", min(label) + 5), ("mostLabel", -5 - min(label)):
            found[name].append(value)
    sums = [sum(row[0] ** 2 + 1 for row, label in zip(y, labels) if label == kind) for kind in range(3)]
    return {name: sum(values) / len(values) for name, values in found.items()} | {"spread": max(sums) - sorted(row[1] for row in y)[5]}


def main(what, folder):
    place = lambda name: os.path.join(folder, name)
    if what == "make":
        for name in COUNTS:
            with open(place(name + ".csv"), "w", newline="") as f:
                csv.writer(f).writerows(records(name))
        with open(place("asked.jsonl"), "w") as f:
            f.writelines(json.dumps({"x": x}) + "\n" for x in ASKED)
        return 0
    wrong = 0

    def compare(name, ours, right, tolerance=2e-5):
        nonlocal wrong
        isSame = len(ours) == len(right) and all(math.isnan(b) if a is None else abs(a - b) <= tolerance * max(1, abs(b)) for a, b in zip(ours, right))
        print(name, ours, right, "" if isSame else "WRONG")
        wrong += not isSame

    with open(max(glob.glob(place("run/checkpoints/fit-*/weights.safetensors"))), "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        body = f.read()
    start, end = header["w"]["data_offsets"]
    w = struct.unpack("<6f", body[start:end])
    compare("after a step", w, stepped(), 1e-6)
    with open(place("run/summary.json")) as f:
        tests = json.load(f)["tests"]["fit.last on numbers.test"]
    for name, value in measures(w).items():
        compare(name, [tests[name]], [value])
    with open(place("answers.jsonl")) as f:
        lines = [json.loads(line) for line in f]
    assert len(lines) == len(ASKED)
    for x, line in zip(ASKED, lines):
        for name, right in answers(x, w).items():
            compare(name, line[name], right)
    return wrong


sys.exit(main(*sys.argv[1:]))
