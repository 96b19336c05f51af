#!/usr/bin/env python3
"""Writes the data of tests/run/rounded_attention.tl, and looks at what came of it.

  rounded_attention.py write FOLDER
  rounded_attention.py check FOLDER
"""
import json, os, random, re, sys

command, folder = sys.argv[1], sys.argv[2]
place = lambda *names: os.path.join(folder, *names)
SQUARE = 8 * 2 * 250 * 250 * 4 / 2**20  # MiB of one

if command == "write":
    numbers = random.Random(5)
    with open(place("points.csv"), "w") as f:
        f.write("a,b,c,d,y\n")
        for _ in range(40):
            row = [numbers.gauss(0, 2) for _ in range(4)]
            f.write(",".join(f"{x:.3f}" for x in [*row, row[0] * row[1] - row[2]]) + "\n")
    sys.exit()

failed = False


def expect(is_so, what):
    global failed
    failed |= not is_so
    print("ok    " if is_so else "WRONG ", what)


def losses(path):
    with open(path) as f:
        events = [json.loads(line) for line in f.read().split("\n\n")[0].splitlines()]
    names = {"step": ("step.loss", "loss"), "epoch": ("val.loss",)}  # a step of the reference has its loss alone
    return [e[name] for e in events for name in names.get(e["event"], ()) if name in e]


def work(path):
    with open(path) as f:
        amount, unit = re.search(r"^ +work +([0-9.,]+) ([KM]iB)$", f.read(), re.M).groups()
    return float(amount.replace(",", "")) * (1 if unit == "MiB" else 1 / 1024)


rounded, two, stored, exact = (losses(place(run, "metrics.jsonl")) for run in ("one", "two", "stored.run", "exact.run"))
reference = losses(place("reference.jsonl"))
expect(len(rounded) == len(reference) > 12, f"{len(rounded)} losses of steps and of val, {len(reference)} of the reference")
expect(two == rounded, "two threads have the losses of one")
apart = lambda a, b: max(abs(x - y) / y for x, y in zip(a, b))
by_rounding = apart(exact, rounded)
for name, others in ("the reference", reference), ("stored scores", stored):
    # Between them lies what f32 decides of how a factor is rounded: a few of them, by one step each.
    expect(apart(rounded, others) < by_rounding / 4, f"losses are those of {name}: {apart(rounded, others):.0e} apart, f32 is {by_rounding:.0e} away")
for precision in "rounded", "exact":
    memory = work(place(precision + ".txt"))
    expect(memory < SQUARE / 2, f"work of {precision} steps is less than scores take: {memory} of {SQUARE} MiB")
sys.exit(failed)
