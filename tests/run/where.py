#!/usr/bin/env python3
"""Rows of a table, and those of them that are kept; what a run says of them.

  where.py make FOLDER
  where.py check RUN
"""
import json, os, random, sys

draw = random.Random(5)
ROWS = [(draw.randint(5, 60), draw.randint(0, 50), draw.choice("abbc")) for _ in range(120)]
KEPT = [(age, hours, kind) for age, hours, kind in ROWS if kind != "c" and (age >= 18 or hours / 2 > 15)]
TEST = [(200 + i, i, "abc"[i % 3]) for i in range(19)]


def main():
    if sys.argv[1] == "make":
        for name, rows in (("many", ROWS), ("kept", KEPT), ("test", TEST)):
            with open(os.path.join(sys.argv[2], name + ".csv"), "w") as f:
                f.writelines(f"{age},{hours},{kind}\n" for age, hours, kind in [("age", "hours", "kind")] + rows)
        return
    with open(os.path.join(sys.argv[2], "metrics.jsonl")) as f:
        epochs = [line for line in map(json.loads, f) if line["event"] == "epoch"]
    assert len(epochs) == 2
    for epoch in epochs:
        # Who is young is busy; of `val` the busy ones are left out as well, so nobody there is young.
        assert epoch["train.young"] > 0 and epoch["train.busy"] >= epoch["train.young"], epoch
        assert epoch["val.young"] == epoch["val.busy"] == 0, epoch


main()
