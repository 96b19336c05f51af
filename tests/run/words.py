#!/usr/bin/env python3
"""Compares what tests/run/words.tl answers with the formulas in double: each value within 3e-6 of its own size, however small.

  words.py OUT.JSON
"""
import json, math, os, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def wanted(x):
    total = sum(math.exp(v - max(x)) for v in x)
    scores = [v - max(x) - math.log(total) for v in x]
    soft = lambda v: max(v, 0) + math.log1p(math.exp(-abs(v)))
    clamped = lambda v: max(1 / (1 + math.exp(-min(v, 0))), 1e-7)
    return {"scores": scores, "loss": [-max(scores)], "loss_beside_none": [-max(scores)], "soft": [soft(v) for v in x],
            "sure": [soft(-abs(v)) if v else soft(0) for v in x], "near": [-math.log1p(-clamped(v)) for v in x],
            "logs": [math.log1p(max(v, -0.5)) for v in x], "powers_of_e": [math.expm1(min(v, 80)) for v in x],
            "cubes": [(v / 3) ** 3 for v in x], "inverse": [1 / (v / 3 - 0.1) for v in x]}


rows = [json.loads(line)["x"] for line in open(os.path.join(HERE, "inputs", "words.json"))]
answers = [json.loads(line) for line in open(sys.argv[1])]
failed = len(rows) != len(answers)
for x, answer in zip(rows, answers):
    for name, values in wanted(x).items():
        got = answer[name] if isinstance(answer[name], list) else [answer[name]]
        close = lambda a, b: abs(a - b) <= 3e-6 * abs(b) or (name in ("loss", "loss_beside_none", "scores") and abs(a - b) < 1e-7)  # ln of a sum near 1
        if len(got) != len(values) or not all(close(a, b) for a, b in zip(got, values)):
            failed = True
            print(f"{x} {name}: {got}, right {values}")
print(f"{len(answers)} rows")
sys.exit(failed)
