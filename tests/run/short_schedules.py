#!/usr/bin/env python3
"""Asks the program of tests/run/short_schedules.tl for the rates of phases of 1 to 8 steps: short_schedules.py PROGRAM"""
import json, math, subprocess, sys

cosine = lambda a, b, part: b + (a - b) / 2 * (1 + math.cos(math.pi * part))


def cycle(rise, start=0.04, final=4e-6):
    """PyTorch's OneCycleLR; where it would divide 0 by 0, the one step of the rise is at its end."""
    def at(step, steps):
        top = rise * steps - 1
        if step <= top:
            return cosine(start, 1, step / top if top > 1e-12 else 1)
        return cosine(1, final, (step - top) / (steps - 1 - top))
    return at


def warmup(rise, then):
    def at(step, steps):
        n = math.floor(rise(steps) + 0.5)
        return (step + 1) / n if step < n else then(step - n, max(steps - n, 1))
    return at


linear = lambda final: lambda step, steps: 1 + (final - 1) * step / steps
wanted = {"cycle": cycle(0.3), "quarter_cycle": cycle(0.25), "half_cycle": cycle(0.5), "rising_cycle": cycle(1), "falling_cycle": cycle(0),
          "counted": warmup(lambda steps: 3, linear(0)), "shared": warmup(lambda steps: steps / 4, lambda step, steps: cosine(1, 0, step / steps)),
          "tenth": warmup(lambda steps: 0.1 * steps, linear(1)), "broken": warmup(lambda steps: 2.5, linear(1)),
          "nothing": warmup(lambda steps: 0, linear(0.5))}
failed = False
for steps in range(1, 9):
    done = subprocess.run([sys.argv[1], "rates", "x=[1]", "--run", "run", "--total", str(steps)], stdout=subprocess.PIPE, check=True, text=True)
    for name, rates in json.loads(done.stdout).items():
        longer = 2 if name in ("counted", "broken") else 0
        ours, formula = rates[:steps], [wanted[name](step, steps + longer) for step in range(steps)]
        if any(x is None or abs(x - y) > 1e-6 for x, y in zip(ours, formula)):
            failed = True
            print(f"{name} of {steps} steps: {ours}, expected {formula}")
sys.exit(failed)
