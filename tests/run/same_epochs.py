#!/usr/bin/env python3
"""Fails where two stages of a run measured different numbers on the validation records, up to a relative 1e-5: sums of 100 f32 in another order.

  same_epochs.py RUN STAGE STAGE
"""
import json, os, sys

run, *stages = sys.argv[1:]
with open(os.path.join(run, "metrics.jsonl")) as f:
    events = [json.loads(line) for line in f]
left, right = ([{k: v for k, v in e.items() if k.startswith("val.")} for e in events if e["event"] == "epoch" and e["stage"] == stage]
               for stage in stages)
assert left and left[0] and len(left) == len(right)
different = [f"{name}: {a[name]} and {b[name]}" for a, b in zip(left, right) for name in sorted(a)
             if abs(a[name] - b[name]) > 1e-5 * abs(a[name])]
print("\n".join(different))
sys.exit(1 if different else 0)
